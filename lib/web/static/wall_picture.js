// The picture as the wall has it. It is drawn on a canvas, so that nothing shifts or flashes. Each
// shown picture is confirmed to the server, so that a slow phone is sent fewer instead of older ones.

import { at } from "./dom.js";

const FPS = 15;

export class WallPicture {
  #live;
  #pen = at("picture").getContext("2d", { alpha: false });
  #frozen = false;

  constructor(live, session) {
    this.#live = live;
    session.listen(() => this.#freeze(Boolean(session.params.freeze)));
    live.on("hello", () => this.#wish());
    live.on("picture", (blob) => this.#show(blob));
    document.addEventListener("visibilitychange", () => this.#wish());
  }

  /** Called with each picture that is drawn. */
  drawn() {}

  /** Called with each picture that comes while the wall is frozen. */
  beneath() {}

  /** Called when the wall freezes or goes on; `holds`: whether the picture that it holds is here. */
  froze() {}

  /** Ask for pictures only while the page is visible, so that a hidden one costs nothing. */
  #wish() {
    this.#live.tell({ type: "preview", fps: document.hidden ? 0 : FPS });
  }

  async #show(blob) {
    try {
      const bitmap = await createImageBitmap(blob);
      if (this.#frozen) this.beneath(bitmap);
      else this.#draw(bitmap);
      bitmap.close();
      const canvas = at("picture");
      canvas.dataset.shown = Number(canvas.dataset.shown ?? 0) + 1;
    } catch {
      // A picture that cannot be decoded is left out; the next one comes soon.
    }
    this.#live.tell({ type: "seen" });
  }

  #draw(bitmap) {
    const canvas = at("picture");
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
    }
    this.#pen.drawImage(bitmap, 0, 0);
    at("screen").classList.add("shown");
    this.drawn(bitmap);
  }

  #freeze(on) {
    if (on === this.#frozen) return;
    this.#frozen = on;
    const holds = at("screen").classList.contains("shown");
    at("screen").classList.toggle("unknown", on && !holds);
    this.froze(on, holds);
  }
}
