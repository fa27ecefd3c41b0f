// A strip chart of every signal, beside what it moves.

import { at, el, setText } from "./dom.js";

const SPAN_MS = 20_000; // that a strip shows
const MOST_POINTS = 400;
const DRAWN_MS = 90;

export class Strips {
  #strips = new Map();
  #drawn = 0;

  constructor(connection) {
    connection.on("state", (state) => this.#take(state));
  }

  #take(state) {
    const now = performance.now();
    const names = state.signals.map((one) => one.name);
    at("no-signals").hidden = names.length > 0;
    for (const [name, strip] of this.#strips) {
      if (names.includes(name)) continue;
      strip.node.remove();
      this.#strips.delete(name);
    }
    for (const signal of state.signals) this.#strip(signal.name).take(signal, state, now);
    if (document.hidden || now - this.#drawn < DRAWN_MS) return;
    this.#drawn = now;
    for (const strip of this.#strips.values()) strip.draw(now);
  }

  #strip(name) {
    const known = this.#strips.get(name);
    if (known) return known;
    const strip = new Strip(name);
    this.#strips.set(name, strip);
    const after = [...at("strips").children].find((node) => node.dataset.signal > name);
    at("strips").insertBefore(strip.node, after ?? null);
    return strip;
  }
}

class Strip {
  #points = [];
  #canvas = el("canvas", { "aria-hidden": "true" });
  #value = el("span", { class: "value" });
  #moves = el("span", { class: "moves" });

  constructor(name) {
    this.node = el("li", { class: "strip", "data-signal": name }, el("span", { class: "name" }, name), this.#canvas, this.#value, this.#moves);
  }

  take(signal, state, now) {
    const value = signal.lost ? null : signal.value;
    this.#points.push([now, value]);
    while (this.#points.length > MOST_POINTS || this.#points[0][0] < now - SPAN_MS) this.#points.shift();
    this.node.classList.toggle("lost", signal.lost);
    setText(this.#value, signal.lost ? "lost" : signal.value.toFixed(2));
    const rows = state.rows.filter((row) => row.armed && row.signal === signal.name);
    setText(this.#moves, rows.map((row) => says(row, state)).join(", "));
  }

  draw(now) {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [this.#canvas.clientWidth * ratio, this.#canvas.clientHeight * ratio];
    if (!width) return;
    if (this.#canvas.width !== Math.round(width) || this.#canvas.height !== Math.round(height)) {
      Object.assign(this.#canvas, { width: Math.round(width), height: Math.round(height) });
    }
    const pen = this.#canvas.getContext("2d");
    pen.clearRect(0, 0, width, height);
    pen.strokeStyle = getComputedStyle(this.node).getPropertyValue("--accent");
    pen.lineWidth = 1.5 * ratio;
    pen.beginPath();
    let is_down = false;
    for (const [when, value] of this.#points) {
      if (value === null) {
        is_down = false;
        continue;
      }
      const x = width * (1 - (now - when) / SPAN_MS);
      const y = (height - 2) * (1 - value) + 1;
      if (is_down) pen.lineTo(x, y);
      else pen.moveTo(x, y);
      is_down = true;
    }
    pen.stroke();
  }
}

function says(row, state) {
  const hand = state.hands[row.to];
  if (hand) return `${nameOf(row.to)} (a hand has it for ${Math.ceil(hand)} s)`;
  const value = state.moved[row.to];
  return value === undefined ? nameOf(row.to) : `${nameOf(row.to)} ${value.toFixed(2)}`;
}

const nameOf = (field) => (field === "guidance_scale" ? "guidance" : field === "seeds" ? "second seed" : field);
