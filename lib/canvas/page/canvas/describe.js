// The panel of the selected node: what to make, how far it is, and what can be done with it. What is
// typed goes into the map while it is typed; what is wrong is said at its field.

import { at, el, setText } from "../dom.js";
import { CHECKED, makeFields, wrongIn } from "../fields.js";
import { howOf } from "../how_far.js";
import { http } from "../http.js";
import { newSeed } from "../seed.js";
import { copy } from "./copy.js";
import { load, pictureAt } from "./thumbnails.js";
import { toast } from "./toast.js";

const TYPING_MS = 300;
const SIDE = 512; // until the service has said what is usual
const SIDES = { square: [1, 1], wide: [4 / 3, 3 / 4], tall: [3 / 4, 4 / 3] }; // 16:9 of the same area
const USUAL_POWER = 0.4;
// The name of each field on the map, by its place on the page.
const TEXTS = { prompt: "prompt", negative: "negative", model: "model", "note-text": "text" };
const NUMBERS = { seed: "seed", samples: "count", steps: "steps", guidance: "guidance", width: "width", height: "height" };
const NAMES = { ...TEXTS, ...NUMBERS };
const USUAL = { samples: "1", steps: "8" };

export class Describe {
  #model;
  #selection;
  #acts;
  #view;
  #id = null;
  #edited = new Map();
  #timer = 0;
  #base = SIDE;
  #shown = "";
  #closed = false;
  #own = null; // the node whose size is being typed, whatever it is

