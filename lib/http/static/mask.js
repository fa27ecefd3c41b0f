// The mask of an inpainted part: painted on a canvas over the start picture, by mouse, pen, finger or
// keys. What is painted here is painted anew; feathered, it changes from the old to the new softly.

import { at } from "./dom.js";

const LONGEST = 1024; // of the canvas that is painted on
const MOST_UNDO = 12;
const COLOUR = "#f0b35a";
const SOLID = 128;

export class Mask {
  #canvas = at("mask");
  #pen = at("mask").getContext("2d", { willReadFrequently: true });
  #strokes = []; // the canvas before each of the latest
  #last = null;
  #erases = false;
  #at = [0.5, 0.5]; // the keyboard's brush, as parts of the width and height
  #told;
  #whole = [1, 1]; // the picture's size

  constructor(told) {
    this.#told = told;
    at("brush").addEventListener("click", () => this.#erase(false));
    at("eraser").addEventListener("click", () => this.#erase(true));
    at("invert").addEventListener("click", () => this.#change(() => this.#all("xor")));
    at("clear").addEventListener("click", () => this.#change(() => this.#all("destination-out")));
    at("unstroke").addEventListener("click", () => this.#undo());
    at("brush-size").addEventListener("input", () => this.#cursor());
    at("feather").addEventListener("input", () => {
      this.#soften();
      this.#told();
    });
    this.#canvas.addEventListener("pointerdown", (event) => this.#down(event));
    this.#canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) this.#canvas.addEventListener(name, () => this.#up());
    this.#canvas.addEventListener("keydown", (event) => this.#key(event));
    this.#canvas.addEventListener("focus", () => this.#cursor());
    this.#canvas.addEventListener("blur", () => { at("brush-at").hidden = true; });
  }

  /** Begin anew over a picture; what is transparent in it is marked, or what is white in `mask`. */
  async begin(source, width, height, mask = null) {
    this.#whole = [width, height];
    const scale = Math.min(1, LONGEST / Math.max(width, height));
    this.#canvas.width = Math.max(1, Math.round(width * scale));
    this.#canvas.height = Math.max(1, Math.round(height * scale));
    this.#strokes = [];
    if (mask) this.#mark(mask, (red) => red >= SOLID);
    else if (source) this.#mark(source, (_red, alpha) => alpha < SOLID);
    this.#soften();
    this.#told();
  }

  get isEmpty() {
    return !this.#pixels().some((value, index) => index % 4 === 3 && value >= SOLID);
  }

  /** White where it is painted, black elsewhere, grey only where it is feathered; as large as the
   * picture. */
  async blob() {
    const { width, height } = this.#canvas;
    const pixels = this.#pixels();
    const shares = new Float32Array(width * height);
    for (let index = 0; index < shares.length; index += 1) shares[index] = pixels[index * 4 + 3] >= SOLID ? 255 : 0;
    const radius = Math.round(this.#feather / 2);
    if (radius) for (let pass = 0; pass < 3; pass += 1) blur(shares, width, height, radius);
    const content = new ImageData(width, height);
    shares.forEach((share, index) => content.data.set([share, share, share, 255], index * 4));
    const small = new OffscreenCanvas(width, height);
    small.getContext("2d").putImageData(content, 0, 0);
    const whole = new OffscreenCanvas(...this.#whole);
    const pen = whole.getContext("2d");
    pen.imageSmoothingEnabled = radius > 0; // else nothing is between white and black
    pen.drawImage(small, 0, 0, ...this.#whole);
    return whole.convertToBlob({ type: "image/png" });
  }

  #pixels() {
    return this.#pen.getImageData(0, 0, this.#canvas.width, this.#canvas.height).data;
  }

  #mark(source, isMarked) {
    const { width, height } = this.#canvas;
    this.#pen.drawImage(source, 0, 0, width, height);
    const content = this.#pen.getImageData(0, 0, width, height);
    for (let index = 0; index < content.data.length; index += 4) {
      const marked = isMarked(content.data[index], content.data[index + 3]);
      content.data.set([240, 179, 90, marked ? 255 : 0], index);
    }
    this.#pen.putImageData(content, 0, 0);
  }

  /** How far the edge is soft, in pixels of the canvas. */
  get #feather() {
    const part = Number(at("feather").value) / 100;
    return part * part * 0.12 * Math.max(this.#canvas.width, this.#canvas.height);
  }

  /** The canvas looks as soft as the mask will be. */
  #soften() {
    const box = this.#canvas.getBoundingClientRect();
    const scale = this.#canvas.width ? box.width / this.#canvas.width : 1;
    at("feather").style.setProperty("--at", at("feather").value / 100);
    this.#canvas.style.filter = this.#feather ? `blur(${(this.#feather * scale) / 2}px)` : "";
  }

  #erase(erases) {
    this.#erases = erases;
    at("brush").setAttribute("aria-pressed", String(!erases));
    at("eraser").setAttribute("aria-pressed", String(erases));
  }

  #all(how) {
    this.#pen.globalCompositeOperation = how;
    this.#pen.fillStyle = COLOUR;
    this.#pen.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#pen.globalCompositeOperation = "source-over";
  }

  #change(act) {
    this.#strokes.push(this.#pen.getImageData(0, 0, this.#canvas.width, this.#canvas.height));
    if (this.#strokes.length > MOST_UNDO) this.#strokes.shift();
    act();
    this.#told();
  }

  #undo() {
    const before = this.#strokes.pop();
    if (before) this.#pen.putImageData(before, 0, 0);
    this.#told();
  }

  get #size() {
    const part = Number(at("brush-size").value) / 100;
    return Math.max(2, part * part * 0.6 * Math.max(this.#canvas.width, this.#canvas.height) + 2);
  }

  #place(event) {
    const box = this.#canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  #down(event) {
    if (event.button) return;
    event.preventDefault();
    this.#canvas.focus({ preventScroll: true });
    this.#canvas.setPointerCapture(event.pointerId);
    this.#last = this.#place(event);
    this.#change(() => this.#line(this.#last, this.#last));
  }

  #move(event) {
    this.#at = this.#place(event);
    this.#cursor();
    if (!this.#last) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) {
      const to = this.#place(one);
      this.#line(this.#last, to);
      this.#last = to;
    }
  }

  #up() {
    if (this.#last) this.#told();
    this.#last = null;
  }

  #line(from, to) {
    const [width, height] = [this.#canvas.width, this.#canvas.height];
    const pen = this.#pen;
    pen.globalCompositeOperation = this.#erases ? "destination-out" : "source-over";
    pen.strokeStyle = COLOUR;
    pen.lineCap = "round";
    pen.lineWidth = this.#size;
    pen.beginPath();
    pen.moveTo(from[0] * width, from[1] * height);
    pen.lineTo(to[0] * width + 0.01, to[1] * height);
    pen.stroke();
    pen.globalCompositeOperation = "source-over";
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key.toLowerCase() !== "z") return;
      event.preventDefault();
      event.stopPropagation();
      this.#undo();
      return;
    }
    const step = event.shiftKey ? 0.005 : 0.03;
    const steps = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    const size = { "+": 4, "=": 4, "-": -4 }[event.key];
    if (steps) this.#at = this.#at.map((value, axis) => Math.min(1, Math.max(0, value + steps[axis])));
    else if (event.key === " ") this.#change(() => this.#line(this.#at, this.#at));
    else if (event.key === "e") this.#erase(!this.#erases);
    else if (size) at("brush-size").value = Number(at("brush-size").value) + size;
    else return;
    event.preventDefault();
    this.#cursor();
  }

  /** A ring as large as the brush. */
  #cursor() {
    const box = this.#canvas.getBoundingClientRect();
    const ring = at("brush-at");
    at("brush-size").style.setProperty("--at", at("brush-size").value / 100);
    ring.hidden = false;
    ring.style.width = `${(this.#size * box.width) / this.#canvas.width}px`;
    ring.style.left = `${this.#at[0] * 100}%`;
    ring.style.top = `${this.#at[1] * 100}%`;
  }
}

/** The mean of each value's neighbours, along the rows and then along the columns; in place. */
function blur(values, width, height, radius) {
  const line = (first, step, length) => {
    const before = Float32Array.from({ length }, (_, index) => values[first + index * step]);
    const value = (index) => before[Math.min(length - 1, Math.max(0, index))];
    let sum = 0;
    for (let index = -radius; index <= radius; index += 1) sum += value(index);
    for (let index = 0; index < length; index += 1) {
      values[first + index * step] = sum / (2 * radius + 1);
      sum += value(index + radius + 1) - value(index - radius);
    }
  };
  for (let row = 0; row < height; row += 1) line(row * width, 1, width);
  for (let column = 0; column < width; column += 1) line(column, width, height);
}
