// The map by keyboard.

import { at, el, isWriting } from "../dom.js";
import { sizedBy } from "./gestures.js";

const PAN = 96; // pixels
const MOVE = 16; // of the map
const ZOOM = 1.25;
const SAID = {
  "Arrows": "to the picture in that direction",
  "Enter": "describe it",
  "Space": "select it, or one more",
  "N · T": "new picture, note",
  "C": "a child of it",
  "I · O": "inpaint a part of it, outpaint around it",
  "Alt arrows": "move what is selected",
  "Alt Shift arrows": "make it larger or smaller",
  "Delete": "delete what is selected",
  "P · S": "copy its prompt, its seed",
  "R": "refresh from its parent",
  "Ctrl Z · Ctrl Shift Z": "undo, redo",
  "Shift arrows": "pan",
  "+ · − · 1": "zoom in, out, to 100 %",
  "0 · F": "fit all, fit what is selected",
  "L · M": "lock, mini-map",
  "Ctrl A": "select all of mine",
  "Escape": "back to the map",
  "?": "this list",
};
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Keys {
  #model;
  #view;
  #selection;
  #acts;
  #bar;

  constructor(model, view, selection, acts, bar) {
    this.#model = model;
    this.#view = view;
    this.#selection = selection;
    this.#acts = acts;
    this.#bar = bar;
    at("key-list").append(...Object.entries(SAID).flatMap(([keys, words]) => [el("dt", {}, ...keys.split(" ").map((key) => (key === "·" ? " · " : el("kbd", {}, key)))), el("dd", {}, words)]));
    addEventListener("keydown", (event) => this.#key(event));
    at("nodes").addEventListener("focusin", ({ target }) => {
      const id = target.closest(".node")?.dataset.id;
      if (id && !this.#selection.isOne(id)) this.#selection.point(id);
    });
  }

  #key(event) {
    if (document.querySelector("dialog[open]") || event.defaultPrevented) return;
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.key === "Escape") {
      if (this.#bar.escape() || !this.#acts.describe.isOpen) return;
      this.#acts.describe.close();
    } else if (command && key === "z" && !isWriting(event.target)) {
      if (event.shiftKey) this.#model.redo();
      else this.#model.undo();
    } else if (command && key === "y" && !isWriting(event.target)) this.#model.redo();
    else if (isWriting(event.target) || event.target.closest?.("#describe, header, #tools, #zoom, #tour")) return;
    else if (command && key === "a") this.#all();
    else if (command) return;
    else if (ARROWS[event.key]) this.#arrow(event, ARROWS[event.key]);
    else if (!this.#letter(key, event)) return;
    event.preventDefault();
  }

  get #here() {
    const id = document.activeElement?.closest(".node")?.dataset.id ?? this.#selection.single ?? this.#selection.one;
    return id && this.#model.node(id) ? id : null;
  }

  #letter(key, event) {
    const id = this.#here;
    const selected = this.#selection.ids.length ? this.#selection.ids : [id].filter(Boolean);
    const single = () => { if (id) this.#selection.set([id]); return id; };
    const acts = {
      n: () => this.#acts.create(),
      t: () => this.#acts.create(null, "note"),
      c: () => id && this.#acts.child(id),
      i: () => id && this.#acts.paint({ parent: id, kind: "inpaint" }),
      o: () => id && this.#acts.paint({ parent: id, kind: "outpaint" }),
      r: () => id && this.#acts.refresh(id),
      p: () => single() && this.#acts.describe.copy("prompt"),
      s: () => single() && this.#acts.describe.copy("seed"),
      Enter: () => single() && this.#acts.describe.open(),
      " ": () => id && this.#selection.toggle(id),
      Delete: () => this.#acts.remove(selected),
      Backspace: () => this.#acts.remove(selected),
      "+": () => this.#view.step(ZOOM),
      "=": () => this.#view.step(ZOOM),
      "-": () => this.#view.step(1 / ZOOM),
      1: () => this.#view.step(1 / this.#view.zoom),
      0: () => this.#acts.fit(),
      f: () => this.#view.fit(selected.map((one) => this.#model.box(one)), { most: 2 }),
      l: () => this.#bar.lock(),
      m: () => this.#bar.miniMap(),
      "?": () => at("keys").showModal(),
    };
    if (!acts[key] || (event.altKey && key !== "?")) return false;
    acts[key]();
    return true;
  }

  #arrow(event, [across, down]) {
    if (event.altKey && event.shiftKey) this.#sizeBy(across * MOVE, down * MOVE);
    else if (event.shiftKey) this.#view.panBy(-across * PAN, -down * PAN);
    else if (event.altKey) this.#moveBy(across * MOVE, down * MOVE);
    else this.#step(across, down);
  }

  #moveBy(across, down) {
    const ids = (this.#selection.ids.length ? this.#selection.ids : [this.#here].filter(Boolean)).filter((id) => this.#model.mayEdit(this.#model.node(id)));
    if (!ids.length || this.#bar.isLocked) return;
    this.#model.hold(Object.fromEntries(ids.map((id) => { const { x, y } = this.#model.box(id); return [id, [x + across, y + down]]; })));
    this.#model.drop(ids);
  }

  #sizeBy(across, down) {
    const id = this.#here;
    if (!id || this.#bar.isLocked || !this.#model.mayEdit(this.#model.node(id))) return;
    const { width, height } = this.#model.box(id);
    const node = this.#model.node(id);
    this.#model.size(id, node.type === "still" ? sizedBy(node, width, height, across + down, -Infinity) : [width + across, height + down]);
    this.#model.sizeEnd(id);
  }

  /** To the nearest node that lies in this direction. */
  #step(across, down) {
    const from = this.#here;
    const nodes = this.#model.nodes;
    if (!nodes.length) return;
    const middle = ({ x, y, width, height }) => [x + width / 2, y + height / 2];
    const [x, y] = from ? middle(this.#model.box(from)) : this.#view.middle;
    let best = null;
    let least = Infinity;
    for (const [id, node] of nodes) {
      if (id === from) continue;
      const [toX, toY] = middle(this.#model.box(id, node));
      const along = (toX - x) * across + (toY - y) * down;
      const aside = Math.abs((toX - x) * down) + Math.abs((toY - y) * across);
      const far = from ? along + 2 * aside : Math.hypot(toX - x, toY - y);
      if ((from && (along <= 0 || aside > along * 2)) || far >= least) continue;
      [best, least] = [id, far];
    }
    if (!best) return;
    this.#selection.set([best]);
    this.#acts.focus(best);
  }

  #all() {
    this.#selection.set(this.#model.nodes.filter(([, node]) => this.#model.isMine(node)).map(([id]) => id));
  }
}