  constructor(model, view, selection, acts) {
    this.#model = model;
    this.#view = view;
    this.#selection = selection;
    this.#acts = acts;
    makeFields();
    at("seed").after(el("button", { type: "button", id: "new-seed" }, "New seed"));
    selection.listen(() => this.#selected());
    for (const what of ["nodes", "progress"]) model.listen(what, (ids) => { if (!ids || ids.has(this.#id) || ids.has(this.#node?.parent)) this.#show(); });
    for (const what of ["you", "people"]) model.listen(what, () => this.#show());
    model.listen("refused", (message) => this.#refused(message));
    this.#form();
    this.#buttons();
    this.#usual();
  }

  get #node() {
    return this.#id ? this.#model.node(this.#id) : null;
  }

  get isOpen() {
    return !at("describe").hidden;
  }

  /** Open the panel, ready to type. */
  open() {
    this.#closed = false;
    this.#selected();
    const field = this.#node?.type === "note" ? at("note-text") : at("prompt");
    if (field.checkVisibility() && !field.disabled) field.focus({ preventScroll: true });
  }

  close() {
    this.flush();
    this.#closed = true;
    const inside = at("describe").contains(document.activeElement);
    this.#selected();
    if (inside) this.#acts.focus(this.#id ?? this.#selection.one);
  }

  /** Write what was typed and is not in the map yet. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!this.#edited.size || !this.#id || !this.#model.node(this.#id)) {
      this.#edited.clear();
      return;
    }
    const fields = Object.fromEntries(this.#edited);
    this.#edited.clear();
    if (fields.text && this.#node?.type === "note") Object.assign(fields, this.#acts.roomFor(this.#id, fields.text));
    this.#model.set(this.#id, fields);
    if (fields.box) this.#view.reveal(this.#model.box(this.#id));
  }

  // --- what is shown

  #selected() {
    const { single } = this.#selection;
    if (single !== this.#id) {
      this.flush();
      this.#id = single;
      this.#shown = "";
      for (const note of at("describe").querySelectorAll(".error")) setText(note, "");
    }
    const hidden = !single || this.#closed;
    at("describe").hidden = hidden;
    document.body.classList.toggle("describing", !hidden);
    const box = at("describe").getBoundingClientRect();
    const below = box.width > innerWidth * 0.8;
    this.#view.covered = { right: hidden || below ? 0 : box.width, bottom: hidden || !below ? 0 : box.height };
    if (!hidden) this.#show();
  }

  #show() {
    const node = this.#node;
    if (!node || at("describe").hidden) return;
    const model = this.#model;
    const may = model.mayEdit(node);
    const still = node.type === "still";
    const open = model.isOpen(this.#id, node);
    const kind = { note: "note", live: "live picture" }[node.type] ?? "picture";
    setText(at("describe-title"), model.isMine(node) ? `Your ${kind}` : `${model.nameOf(node)}’s ${kind}`);
    at("fields").hidden = !still;
    at("fields").disabled = !may;
    at("note-fields").hidden = node.type !== "note";
    at("note-fields").disabled = !may;
    this.#values(node);
    this.#reference(node);
    this.#samples(node, may);
    this.#how(node, open, may);
    at("generate").hidden = !may;
    at("generate").disabled = open;
    at("cancel").hidden = !open || !may;
    at("from-it").hidden = node.type === "note";
    for (const id of ["paint-part", "paint-around", "download"]) at(id).hidden = !node.picture;
    for (const id of ["make-child", "paint-part", "paint-around"]) at(id).disabled = !model.you.draws;
    if (node.picture) Object.assign(at("download"), { href: `/pictures/${node.picture}`, download: `${nameOf(node.prompt)}-${node.picture.slice(0, 6)}.png` });
    at("copies").hidden = !still;
    at("wall").hidden = !model.you.wall || node.type === "note" || (still && !node.prompt);
    at("capture").hidden = node.type !== "live";
    at("to-wall").parentElement.hidden = !still;
    at("delete").disabled = !may;
    const away = model.ownerOf(node);
    at("take-over").hidden = may || !model.you.draws || !away || away.who.length > 0 || Date.now() / 1000 - away.seen < 30 * 86400;
    setText(at("describe-remark"), node.remark ?? "");
  }

  #values(node) {
    for (const [place, name] of Object.entries(NAMES)) {
      if (this.#edited.has(name) || (document.activeElement === at(place) && this.#shown === this.#id && !at(place).disabled)) continue;
      const value = node[name];
      at(place).value = value === undefined || value === null ? USUAL[place] ?? "" : String(value);
    }
    this.#grow();
    const shape = this.#own === this.#id ? "own" : shapeOf(node, this.#base);
    for (const radio of at("shapes").querySelectorAll("input")) radio.checked = radio.value === shape;
    const [first] = at("shapes").querySelectorAll("label");
    first.hidden = !node.reference;
    const outpaint = node.kind === "outpaint";
    at("shapes").hidden = outpaint;
    at("sizes").hidden = shape !== "own" || outpaint;
    const power = node.power ?? USUAL_POWER;
    if (document.activeElement !== at("power")) at("power").value = power;
    this.#power();
    this.#shown = this.#id;
  }

  #reference(node) {
    const parent = node.parent ? this.#model.node(node.parent) : null;
    const offered = parent?.picture ?? null;
    at("from").hidden = !node.reference && !offered;
    const kind = kindOf(node);
    for (const radio of at("from").querySelectorAll("[name=result]")) {
      radio.checked = radio.value === kind;
      radio.disabled = radio.value !== "txt2img" && !node.reference;
    }
    at("reference").hidden = !node.reference;
    if (node.reference && at("reference").dataset.of !== node.reference) {
      at("reference").dataset.of = node.reference;
      at("reference").src = pictureAt(node.reference, 256);
    }
    const stale = Boolean(offered && offered !== node.reference);
    at("refresh").hidden = !stale;
    setText(at("from-words"), !node.reference ? "The parent has a picture." : stale ? "The parent has another picture now." : parent ? "Made from its parent." : "Made from this picture.");
    at("power-field").hidden = !["img2img", "inpaint"].includes(kind);
    at("edit-part").hidden = !["inpaint", "outpaint"].includes(kind);
    setText(at("edit-part"), kind === "outpaint" ? "Edit the frame" : node.mask ? "Edit the mask" : "Paint the mask");
  }

  #samples(node, may) {
    const samples = node.samples ?? [];
    at("samples-of").hidden = samples.length < 2;
    at("samples-of").disabled = !may;
    setText(at("samples-title"), samples.includes(node.chosen) ? "Chosen" : `Choose one of ${samples.length}`);
    const told = samples.join();
    const list = at("samples-list");
    if (list.dataset.of !== told) {
      list.dataset.of = told;
      list.replaceChildren(...samples.map((sample, index) => {
        const button = el("button", { type: "button", "data-sample": sample, "aria-label": `Picture ${index + 1}`, click: () => this.#acts.choose(this.#id, sample) });
        load(pictureAt(sample, 256)).then((image) => image && button.append(image));
        return el("li", {}, button);
      }));
    }
    for (const button of list.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.sample === node.chosen));
  }

  #how(node, open, may) {
    const job = this.#model.jobOf(this.#id, node);
    const failed = node.state === "failed";
    setText(at("describe-how"), open ? howOf(job) : failed ? node.error || "It failed." : node.state === "cancelled" ? "Cancelled" : "");
    at("describe-how").classList.toggle("failed", failed);
    at("describe-bar").hidden = !open;
    at("describe-bar").value = job.total ? Math.min(1, job.step / job.total) : 0;
    at("retry").hidden = !(failed || node.state === "cancelled") || !may;
  }

  // --- what is done

  #form() {
    at("describe-form").addEventListener("input", ({ target }) => this.#typed(target));
    at("describe-form").addEventListener("change", () => this.flush());
    at("describe-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#generate();
    });
    at("prompt").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#generate();
    });
  }

  #typed(field) {
    if (field.name === "result") this.#kind(field.value);
    else if (field.name === "shape") this.#shape(field.value);
    else if (field.id === "power") {
      this.#power();
      this.#edit("power", Number(at("power").value));
    } else if (TEXTS[field.id]) {
      this.#error(TEXTS[field.id], "");
      this.#grow();
      this.#edit(TEXTS[field.id], field.value || null);
    } else if (NUMBERS[field.id]) {
      const wrong = wrongIn(field.id);
      setText(at(`${field.id}-error`), wrong);
      const text = field.value.trim().replace(",", ".");
      if (!wrong) this.#edit(NUMBERS[field.id], text === "" ? null : Number(text));
    }
  }

  #edit(name, value) {
    this.#edited.set(name, value);
    this.#timer ||= setTimeout(() => this.flush(), TYPING_MS);
  }

  #kind(kind) {
    this.#edited.set("kind", kind);
    if (kind !== "outpaint" && this.#node.kind === "outpaint") for (const name of ["width", "height", "left", "top"]) this.#edited.set(name, null);
    this.flush();
    if (["inpaint", "outpaint"].includes(kind)) this.#acts.paint({ node: this.#id, kind });
  }

  #shape(shape) {
    const [wide, high] = SIDES[shape] ?? [1, 1];
    const plain = shape === "start" || (shape === "square" && !this.#node.reference);
    this.#edited.set("width", plain ? null : eights(this.#base * wide));
    this.#edited.set("height", plain ? null : eights(this.#base * high));
    this.#own = shape === "own" ? this.#id : null;
    this.flush();
    if (shape === "own") at("width").focus();
  }

  async #generate() {
    this.flush();
    if (!this.#check()) return;
    await this.#do("generate");
  }

  #check() {
    const prompt = at("prompt").value.trim();
    this.#error("prompt", prompt ? "" : "Describe the picture first");
    let first = prompt ? null : "prompt";
    for (const name of CHECKED) {
      const unused = ["width", "height"].includes(name) && at("sizes").hidden;
      const wrong = unused ? "" : wrongIn(name);
      setText(at(`${name}-error`), wrong);
      if (wrong) first ??= name;
    }
    if (!first) return true;
    at(first).closest("details")?.setAttribute("open", "");
    at(first).focus();
    return false;
  }

  async #do(what, more = {}) {
    try {
      const { detail } = await this.#model.room.ask(what, { node: this.#id, ...more });
      return detail || "";
    } catch (refusal) {
      toast(refusal.message);
      return null;
    }
  }

  #buttons() {
    const on = (id, told) => at(id).addEventListener("click", told);
    on("describe-close", () => this.close());
    on("new-seed", () => { at("seed").value = newSeed(); this.#typed(at("seed")); this.flush(); });
    on("cancel", () => this.#do("cancel"));
    on("retry", () => this.#acts.retry(this.#id));
    on("refresh", () => this.#acts.refresh(this.#id));
    on("edit-part", () => this.#acts.paint({ node: this.#id, kind: kindOf(this.#node) }));
    on("make-child", () => this.#acts.child(this.#id, null));
    on("paint-part", () => this.#acts.paint({ parent: this.#id, kind: "inpaint" }));
    on("paint-around", () => this.#acts.paint({ parent: this.#id, kind: "outpaint" }));
    on("delete", () => this.#acts.remove([this.#id]));
    on("take-over", async () => { if (await this.#do("take") !== null) toast("It is yours now"); });
    on("capture", () => this.#acts.capture(this.#id));
    on("to-wall", () => this.#toWall());
    for (const button of at("copies").children) button.addEventListener("click", () => this.copy(button.dataset.copy));
  }

  /** Copy a field of the shown node. */
  copy(name) {
    const node = this.#node;
    if (!node) return;
    this.flush();
    const used = node.used ?? {};
    if (name === "prompt") copy(node.prompt, "prompt");
    else if (name === "negative") copy(node.negative, "negative prompt");
    else if (name === "seed") copy(node.used_seed ?? used.seed ?? node.seed, "seed");
    else copy(kindOf(node) === "txt2img" ? "" : (node.power ?? USUAL_POWER).toFixed(2), "image power");
  }

  async #toWall() {
    const seconds = at("wall-s").value.trim().replace(",", ".");
    if (seconds && !(Number(seconds) >= 0 && Number(seconds) <= 600)) {
      toast(`The glide must be a number of seconds from 0 to 600, not “${seconds}”`);
      return;
    }
    const said = await this.#do("to_wall", { glide_s: seconds ? Number(seconds) : 2, seed: true });
    if (said !== null) toast(said || "On its way to the wall");
  }

  #refused({ op, detail, why }) {
    if (why === "later") return;
    if (op?.node === this.#id && at(`${op.field}-error`) && this.isOpen) this.#error(op.field, detail);
    else toast(detail);
  }

  #error(name, words) {
    const note = at(`${name}-error`);
    if (note) setText(note, words);
    const field = at(Object.keys(NAMES).find((place) => NAMES[place] === name));
    if (words) field?.setAttribute("aria-invalid", "true");
    else field?.removeAttribute("aria-invalid");
  }

  #power() {
    at("power").style.setProperty("--at", at("power").value);
    setText(at("power-text"), Number(at("power").value).toFixed(2));
  }

  #grow() {
    const field = at("prompt");
    if (!field.checkVisibility()) return;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  }

  async #usual() {
    try {
      const { models = [], side } = await http("GET", "/models");
      if (side) this.#base = side;
      at("models").replaceChildren(...(models ?? []).map((model) => el("option", { value: model.name ?? model })));
    } catch {
      // Any name may be typed all the same.
    }
  }
}

/** What a node makes: what it says, or what there is implies. */
export function kindOf(node) {
  if (node.kind) return node.kind;
  if (!node.reference) return "txt2img";
  return node.mask ? "inpaint" : "img2img";
}

export const nameOf = (words) => (words ?? "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 40) || "picture";

const eights = (pixels) => Math.max(64, Math.round(pixels / 8) * 8);

function shapeOf({ width, height, reference }, base) {
  if (!width && !height) return reference ? "start" : "square";
  const found = Object.entries(SIDES).find(([, [wide, high]]) => width === eights(base * wide) && height === eights(base * high));
  return found?.[0] ?? "own";
}
