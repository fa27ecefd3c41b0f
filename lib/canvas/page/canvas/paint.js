// Inpaint and outpaint: a part of a picture is marked, or its frame is dragged outward, and what shall
// be there is described.

import { at, setText } from "../dom.js";
import { Frame } from "../frame.js";
import { http } from "../http.js";
import { Mask } from "../mask.js";
import { pictureAt } from "./thumbnails.js";

const UPLOAD_MS = 120000;

export class Paint {
  #model;
  #made;
  #asked = null; // {node} or {parent}, and kind
  #picture = null;
  #changed = false;
  #mask = new Mask(() => { this.#changed = true; setText(at("paint-error"), ""); });
  #frame = new Frame(() => setText(at("paint-error"), ""));

  /** made(asked, fields): the fields are asked for. */
  constructor(model, made) {
    this.#model = model;
    this.#made = made;
    at("paint-tools").append(at("mask-tools"), at("frame-tools"));
    at("paint-close").addEventListener("click", () => at("paint").close());
    at("paint-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#generate();
    });
    at("paint-prompt").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#generate();
    });
  }

  async open(asked) {
    const node = asked.node ? this.#model.node(asked.node) : null;
    const parent = asked.parent ? this.#model.node(asked.parent) : null;
    const picture = node ? node.reference : parent.picture;
    if (!picture) return;
    this.#asked = asked;
    const inpaint = asked.kind === "inpaint";
    setText(at("paint-title"), inpaint ? "Inpaint a part" : "Outpaint around");
    setText(at("paint-error"), "");
    at("paint-prompt").value = node?.prompt ?? (inpaint ? "" : parent.prompt ?? "");
    at("mask").hidden = at("mask-tools").hidden = !inpaint;
    at("stage").classList.remove("framed");
    at("paint").showModal();
    const image = at("start-picture");
    image.src = pictureAt(picture, 0);
    await image.decode().catch(() => {});
    if (this.#asked !== asked) return;
    this.#picture = { id: picture, width: image.naturalWidth, height: image.naturalHeight };
    at("stage").style.setProperty("--shape", image.naturalWidth / image.naturalHeight);
    const mask = inpaint && node?.mask ? await imageOf(pictureAt(node.mask, 0)) : null;
    await this.#mask.begin(image, image.naturalWidth, image.naturalHeight, mask);
    this.#changed = !mask;
    if (!inpaint && node?.width && node.kind === "outpaint") this.#frame.take(this.#picture, node);
    this.#frame.begin(inpaint ? null : this.#picture);
    (inpaint ? at("mask") : at("paint-prompt")).focus();
  }

  async #generate() {
    const asked = this.#asked;
    const prompt = at("paint-prompt").value.trim();
    if (!prompt) {
      setText(at("paint-error"), "Describe what shall be there");
      at("paint-prompt").focus();
      return;
    }
    try {
      const fields = { kind: asked.kind, reference: this.#picture.id, prompt, ...(await this.#part(asked)) };
      at("paint").close();
      this.#made(asked, fields);
    } catch (wrong) {
      setText(at("paint-error"), wrong.message);
    }
  }

  async #part({ kind, node }) {
    if (kind === "outpaint") {
      const whole = this.#frame.whole;
      if (whole.wrong) throw new Error(whole.wrong);
      return { ...whole, mask: null };
    }
    if (this.#mask.isEmpty) throw new Error("Mark the part to repaint");
    const before = node ? this.#model.node(node)?.mask : null;
    if (before && !this.#changed) return { mask: before };
    const { id } = await http("POST", `/maps/${this.#model.map.id}/pictures`, await this.#mask.blob(), { within_ms: UPLOAD_MS });
    return { mask: id };
  }
}

async function imageOf(address) {
  const image = new Image();
  image.src = address;
  try {
    await image.decode();
    return image;
  } catch {
    return null; // the mask is gone, so another is painted
  }
}
