// Which part of the map is seen. One CSS transform moves all of it, and nothing is laid out anew.

import { at } from "../dom.js";

export const LEAST = 0.125;
export const MOST = 4;
const GLIDE_MS = 260;
const SETTLED_MS = 160;
const EDGE = 56; // around what is fitted, in pixels; less in a small window
const BARS = 60; // what the bars at the bottom hide
const DOTS = 32; // between the dots of the ground

export class View {
  #map = at("map");
  #layer = at("layer");
  #dots = at("dots");
  #moved = [];
  #settled = [];
  #frame = 0;
  #timer = 0;
  #glide = 0;
  #crisp = 1; // the zoom that the layer was painted at
  #still = matchMedia("(prefers-reduced-motion: reduce)");
  x = 0; // where the map's origin lies in the window
  y = 0;
  zoom = 1;
  width = 1;
  height = 1;
  covered = { right: 0, bottom: 0 }; // what a panel hides of it

  constructor() {
    const box = () => {
      const { width, height } = this.#map.getBoundingClientRect();
      this.width = width;
      this.height = height;
      this.#changed();
    };
    new ResizeObserver(box).observe(this.#map);
    box();
  }

  /** moved: told once a frame while it moves; settled: when it has come to rest. */
  listen(moved, settled = null) {
    this.#moved.push(moved);
    if (settled) this.#settled.push(settled);
  }

  /** What of the map is in the window, with so much more around it. */
  seen(margin = 0) {
    return {
      left: (-margin - this.x) / this.zoom,
      top: (-margin - this.y) / this.zoom,
      right: (this.width + margin - this.x) / this.zoom,
      bottom: (this.height + margin - this.y) / this.zoom,
    };
  }

  /** A place of the window, as events have it, on the map. */
  toMap({ clientX, clientY }) {
    const box = this.#map.getBoundingClientRect();
    return [(clientX - box.left - this.x) / this.zoom, (clientY - box.top - this.y) / this.zoom];
  }

  toWindow([x, y]) {
    return [x * this.zoom + this.x, y * this.zoom + this.y];
  }

  /** The middle of what is seen, on the map. */
  get middle() {
    const [across, down] = this.#centre;
    return [(across - this.x) / this.zoom, (down - this.y) / this.zoom];
  }

  panBy(across, down) {
    this.#stop();
    this.x += across;
    this.y += down;
    this.#changed();
  }

  /** Zoom by a factor; the place at these pixels of the map's element stays where it is. */
  zoomBy(factor, [across, down] = this.#centre) {
    this.#stop();
    this.#zoomTo(this.zoom * factor, across, down);
    this.#changed();
  }

  /** Zoom step by step, as the buttons and keys do. */
  step(factor) {
    const [across, down] = this.#centre;
    const zoom = between(this.zoom * factor);
    const scale = zoom / this.zoom;
    this.#glideTo({ zoom, x: across - (across - this.x) * scale, y: down - (down - this.y) * scale });
  }

  /** Show all of these boxes, no larger than `most`. */
  fit(boxes, { most = 1, glide = true } = {}) {
    if (!boxes.length) return;
    const left = Math.min(...boxes.map((box) => box.x));
    const top = Math.min(...boxes.map((box) => box.y));
    const width = Math.max(...boxes.map((box) => box.x + box.width)) - left;
    const height = Math.max(...boxes.map((box) => box.y + box.height)) - top;
    const [wide, high] = this.#room;
    const edge = Math.min(EDGE, wide / 16);
    const zoom = between(Math.min(most, (wide - 2 * edge) / width, (high - 2 * edge) / height));
    const to = { zoom, x: wide / 2 - (left + width / 2) * zoom, y: high / 2 - (top + height / 2) * zoom };
    if (glide) this.#glideTo(to);
    else this.take(to);
  }

  /** Bring a box into the window, if it is not there. */
  reveal(box) {
    const [wide, high] = this.#room;
    const [left, top] = this.toWindow([box.x, box.y]);
    const [right, bottom] = [left + box.width * this.zoom, top + box.height * this.zoom];
    const across = shift(left, right, wide);
    const down = shift(top, bottom, high);
    if (across || down) this.#glideTo({ zoom: this.zoom, x: this.x + across, y: this.y + down });
  }

  /** A place of the map becomes the middle. */
  centreOn([x, y]) {
    const [across, down] = this.#centre;
    this.take({ zoom: this.zoom, x: across - x * this.zoom, y: down - y * this.zoom });
  }

  take({ x, y, zoom }) {
    this.#stop();
    Object.assign(this, { x, y, zoom: between(zoom) });
    this.#changed();
  }

  get #room() {
    return [Math.max(160, this.width - this.covered.right), Math.max(160, this.height - Math.max(BARS, this.covered.bottom))];
  }

  get #centre() {
    return this.#room.map((length) => length / 2);
  }

  #zoomTo(wanted, across, down) {
    const zoom = between(wanted);
    const scale = zoom / this.zoom;
    this.x = across - (across - this.x) * scale;
    this.y = down - (down - this.y) * scale;
    this.zoom = zoom;
  }

  #glideTo(to) {
    this.#stop();
    if (this.#still.matches) {
      this.take(to);
      return;
    }
    const from = { x: this.x, y: this.y, zoom: this.zoom };
    const begin = performance.now();
    const step = (now) => {
      const part = Math.min(1, Math.max(0, (now - begin) / GLIDE_MS));
      const eased = 1 - (1 - part) ** 3;
      for (const name of ["x", "y", "zoom"]) this[name] = from[name] + (to[name] - from[name]) * eased;
      this.#glide = part < 1 ? requestAnimationFrame(step) : 0;
      this.#changed();
    };
    this.#glide = requestAnimationFrame(step);
  }

  #stop() {
    cancelAnimationFrame(this.#glide);
    this.#glide = 0;
  }

  #changed() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#apply();
    });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rest(), SETTLED_MS);
  }

  #apply() {
    this.#layer.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.zoom})`;
    const dots = DOTS * this.zoom * 2 ** -Math.round(Math.log2(this.zoom));
    this.#dots.style.transform = `translate(${this.x % dots}px, ${this.y % dots}px)`;
    if (this.#dots.dataset.between !== String(dots)) {
      this.#dots.dataset.between = dots;
      this.#dots.style.backgroundSize = `${dots}px ${dots}px`;
    }
    for (const moved of this.#moved) moved();
  }

  /** The browser keeps what it has painted of the layer while that moves; after a zoom it is painted
   * again, so that it is sharp. */
  #rest() {
    if (this.#crisp !== this.zoom) {
      this.#crisp = this.zoom;
      this.#layer.style.willChange = "auto";
      requestAnimationFrame(() => requestAnimationFrame(() => { this.#layer.style.willChange = ""; }));
    }
    for (const settled of this.#settled) settled();
  }
}

const between = (zoom) => Math.min(MOST, Math.max(LEAST, zoom));

/** How far to move so that from..to lies in 0..length, the beginning first. */
function shift(from, to, length) {
  const edge = Math.min(EDGE / 2, length / 10);
  if (from < edge) return edge - from;
  if (to > length - edge) return Math.max(length - edge - to, edge - from);
  return 0;
}
