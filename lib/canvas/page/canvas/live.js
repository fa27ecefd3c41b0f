// The live pictures on the map: what is on the wall now, as it goes out, while one of them is in sight.

import { load } from "./thumbnails.js";

const EVERY_MS = 500;
const SIDE = 512;

export class LivePictures {
  #model;
  #cards;
  #loading = false;

  constructor(model, cards) {
    this.#model = model;
    this.#cards = cards;
    setInterval(() => this.#step(), EVERY_MS);
  }

  async #step() {
    if (document.hidden || this.#loading || !this.#model.you.wall || !this.#model.room.isHere) return;
    const ids = this.#model.nodes.filter(([, node]) => node.type === "live").map(([id]) => id).filter((id) => this.#cards.element(id));
    if (!ids.length) return;
    this.#loading = true;
    let tried = false;
    const image = await load(`/maps/live.jpg?side=${SIDE}&at=${Date.now()}`, () => { const first = !tried; tried = true; return first; });
    this.#loading = false;
    if (image) for (const [index, id] of ids.entries()) this.#cards.live(id, index ? image.cloneNode() : image);
  }
}
