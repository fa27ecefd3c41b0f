// All of the map, small, in a corner: whose nodes lie where, and which part is seen. A press or drag
// in it moves there.

import { at } from "../dom.js";
import { colour, OWN } from "./colours.js";

const EDGE = 10;
const BOX = 100; // the side of the frame's element, which is scaled
const LINE = 1.5;

export class MiniMap {
  #box = at("mini");
  #canvas = at("mini-map");
  #seen = at("mini-seen");
  #pen = at("mini-map").getContext("2d");
  #model;
  #view;
  #frame = 0;
  #scale = 1;
  #left = 0;
  #top = 0;

  constructor(model, view) {
    this.#model = model;
    this.#view = view;
    for (const what of ["nodes", "moved", "people", "you"]) model.listen(what, () => this.#later());
    new ResizeObserver(() => this.#later()).observe(this.#box);
    view.listen(() => this.#follow());
    this.#box.addEventListener("pointerdown", (event) => {
      this.#box.setPointerCapture(event.pointerId);
      this.#go(event);
    });
    this.#box.addEventListener("pointermove", (event) => { if (event.buttons) this.#go(event); });
  }

  #later() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.#box.checkVisibility()) return;
      this.#draw();
      this.#follow();
    });
  }

  #go(event) {
    const box = this.#box.getBoundingClientRect();
    const across = (event.clientX - box.left) / this.#scale + this.#left;
    const down = (event.clientY - box.top) / this.#scale + this.#top;
    this.#view.centreOn([across, down]);
  }

  /** The frame around what is seen is moved, and nothing is drawn for that. */
  #follow() {
    const { left, top, right, bottom } = this.#view.seen();
    const [wide, high] = [(right - left) * this.#scale, (bottom - top) * this.#scale];
    this.#seen.style.transform = `translate(${(left - this.#left) * this.#scale}px, ${(top - this.#top) * this.#scale}px) scale(${wide / BOX}, ${high / BOX})`;
    const line = `${Math.min(20, (LINE * BOX) / wide)}px`;
    if (this.#seen.style.outlineWidth !== line) this.#seen.style.outlineWidth = line;
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.#box;
    const ratio = devicePixelRatio || 1;
    if (this.#canvas.width !== Math.round(width * ratio) || this.#canvas.height !== Math.round(height * ratio)) {
      this.#canvas.width = Math.round(width * ratio);
      this.#canvas.height = Math.round(height * ratio);
    }
    const boxes = this.#model.nodes.map(([id, node]) => [this.#model.box(id, node), node]);
    const [left, top, right, bottom] = bounds(boxes.map(([box]) => box));
    this.#scale = Math.min((width - 2 * EDGE) / (right - left), (height - 2 * EDGE) / (bottom - top));
    this.#left = (left + right) / 2 - width / 2 / this.#scale;
    this.#top = (top + bottom) / 2 - height / 2 / this.#scale;
    const pen = this.#pen;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    for (const [{ x, y, width: wide, height: high }, node] of boxes) {
      pen.globalAlpha = node.picture ? 0.9 : 0.4;
      pen.fillStyle = this.#model.isMine(node) ? OWN : colour(this.#model.colourOf(node));
      pen.fillRect((x - this.#left) * this.#scale, (y - this.#top) * this.#scale, Math.max(2, wide * this.#scale), Math.max(2, high * this.#scale));
    }
  }
}

const LEAST = 2400; // of the map: a few nodes do not fill it

/** Around all boxes, as wide and high as a window at least. */
function bounds(boxes) {
  if (!boxes.length) return [-LEAST / 2, -LEAST / 2, LEAST / 2, LEAST / 2];
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y, width, height } of boxes) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  const more = (length) => Math.max(0, LEAST - length) / 2;
  const [across, down] = [more(right - left), more(bottom - top)];
  return [left - across, top - down, right + across, bottom + down];
}
