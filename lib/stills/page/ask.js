// The form for a new picture. What is wrong is said at its field, and goes when it is right.

import { answer, at, el, setText } from "./dom.js";
import { http } from "./http.js";
import { CHECKED, makeFields, wrongIn } from "./fields.js";
import { newSeed } from "./seed.js";
import { Start } from "./start.js";

const SLOW_MS = 400;
const DRAFT = "afterimage.still";
const KEPT = ["prompt", "negative", "seed", "steps", "guidance", "model", "samples", "width", "height"];
const NEGATIVE = "what to leave out";
const SIDES = { square: [1, 1], wide: [4 / 3, 3 / 4], tall: [3 / 4, 4 / 3] }; // 16:9 of the same area
const SIDE = 512; // until the service has said what is usual

export class Ask {
  #jobs;
  #base = SIDE;
  #unguided = new Set(); // models that heed nothing of what is left out, without a guidance
  #start;

  constructor(jobs, rights) {
    this.#jobs = jobs;
    makeFields();
    at("seed").after(el("button", { type: "button", id: "new-seed" }, "New seed"));
    this.#start = new Start(() => this.#startChanged(), (words, how) => this.#refuse("image", words, how));
    rights.listen(() => {
      at("capture").hidden = !rights.capture;
      if (at("ask-answer").classList.contains("refused")) answer(at("ask-answer"), ""); // the service is back
    });
    at("ask-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#make();
    });
    at("ask-form").addEventListener("input", (event) => this.#edited(event.target));
    at("prompt").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#make();
    });
    at("new-seed").addEventListener("click", () => this.#write("seed", newSeed()));
    at("shapes").addEventListener("change", () => this.#shape());
    at("empty-form").addEventListener("click", () => this.take({}));
    this.#readDraft();
    this.#models();
    this.#shape();
  }

  focus() {
    at("prompt").focus();
  }

  /** Begin with a picture that there is. */
  async startFrom(picture) {
    await this.#start.take(picture);
    at("started").scrollIntoView({ block: "nearest" });
    this.focus();
  }

  /** Put a request into the form, to be changed. */
  async take(request) {
    for (const name of KEPT) at(name).value = request[name] ?? at(name).defaultValue;
    this.#negative();
    for (const note of at("ask-form").querySelectorAll(".error")) this.#show(note.id.replace("-error", ""), "");
    answer(at("ask-answer"), "");
    at("private").checked = request.keep === "none";
    at("strength").value = request.strength ?? 0.6;
    this.#strength();
    if (request.image) await this.#start.take({ id: request.image }, request.kind, request);
    else this.#start.drop();
    this.#shapeOf(request.width, request.height);
    this.#grow();
    this.#draft();
    this.focus();
  }

  async #make() {
    const note = at("ask-answer");
    answer(note, "");
    if (!this.#check()) return;
    const slow = setTimeout(() => answer(note, "Sending"), SLOW_MS);
    try {
      const picture = await this.#start.request().catch((wrong) => { throw Object.assign(wrong, { field: "image" }); });
      await this.#jobs.ask({ ...this.#request(), ...picture });
      answer(note, "Added to the queue");
    } catch (refusal) {
      this.#said(refusal);
    } finally {
      clearTimeout(slow);
      if (note.textContent === "Sending") answer(note, "");
    }
  }

  /** A sentence that begins with a field's name belongs to that field. */
  #said(refusal) {
    const [first] = refusal.message.split(/[ :]/, 1);
    const field = refusal.field ?? (first === "mask" ? "image" : first);
    if (at(`${field}-error`)) this.#refuse(field, refusal.message);
    else answer(at("ask-answer"), refusal.message, true);
  }

  #request() {
    const value = (name) => at(name).value.trim();
    const request = { prompt: value("prompt"), samples: Number(value("samples")), steps: Number(value("steps")) };
    for (const name of ["negative", "model"]) if (value(name)) request[name] = value(name);
    for (const name of ["seed", "guidance"]) if (value(name)) request[name] = Number(value(name).replace(",", "."));
    if (this.#start.picture && this.#start.kind !== "outpaint") request.strength = Number(at("strength").value);
    if (at("private").checked) request.keep = "none";
    return { ...request, ...this.#size() };
  }

  #size() {
    if (this.#shapeName === "own") return { width: Number(at("width").value), height: Number(at("height").value) };
    if (this.#shapeName === "start" && this.#start.picture) return fitted(this.#start.picture, this.#start.kind === "inpaint" ? 1024 : this.#base * 1.5);
    if (this.#shapeName === "square" && !this.#start.picture) return {}; // as large as the machine is
    const [wide, high] = SIDES[this.#shapeName] ?? [1, 1];
    return { width: eights(this.#base * wide), height: eights(this.#base * high) };
  }

  #check() {
    let first = null;
    for (const field of ["prompt", ...CHECKED]) if (!this.#isRight(field)) first ??= field;
    if (first) this.#reveal(first);
    return !first;
  }

  #isRight(field) {
    const unused = ["width", "height"].includes(field) && this.#shapeName !== "own";
    const described = Boolean(at("prompt").value.trim());
    const words = field === "prompt" ? (described ? "" : "Describe the picture first") : unused ? "" : wrongIn(field);
    this.#show(field, words);
    return !words;
  }

  #edited(field) {
    if (field.id === "strength") this.#strength();
    if (field.id === "prompt") this.#grow();
    if (field.id === "model" || field.id === "guidance") this.#negative();
    if (at(`${field.id}-error`)?.textContent) {
      if (CHECKED.includes(field.id)) this.#isRight(field.id);
      else this.#show(field.id, "");
    }
    this.#draft();
  }

  #refuse(field, words, { isWord = false } = {}) {
    this.#show(field, words, isWord);
    if (words && !isWord) this.#reveal(field);
  }

  #show(field, words, isWord = false) {
    const note = at(`${field}-error`);
    setText(note, words);
    note.classList.toggle("word", isWord);
    const place = at(field);
    if (!place) return;
    if (words && !isWord) place.setAttribute("aria-invalid", "true");
    else place.removeAttribute("aria-invalid");
  }

  #reveal(field) {
    const place = at(field) ?? at("choose");
    place.closest("details")?.setAttribute("open", "");
    (place.checkVisibility() ? place : at(`${field}-error`)).scrollIntoView({ block: "nearest" });
    if (place.checkVisibility()) place.focus();
  }

  get #shapeName() {
    return at("ask-form").elements.shape.value;
  }

  #shape() {
    const own = this.#shapeName === "own";
    at("sizes").hidden = !own || this.#start.kind === "outpaint";
    at("shapes").hidden = this.#start.kind === "outpaint";
    if (!own) for (const name of ["width", "height"]) this.#show(name, "");
    if (own && !at("width").value) {
      at("width").value = at("height").value = this.#base;
    }
  }

  /** The shape that stands for this size. */
  #shapeOf(width, height) {
    const shapes = at("ask-form").elements.shape;
    if (this.#start.picture) shapes.value = "start";
    else if (!width || (width === this.#base && height === this.#base)) shapes.value = "square";
    else shapes.value = "own";
    this.#shape();
  }

  #startChanged() {
    const there = Boolean(this.#start?.picture);
    const [first] = at("shapes").querySelectorAll("label");
    const shapes = at("ask-form").elements.shape;
    if (!this.#start) return;
    this.#start.maskChanged();
    this.#show("image", "");
    if (there && first.hidden) shapes.value = "start";
    if (!there && shapes.value === "start") shapes.value = "square";
    first.hidden = !there;
    this.#shape();
  }

  #strength() {
    at("strength").style.setProperty("--at", at("strength").value);
    setText(at("strength-text"), Number(at("strength").value).toFixed(2));
  }

  #write(name, value) {
    at(name).value = value;
    this.#edited(at(name));
  }

  #grow() {
    const field = at("prompt");
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  }

  async #models() {
    try {
      const { models = [], unguided = [], side: usual } = await http("GET", "/models");
      if (usual) this.#base = usual;
      this.#unguided = new Set(unguided);
      this.#negative();
      at("models").replaceChildren(...(models ?? []).map((model) => el("option", { value: model.name ?? model })));
    } catch {
      // Any name may be typed all the same.
    }
  }

  /** Whether the model heeds what is left out, where that is known. */
  #negative() {
    const heeds = !this.#unguided.has(at("model").value.trim()) || Number(at("guidance").value.replace(",", ".")) > 1;
    at("negative").placeholder = heeds ? NEGATIVE : `${NEGATIVE}: heeded with guidance above 1`;
  }

  /** A half-typed request outlives a reload. */
  #draft() {
    try {
      const kept = Object.fromEntries(KEPT.map((name) => [name, at(name).value]));
      if (!at("private").checked) sessionStorage.setItem(DRAFT, JSON.stringify(kept));
      else sessionStorage.removeItem(DRAFT);
    } catch {
      // Storage may be switched off.
    }
  }

  #readDraft() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(DRAFT) ?? "{}");
      for (const name of KEPT) if (typeof kept[name] === "string") at(name).value = kept[name];
    } catch {
      // The same, or another version wrote it.
    }
    this.#strength();
    this.#grow();
  }
}

const eights = (pixels) => Math.max(64, Math.round(pixels / 8) * 8);

/** A picture's shape within so many pixels a side. */
function fitted({ width, height }, most) {
  const scale = Math.min(1, most / Math.max(width, height));
  return { width: eights(width * scale), height: eights(height * scale) };
}
