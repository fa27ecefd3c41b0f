// The live picture. It is drawn on a canvas, so that nothing shifts or flashes. Each shown picture is
// confirmed to the server, so that a slow phone is sent fewer pictures instead of older ones.

import { at, setText } from "./dom.js";

const FPS = 15;
const HALO_MS = 160;
const CURSOR_MS = 2000;
const SHAPE = "afterimage.shape";
const HALOS = [[16, 9], [48, 27]]; // steps of the halo's scaling: one large step would show a grid

export class Picture {
  #live;
  #canvas = at("picture");
  #halo = HALOS.map(([width, height]) => penOf(width, height));
  #wide = at("halo").getContext("2d", { alpha: false });
  #pen = at("picture").getContext("2d", { alpha: false });
  #haloAt = 0;
  #frozen = false;
  #holds = false; // it has a picture from before the wall was frozen
  #under = at("under").getContext("2d", { alpha: false });
  #still = matchMedia("(prefers-reduced-motion: reduce)");
  #cursor = 0;

  constructor(live, session) {
    this.#live = live;
    session.listen(() => this.#freeze(Boolean(session.params.freeze)));
    this.#remembered();
    live.on("hello", (message) => {
      this.#wish();
      this.#shaped(message.status?.stream?.size);
    });
    live.on("picture", (blob) => this.#show(blob));
    live.on("status", (status) => this.#shaped(status.stream?.size));
    document.addEventListener("visibilitychange", () => this.#wish());
    this.#alone();
  }

  /** Ask for pictures only while the page is visible, so that a hidden one costs nothing. */
  #wish() {
    this.#live.tell({ type: "preview", fps: document.hidden ? 0 : FPS });
  }

  async #show(blob) {
    try {
      const bitmap = await createImageBitmap(blob);
      if (this.#frozen) this.#drawUnder(bitmap);
      else this.#draw(bitmap);
      bitmap.close();
    } catch {
      // A picture that cannot be decoded is left out; the next one comes soon.
    }
    this.#live.tell({ type: "seen" });
  }

  /** The wall holds its picture, and so does the page; what goes on underneath is shown small. */
  #freeze(on) {
    if (on === this.#frozen) return;
    this.#frozen = on;
    this.#holds = on && at("screen").classList.contains("shown");
    at("screen").classList.toggle("frozen", on);
    at("screen").classList.toggle("unknown", on && !this.#holds);
    setText(at("held"), on && !this.#holds ? "The wall holds a picture from before this page was opened" : "");
  }

  #drawUnder(bitmap) {
    const canvas = at("under");
    const width = 320;
    const height = Math.round((width * bitmap.height) / bitmap.width);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    this.#under.drawImage(bitmap, 0, 0, width, height);
    this.#canvas.dataset.shown = Number(this.#canvas.dataset.shown ?? 0) + 1;
  }

  #draw(bitmap) {
    const canvas = this.#canvas;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
    }
    this.#pen.drawImage(bitmap, 0, 0);
    canvas.dataset.shown = Number(canvas.dataset.shown ?? 0) + 1;
    at("screen").classList.add("shown");
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
    at("screen").requestFullscreen?.({ navigationUI: "hide" }).catch(() => {});
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
