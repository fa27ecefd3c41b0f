// The nodes of the map, as HTML elements in one layer. What is out of sight is not in the page.

import { at, el, setText } from "../dom.js";
import { howOf } from "../how_far.js";
import { colour, OWN } from "./colours.js";
import { load, pictureAt, sideFor } from "./thumbnails.js";

const AHEAD = 0.35; // of the window's size, beyond its edges, is kept in the page
const FAR = 0.45; // below this zoom, words and handles would be too small to use
const PREVIEW_SIDE = 384;
const SHEET = 4096; // the steps in which the sheet below the nodes grows
const SHEET_MOST = 32768; // beyond what is around

export class Cards {
  #model;
  #view;
  #acts;
  #cards = new Map();
  #selection;
  #around = null;
  #frame = 0;
  #dirty = new Set();
  #sheet = "";

  constructor(model, view, selection, acts) {
    this.#model = model;
    this.#view = view;
    this.#acts = acts;
    this.#selection = selection;
    model.listen("nodes", (ids) => this.#changed(ids));
    model.listen("progress", (ids) => this.#changed(ids));
    model.listen("moved", (ids) => this.#changed(ids));
    model.listen("people", () => this.#changed(null));
    model.listen("you", () => this.#changed(null));
    selection.listen((ids) => this.#changed(ids));
    view.listen(() => this.#viewed(), () => this.#sharpen());
  }

  /** The element of a node, if it is in the page. */
  element(id) {
    return this.#cards.get(id)?.node ?? null;
  }

  /** Show a picture of the wall in a node. */
  live(id, image) {
    this.#cards.get(id)?.live(image);
  }

  /** Focus a node, which comes into sight for that. */
  focus(id) {
    const node = this.#model.node(id);
    if (!node) return;
    this.#view.reveal(this.#model.box(id, node));
    this.#put(id, node);
    this.#cards.get(id).node.focus({ preventScroll: true });
  }

  #changed(ids) {
    if (ids === null) this.#dirty = null;
    else if (this.#dirty) for (const id of ids) this.#dirty.add(id);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      const dirty = this.#dirty;
      this.#dirty = new Set();
      this.#show(dirty ?? new Set([...this.#cards.keys(), ...this.#model.nodes.map(([id]) => id)]));
    });
  }

  #show(ids) {
    this.#around ??= this.#view.seen(this.#margin);
    this.#spread();
    for (const id of ids) {
      const node = this.#model.node(id);
      if (node && this.#isAround(this.#model.box(id, node))) this.#put(id, node);
      else this.#drop(id);
    }
  }

  /** One sheet lies below all nodes. Without it the browser makes a layer of each node that lies by
   * itself, and puts hundreds of them together in each frame. */
  #spread() {
    let { left, top, right, bottom } = this.#around;
    const [first, above, last, below] = [left - SHEET_MOST, top - SHEET_MOST, right + SHEET_MOST, bottom + SHEET_MOST];
    for (const [id, node] of this.#model.nodes) {
      const { x, y, width, height } = this.#model.box(id, node);
      [left, top] = [Math.min(left, x), Math.min(top, y)];
      [right, bottom] = [Math.max(right, x + width), Math.max(bottom, y + height)];
    }
    const from = (least, most) => Math.floor(Math.max(least, most) / SHEET - 0.25) * SHEET;
    const to = (most, least) => Math.ceil(Math.min(most, least) / SHEET + 0.25) * SHEET;
    const [x, y] = [from(left, first), from(top, above)];
    const told = `left: ${x}px; top: ${y}px; width: ${to(right, last) - x}px; height: ${to(bottom, below) - y}px`;
    if (this.#sheet === told) return;
    this.#sheet = told;
    at("sheet").style.cssText = told;
  }

  get #margin() {
    return AHEAD * Math.max(this.#view.width, this.#view.height);
  }

  #isAround({ x, y, width, height }) {
    const { left, top, right, bottom } = this.#around;
    return x < right && x + width > left && y < bottom && y + height > top;
  }

  #put(id, node) {
    let card = this.#cards.get(id);
    if (!card) {
      card = new Card(id, this.#model, this.#acts);
      this.#cards.set(id, card);
      at("nodes").append(card.node);
    }
    card.show(node, this.#selection.has(id), this.#selection.isOne(id), this.#view.zoom);
  }

  #drop(id) {
    const card = this.#cards.get(id);
    if (!card || card.node.contains(document.activeElement)) {
      if (!card || this.#model.node(id)) return; // what has the focus stays
    }
    card.end();
    this.#cards.delete(id);
  }

  #viewed() {
    at("layer").classList.toggle("far", this.#view.zoom < FAR);
    const seen = this.#view.seen(this.#margin * 0.4);
    const { left, top, right, bottom } = this.#around ?? { left: Infinity };
    const fits = left <= seen.left && top <= seen.top && right >= seen.right && bottom >= seen.bottom;
    const whole = this.#view.seen(this.#margin);
    // Far out, all that was near would stay in the page.
    if (fits && right - left < 3 * (whole.right - whole.left)) return;
    this.#around = whole;
    this.#spread();
    const ids = new Set([...this.#cards.keys()]);
    for (const [id, node] of this.#model.nodes) {
      const near = this.#isAround(this.#model.box(id, node));
      if (near && !this.#cards.has(id)) this.#put(id, node);
      else if (!near && ids.has(id)) this.#drop(id);
    }
  }

  #sharpen() {
    for (const [id, card] of this.#cards) {
      const node = this.#model.node(id);
      if (node) card.sharpen(node, this.#view.zoom);
    }
  }
}

class Card {
  #model;
  #id;
  #acts;
  #picture = null;
  #shown = ""; // the picture that is shown, or asked for
  #side = -1;
  #zoom = 1;
  #placed = "";
  #previewed = 0;
  #staged = "";
  #frame = el("div", { class: "frame" });
  #samples = el("ul", { class: "samples", "aria-label": "Pictures to choose from", hidden: true });
  #caption = el("p", { class: "caption", dir: "auto" });
  #owner = el("span", { class: "owner" });
  #how = el("p", { class: "how" });
  #bar = el("progress", { max: 1, value: 0 });
  #again = el("button", { type: "button", class: "again", tabindex: "-1" }, "Try again");
  #handle = el("button", { type: "button", class: "handle", tabindex: "-1", title: "Drag onto empty ground: a picture made from this one" }, "+");
  #corner = el("div", { class: "corner", "aria-hidden": "true", title: "Drag to make it larger or smaller" });
  #gone = false;
  node;

  constructor(id, model, acts) {
    this.#id = id;
    this.#model = model;
    this.#acts = acts;
    this.#again.addEventListener("click", () => acts.retry(id));
    this.node = el("div", { class: "node", "data-id": id, role: "group", tabindex: "-1" },
      this.#frame, this.#samples, this.#caption, el("div", { class: "wait" }, this.#how, this.#bar, this.#again), this.#owner, this.#handle, this.#corner);
  }

  show(node, isSelected, isOne, zoom) {
    const model = this.#model;
    this.#zoom = zoom;
    this.#place(model.box(this.#id, node));
    const open = model.isOpen(this.#id, node);
    const staged = model.staged(node);
    const mine = model.isMine(node);
    const failed = node.state === "failed";
    const has = { mine, selected: isSelected, waiting: open, failed, staged: staged.length > 0, note: node.type === "note", live: node.type === "live",
      bare: !node.picture && !open && !staged.length, held: model.dragged.has(this.#id) };
    for (const [name, on] of Object.entries(has)) this.node.classList.toggle(name, on);
    this.node.style.setProperty("--owner", mine ? OWN : colour(model.colourOf(node)));
    this.node.tabIndex = isOne ? 0 : -1;
    this.#words(node, open, failed, mine);
    this.#stage(node, staged);
    this.#corner.hidden = !model.mayEdit(node);
    this.#handle.hidden = !model.you.draws || node.type === "note";
    if (open) this.#preview(node);
    this.sharpen(node, zoom);
  }

  #words(node, open, failed, mine) {
    const job = this.#model.jobOf(this.#id, node);
    const words = node.type === "note" ? node.text : node.prompt;
    const whose = mine ? "" : this.#model.nameOf(node);
    setText(this.#caption, words || (node.type === "live" ? "What is on the wall now" : open || node.picture ? "" : mine ? "Describe this picture" : "Not described yet"));
    setText(this.#owner, whose);
    setText(this.#how, open ? howOf(job) : failed ? node.error || "It failed." : node.state === "cancelled" ? "Cancelled" : "");
    const part = job.total ? Math.min(1, job.step / job.total) : 0;
    this.#bar.hidden = !open;
    this.#bar.value = part;
    this.#bar.setAttribute("aria-label", `Progress of ${words || "a picture"}`);
    this.#again.hidden = !(failed || node.state === "cancelled") || !this.#model.mayEdit(node);
    this.#handle.setAttribute("aria-label", `Make a picture from ${words || "this one"}`);
    const kind = { note: "Note", live: "Live picture" }[node.type] ?? "Picture";
    const told = [words || (node.picture ? "without words" : "not described yet"), mine ? "yours" : `by ${whose}`, this.#how.textContent].filter(Boolean);
    this.node.setAttribute("aria-label", `${kind}: ${told.join(", ")}`);
  }

  sharpen(node, zoom) {
    this.#zoom = zoom;
    if (node.type === "live" || !node.picture) {
      if (!node.picture && this.#shown && !this.#shown.startsWith("preview") && node.type !== "live") this.#clear();
      return;
    }
    const box = this.#model.box(this.#id, node);
    const side = sideFor(Math.max(box.width, box.height) * zoom);
    const larger = side === 0 ? this.#side !== 0 : this.#side !== 0 && side > this.#side;
    if (this.#shown === node.picture && !larger) return;
    this.#shown = node.picture;
    this.#side = side;
    this.#take(pictureAt(node.picture, side), () => this.#shown === node.picture && this.#side === side);
  }

  /** A live picture that has come. */
  live(image) {
    this.#swap(image);
  }

  async #take(address, wanted) {
    const image = await load(address, () => !this.#gone && wanted());
    if (image && !this.#gone && wanted()) this.#swap(image);
  }

  /** The next picture takes the place of the one before when it is there, so nothing flashes. As a
   * background it needs no clip of its own: hundreds of those would slow down each frame. */
  #swap(image) {
    this.#picture = image; // kept, so that the browser keeps it decoded
    this.#frame.style.backgroundImage = `url("${image.src}")`;
    this.node.classList.add("pictured");
  }

  #clear() {
    this.#picture = null;
    this.#frame.style.backgroundImage = "";
    this.node.classList.remove("pictured");
    this.#shown = "";
    this.#side = -1;
  }

  #preview(node) {
    const { preview } = this.#model.progress.get(this.#id) ?? {};
    if (!preview || preview === this.#previewed || !node.job || document.hidden) return;
    this.#previewed = preview;
    this.#shown = `preview ${preview}`;
    this.#side = PREVIEW_SIDE;
    this.#take(`/jobs/${node.job}/preview?at=${preview}`, () => this.#previewed === preview && this.#shown.startsWith("preview"));
  }

  #stage(node, staged) {
    const told = staged.join();
    if (told === this.#staged) return;
    this.#staged = told;
    this.#samples.hidden = !staged.length;
    const chosen = (sample) => this.#acts.choose(this.#id, sample);
    this.#samples.replaceChildren(...staged.slice(0, 9).map((sample, index) => {
      const button = el("button", { type: "button", tabindex: "-1", "aria-label": `Choose picture ${index + 1}`, click: () => chosen(sample) });
      load(pictureAt(sample, 256), () => !this.#gone).then((image) => { if (image) button.style.backgroundImage = `url("${image.src}")`; });
      return el("li", {}, button);
    }));
    this.#samples.style.setProperty("--across", Math.ceil(Math.sqrt(Math.min(9, staged.length))));
  }

  #place({ x, y, width, height }) {
    const placed = `${x} ${y} ${width} ${height}`;
    if (placed === this.#placed) return;
    this.#placed = placed;
    const { style } = this.node;
    style.left = `${x}px`; // a transform of its own for each node would slow down each frame
    style.top = `${y}px`;
    style.width = `${width}px`;
    style.height = `${height}px`;
  }

  end() {
    this.#gone = true;
    this.node.remove();
  }
}
