// All of the map, small, in a corner: whose nodes lie where, and which part is seen. A press or drag
// in it moves there.

import { at } from "../dom.js";
import { colour, OWN } from "./colours.js";

const EDGE = 6;

export class MiniMap {
  #canvas = at("mini-map");
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
    view.listen(() => this.#later());
    this.#canvas.addEventListener("pointerdown", (event) => {
      this.#canvas.setPointerCapture(event.pointerId);
      this.#go(event);
    });
    this.#canvas.addEventListener("pointermove", (event) => { if (event.buttons) this.#go(event); });
  }

  #later() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#canvas.checkVisibility()) this.#draw();
    });
  }

  #go(event) {
    const box = this.#canvas.getBoundingClientRect();
    const across = (event.clientX - box.left) / this.#scale + this.#left;
    const down = (event.clientY - box.top) / this.#scale + this.#top;
    this.#view.centreOn([across, down]);
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const ratio = devicePixelRatio || 1;
    if (this.#canvas.width !== Math.round(width * ratio)) {
      this.#canvas.width = Math.round(width * ratio);
      this.#canvas.height = Math.round(height * ratio);
    }
    const seen = this.#view.seen();
    const boxes = this.#model.nodes.map(([id, node]) => [this.#model.box(id, node), node]);
    let { left, top, right, bottom } = seen;
    for (const [box] of boxes) {
      left = Math.min(left, box.x);
      top = Math.min(top, box.y);
      right = Math.max(right, box.x + box.width);
      bottom = Math.max(bottom, box.y + box.height);
    }
    this.#scale = Math.min((width - 2 * EDGE) / (right - left), (height - 2 * EDGE) / (bottom - top));
    this.#left = (left + right) / 2 - width / 2 / this.#scale;
    this.#top = (top + bottom) / 2 - height / 2 / this.#scale;
    const pen = this.#pen;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const place = (x, y, wide, high) => [(x - this.#left) * this.#scale, (y - this.#top) * this.#scale, wide * this.#scale, high * this.#scale];
    for (const [box, node] of boxes) {
      pen.globalAlpha = node.picture ? 0.9 : 0.4;
      pen.fillStyle = this.#model.isMine(node) ? OWN : colour(this.#model.colourOf(node));
      const [x, y, wide, high] = place(box.x, box.y, box.width, box.height);
      pen.fillRect(x, y, Math.max(2, wide), Math.max(2, high));
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = "#eceae5";
    pen.lineWidth = 1;
    const [x, y, wide, high] = place(seen.left, seen.top, seen.right - seen.left, seen.bottom - seen.top);
    pen.strokeRect(x + 0.5, y + 0.5, wide - 1, high - 1);
  }
}
