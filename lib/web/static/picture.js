// The picture on the live page: its surroundings, what goes on under a frozen wall, and full screen.

import { at, setText } from "./dom.js";
import { WallPicture } from "./wall_picture.js";

const HALO_MS = 160;
const CURSOR_MS = 2000;
const SHAPE = "afterimage.shape";
const HALOS = [[16, 9], [48, 27]]; // steps of the halo's scaling: one large step would show a grid

export class Picture extends WallPicture {
  #halo = HALOS.map(([width, height]) => penOf(width, height));
  #wide = at("halo").getContext("2d", { alpha: false });
  #haloAt = 0;
  #under = at("under").getContext("2d", { alpha: false });
  #still = matchMedia("(prefers-reduced-motion: reduce)");
  #cursor = 0;

  constructor(live, session) {
    super(live, session);
    this.#remembered();
    live.on("hello", (message) => this.#shaped(message.status?.stream?.size));
    live.on("status", (status) => this.#shaped(status.stream?.size));
    this.#alone();
  }

  /** The wall holds its picture, and so does the page; what goes on underneath is shown small. */
  froze(on, holds) {
    at("screen").classList.toggle("frozen", on);
    setText(at("held"), on && !holds ? "The wall holds a picture from before this page was opened" : "");
  }

  beneath(bitmap) {
    const canvas = at("under");
    const width = 320;
    const height = Math.round((width * bitmap.height) / bitmap.width);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    this.#under.drawImage(bitmap, 0, 0, width, height);
  }

  drawn(bitmap) {
    const now = performance.now();
    if (this.#still.matches || now - this.#haloAt < HALO_MS) return;
    this.#haloAt = now;
    // A blurred mean of the last seconds fills the space around the picture.
    const [small, middle] = this.#halo;
    small.globalAlpha = 0.12;
    small.drawImage(bitmap, 0, 0, ...HALOS[0]);
    middle.drawImage(small.canvas, 0, 0, ...HALOS[1]);
    this.#wide.drawImage(middle.canvas, 0, 0, at("halo").width, at("halo").height);
  }

  /** Reserve the picture's space before the first one comes, also after a reload. */
  #shaped(size) {
    const [width, height] = (size ?? "").split("x").map(Number);
    if (!(width > 0 && height > 0)) return;
    const shape = String(width / height);
    if (document.body.style.getPropertyValue("--shape") === shape) return;
    document.body.style.setProperty("--shape", shape);
    try {
      localStorage.setItem(SHAPE, shape);
    } catch {
      // Storage may be switched off; then a reload assumes a square.
    }
  }

  #remembered() {
    try {
      const shape = Number(localStorage.getItem(SHAPE));
      if (shape > 0.2 && shape < 5) document.body.style.setProperty("--shape", String(shape));
    } catch {
      // as above
    }
  }

  #alone() {
    at("full").addEventListener("click", () => this.toggle());
    document.addEventListener("fullscreenchange", () => {
      if (!document.fullscreenElement) this.#leave();
    });
    at("screen").addEventListener("pointermove", () => {
      clearTimeout(this.#cursor);
      at("screen").classList.remove("calm");
      this.#cursor = setTimeout(() => at("screen").classList.add("calm"), CURSOR_MS);
    });
  }

  get isAlone() {
    return document.body.classList.contains("alone");
  }

  /** A phone without full screen for pages shows the picture over the whole page instead. */
  toggle() {
    if (this.isAlone) {
      if (document.fullscreenElement) document.exitFullscreen();
      this.#leave();
      return;
    }
    document.body.classList.add("alone");
    at("full").setAttribute("aria-pressed", "true");
    at("screen").requestFullscreen?.({ navigationUI: "hide" })
      .then(() => this.isAlone || document.exitFullscreen()) // left before it was there
      .catch(() => {});
  }

  #leave() {
    document.body.classList.remove("alone");
    at("full").setAttribute("aria-pressed", "false");
  }
}

function penOf(width, height) {
  const pen = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d", { alpha: false });
  pen.imageSmoothingQuality = "high";
  return pen;
}
