// What is painted around a picture: how many pixels beyond each of its edges. They are typed, or the
// edges are dragged; dragged itself, the picture moves inside its frame.

import { at, el } from "./dom.js";

const EDGES = ["left", "top", "right", "bottom"];
const LARGEST = 2048; // of a still's sides
const STEP = 8;

export class Frame {
  #told;
  #picture = null;
  #drag = null;

  constructor(told) {
    this.#told = told;
    for (const edge of EDGES) {
      at(`edge-${edge}`).addEventListener("input", () => this.show());
      // Who cannot drag types the number: to them the handles say nothing new.
      at("stage").append(el("span", { class: `edge ${edge}`, "aria-hidden": "true", "data-edge": edge }));
    }
    at("stage").addEventListener("pointerdown", (event) => this.#down(event));
    at("stage").addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) at("stage").addEventListener(name, () => { this.#drag = null; });
    at("start-picture").draggable = false;
  }

  /** Begin with a picture; null: nothing is painted around it. */
  begin(picture) {
    this.#picture = picture;
    at("frame-tools").hidden = !picture;
    at("stage").classList.toggle("framed", Boolean(picture));
    this.show();
  }

  /** The whole canvas and where the picture lies on it, or what is wrong. */
  get whole() {
    const { width, height } = this.#picture;
    const [left, top, right, bottom] = this.#edges;
    const ends = [left, top, right, bottom];
    if (!ends.every((end) => Number.isInteger(end) && end >= 0)) return { wrong: "The pixels beyond an edge must be whole numbers" };
    if (!ends.some(Boolean)) return { wrong: "Say how many pixels to add beyond an edge" };
    const whole = { width: stepped(width + left + right), height: stepped(height + top + bottom), left, top };
    const most = Math.max(whole.width, whole.height);
    return most > LARGEST ? { wrong: `The result may have at most ${LARGEST} pixels on a side, not ${most}` } : whole;
  }

  get #edges() {
    return EDGES.map((edge) => Number(at(`edge-${edge}`).value.trim() || 0));
  }

  /** As it was asked for before. */
  take(picture, { left = 0, top = 0, width, height }) {
    const ends = [left, top, width - picture.width - left, height - picture.height - top];
    EDGES.forEach((name, index) => { at(`edge-${name}`).value = Math.max(0, ends[index]); });
  }

  show() {
    const { width, height } = this.#picture ?? { width: 1, height: 1 };
    const frame = this.#picture && this.whole;
    const whole = frame && !frame.wrong ? frame : { width, height, left: 0, top: 0 };
    const style = at("stage").style;
    if (this.#picture) style.setProperty("--shape", whole.width / whole.height);
    style.setProperty("--wide", `${(100 * width) / whole.width}%`);
    style.setProperty("--x", `${(100 * whole.left) / whole.width}%`);
    style.setProperty("--y", `${(100 * whole.top) / whole.height}%`);
    this.#told();
  }

  #down(event) {
    if (!this.#picture || event.button || this.whole.wrong) return;
    event.preventDefault();
    at("stage").setPointerCapture(event.pointerId);
    const scale = this.whole.width / at("stage").getBoundingClientRect().width;
    this.#drag = { x: event.clientX, y: event.clientY, scale, from: this.#edges, edge: event.target.dataset.edge };
  }

  #move(event) {
    if (!this.#drag) return;
    const { x, y, scale, from, edge } = this.#drag;
    const across = step((event.clientX - x) * scale);
    const down = step((event.clientY - y) * scale);
    const room = [LARGEST - this.#picture.width, LARGEST - this.#picture.height];
    const ends = [...from];
    if (edge) {
      const index = EDGES.indexOf(edge);
      const outward = { left: -across, right: across, top: -down, bottom: down }[edge];
      const most = room[index % 2] - from[(index + 2) % 4];
      ends[index] = between(0, from[index] + outward, most);
    } else {
      [ends[0], ends[2]] = shared(from[0], from[2], across);
      [ends[1], ends[3]] = shared(from[1], from[3], down);
    }
    EDGES.forEach((name, index) => { at(`edge-${name}`).value = ends[index]; });
    this.show();
  }
}

const between = (least, value, most) => Math.max(least, Math.min(most, value));
const step = (pixels) => Math.round(pixels / STEP) * STEP;
const stepped = (pixels) => Math.ceil(pixels / STEP) * STEP;

/** Two opposite edges after the picture has moved by so much. */
function shared(before, after, by) {
  const first = between(0, before + by, before + after);
  return [first, before + after - first];
}
