// The picture that a new one is made from: chosen, dropped, pasted, taken from the gallery or from the
// wall; and what of it changes.

import { http } from "./http.js";
import { at } from "./dom.js";
import { Frame } from "./frame.js";
import { Mask } from "./mask.js";

const KINDS = ["image/png", "image/jpeg", "image/webp"];
const UPLOAD_MS = 120000;

export class Start {
  #told;
  #refused;
  #mask = new Mask(() => this.#told());
  #frame = new Frame(() => this.#told());
  #drags = 0;
  #maskId = null;
  picture = null; // {id, width, height}

  /** told: something is different; refused: a sentence. */
  constructor(told, refused) {
    this.#told = told;
    this.#refused = refused;
    at("choose").addEventListener("click", () => at("file").click());
    at("other-start").addEventListener("click", () => at("file").click());
    at("drop-start").addEventListener("click", () => this.drop({ focus: true }));
    at("capture").addEventListener("click", () => this.#capture());
    at("file").addEventListener("change", () => {
      if (at("file").files[0]) this.#send(at("file").files[0]);
      at("file").value = "";
    });
    at("kinds").addEventListener("change", () => this.#kindChanged());
    this.#drops();
  }

  get kind() {
    return this.picture ? new FormData(at("ask-form")).get("kind") : "txt2img";
  }

  /** What of the request comes from here; throws a sentence. */
  async request() {
    if (!this.picture) return {};
    const request = { kind: this.kind, image: this.picture.id };
    if (this.kind === "inpaint") {
      if (this.#mask.isEmpty) throw new Error("Mark the part to repaint");
      this.#maskId ??= (await http("POST", "/pictures", await this.#mask.blob(), { within_ms: UPLOAD_MS })).id;
      request.mask = this.#maskId;
    }
    if (this.kind !== "outpaint") return request;
    const whole = this.#frame.whole;
    if (whole.wrong) throw new Error(whole.wrong);
    return { ...request, ...whole };
  }

  /** Begin with a picture that the service has; `whole`: what was painted around it before. */
  async take(picture, kind = "img2img", whole = null) {
    this.picture = picture;
    this.#refused("");
    at("no-start").hidden = true;
    at("started").hidden = false;
    const image = at("start-picture");
    image.src = `/pictures/${picture.id}`;
    at("ask-form").elements.kind.value = kind;
    await image.decode().catch(() => {});
    picture.width ||= image.naturalWidth;
    picture.height ||= image.naturalHeight;
    await this.#mask.begin(image, picture.width, picture.height);
    if (whole && kind === "outpaint") this.#frame.take(picture, whole);
    this.#kindChanged();
  }

  drop({ focus = false } = {}) {
    this.picture = null;
    at("no-start").hidden = false;
    at("started").hidden = true;
    this.#refused("");
    if (focus) at("choose").focus();
    this.#told();
  }

  #kindChanged() {
    const kind = this.kind;
    at("mask").hidden = at("mask-tools").hidden = kind !== "inpaint";
    at("strength").closest(".field").hidden = kind === "outpaint";
    this.#refused("");
    at("stage").style.setProperty("--shape", this.picture.width / this.picture.height);
    this.#frame.begin(kind === "outpaint" ? this.picture : null);
  }

  async #send(file) {
    if (!KINDS.includes(file.type)) {
      this.#refused("A start picture must be a PNG, JPEG or WebP file");
      return;
    }
    await this.#fetched(() => http("POST", "/pictures", file, { within_ms: UPLOAD_MS }), "Uploading");
  }

  async #capture() {
    await this.#fetched(() => http("POST", "/from-wall"), "Taking it from the wall");
  }

  async #fetched(ask, meanwhile) {
    this.#refused(meanwhile, { isWord: true });
    try {
      await this.take(await ask());
    } catch (refusal) {
      this.#refused(refusal.message);
    }
  }

  #drops() {
    document.addEventListener("paste", (event) => {
      const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
      if (!file || event.clipboardData.types.includes("text/plain")) return;
      event.preventDefault();
      this.#send(file);
    });
    const isFile = (event) => event.dataTransfer?.types.includes("Files");
    const over = (by) => {
      this.#drags = Math.max(0, by ? this.#drags + by : 0);
      at("dropping").hidden = !this.#drags;
    };
    document.addEventListener("dragenter", (event) => { if (isFile(event)) over(1); });
    document.addEventListener("dragleave", (event) => { if (isFile(event)) over(-1); });
    document.addEventListener("dragover", (event) => { if (isFile(event)) event.preventDefault(); });
    document.addEventListener("drop", (event) => {
      if (!isFile(event)) return;
      event.preventDefault();
      over(0);
      if (event.dataTransfer.files[0]) this.#send(event.dataTransfer.files[0]);
    });
  }

  /** The mask was changed, so the one that was sent is another. */
  maskChanged() {
    this.#maskId = null;
  }
}
