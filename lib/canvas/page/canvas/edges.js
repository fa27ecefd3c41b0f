// The edges of the map: one SVG below the nodes, a curve from each parent's right side to its child's
// left side. Those out of sight are left out.

import { at } from "../dom.js";

const SVG = "http://www.w3.org/2000/svg";

export class Edges {
  #model;
  #view;
  #selection;
  #paths = new Map();
  #around = null;
  #frame = 0;
  #link = null;

  constructor(model, view, selection) {
    this.#model = model;
    this.#view = view;
    this.#selection = selection;
    for (const what of ["nodes", "moved"]) model.listen(what, () => this.#later());
    selection.listen(() => this.#later());
    view.listen(() => this.#viewed());
  }

  /** An edge that is being drawn, from a node to a place; null: no longer. */
  linking(from, to = null) {
    if (!to) {
      this.#link?.remove();
      this.#link = null;
      return;
    }
    this.#link ??= this.#path("linking");
    const box = this.#model.box(from);
    this.#link.setAttribute("d", curve(box.x + box.width, box.y + box.height / 2, ...to));
  }

  #viewed() {
    const seen = this.#view.seen();
    const { left, top, right, bottom } = this.#around ?? { left: Infinity };
    if (left <= seen.left && top <= seen.top && right >= seen.right && bottom >= seen.bottom && right - left < 4 * (seen.right - seen.left)) return;
    this.#later();
  }

  #later() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#show();
    });
  }

  #show() {
    this.#around = this.#view.seen(0.75 * Math.max(this.#view.width, this.#view.height));
    const there = new Set();
    for (const [id, from, to] of this.#model.edges) {
      const one = this.#model.box(from);
      const other = this.#model.box(to);
      if (!this.#crosses(one, other)) continue;
      there.add(id);
      if (!this.#paths.has(id)) this.#paths.set(id, this.#path());
      const path = this.#paths.get(id);
      const line = curve(one.x + one.width, one.y + one.height / 2, other.x, other.y + other.height / 2);
      if (path.dataset.line !== line) {
        path.dataset.line = line;
        path.setAttribute("d", line);
      }
      path.classList.toggle("near", this.#selection.has(from) || this.#selection.has(to));
    }
    for (const [id, path] of this.#paths) {
      if (there.has(id)) continue;
      path.remove();
      this.#paths.delete(id);
    }
  }

  #crosses(one, other) {
    const { left, top, right, bottom } = this.#around;
    const least = (name) => Math.min(one[name], other[name]);
    return least("x") < right && least("y") < bottom
      && Math.max(one.x + one.width, other.x + other.width) > left && Math.max(one.y + one.height, other.y + other.height) > top;
  }

  #path(name = "") {
    const path = document.createElementNS(SVG, "path");
    if (name) path.classList.add(name);
    at("edges").append(path);
    return path;
  }
}

function curve(x, y, toX, toY) {
  const bend = Math.max(40, Math.min(240, Math.abs(toX - x) / 2 + Math.abs(toY - y) / 6));
  const [a, b, c, d, e] = [x, y, toX, toY, bend].map((value) => Math.round(value * 10) / 10);
  return `M${a} ${b}C${a + e} ${b} ${c - e} ${d} ${c} ${d}`;
}
