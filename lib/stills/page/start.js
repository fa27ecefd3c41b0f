// The picture that a new one is made from: chosen, dropped, pasted, taken from the gallery or from the
// wall; and what of it changes.

import { http } from "./http.js";
import { at } from "./dom.js";
import { Mask } from "./mask.js";

const KINDS = ["image/png", "image/jpeg", "image/webp"];
const LARGEST = 2048; // of a still's sides
const EDGES = ["left", "top", "right", "bottom"];
const UPLOAD_MS = 120000;

export class Start {
  #told;
  #refused;
  #mask = new Mask(() => this.#told());
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
    for (const edge of EDGES) at(`edge-${edge}`).addEventListener("input", () => this.#frame());
    this.#drops();
  }

  get kind() {
    return this.picture ? new FormData(at("ask-form")).get("kind") : "txt2img";
  }

  /** The canvas of an outpainted picture, and where the picture lies on it; null for other kinds. */
  get frame() {
    if (this.kind !== "outpaint") return null;
    const [left, top, right, bottom] = EDGES.map((edge) => Number(at(`edge-${edge}`).value.trim() || 0));
    const ends = [left, top, right, bottom];
    if (!ends.every((end) => Number.isInteger(end) && end >= 0)) return { wrong: "The pixels beyond an edge must be whole numbers" };
    if (!ends.some(Boolean)) return { wrong: "Say how many pixels to add beyond an edge" };
    const width = eights(this.picture.width + left + right);
    const height = eights(this.picture.height + top + bottom);
    if (Math.max(width, height) > LARGEST) return { wrong: `The result may have at most ${LARGEST} pixels on a side, not ${Math.max(width, height)}` };
    return { width, height, left, top };
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
    const frame = this.frame;
    if (frame?.wrong) throw new Error(frame.wrong);
    return frame ? { ...request, ...frame } : request;
  }

  /** Begin with a picture that the service has. */
  async take(picture, kind = "img2img") {
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
    at("frame-tools").hidden = kind !== "outpaint";
    at("strength").closest(".field").hidden = kind === "outpaint";
    at("stage").classList.toggle("framed", kind === "outpaint");
    this.#refused("");
    this.#frame();
  }

  /** Show the picture where it lies on its larger canvas. */
  #frame() {
    const frame = this.frame;
    const style = at("stage").style;
    const { width, height } = this.picture ?? { width: 1, height: 1 };
    const whole = frame && !frame.wrong ? frame : { width, height, left: 0, top: 0 };
    style.setProperty("--shape", whole.width / whole.height);
    style.setProperty("--wide", `${(100 * width) / whole.width}%`);
    style.setProperty("--x", `${(100 * whole.left) / whole.width}%`);
    style.setProperty("--y", `${(100 * whole.top) / whole.height}%`);
    this.#told();
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

const eights = (pixels) => Math.ceil(pixels / 8) * 8;
