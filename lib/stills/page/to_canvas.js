// A picture from the gallery onto a map: which one is asked, the one that was changed last first.

import { http } from "./http.js";
import { answer, at, el } from "./dom.js";

const NEW = "";
const NEW_NAME = "Pictures";

export class ToCanvas {
  #picture = "";

  constructor() {
    at("to-canvas").addEventListener("click", () => this.#open());
    at("canvas-row").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#put();
    });
  }

  /** The picture that is shown large; one that only its asker may see is put on no map. */
  show(picture, { isPrivate }) {
    at("to-canvas").hidden = isPrivate;
    if (picture === this.#picture) return;
    this.#picture = picture;
    this.#fold(true);
  }

  #fold(hidden) {
    at("canvas-row").hidden = hidden;
    at("on-canvas").hidden = true;
    at("to-canvas").setAttribute("aria-expanded", String(!hidden));
  }

  async #open() {
    if (!at("canvas-row").hidden) {
      this.#fold(true);
      return;
    }
    try {
      const { maps } = await http("GET", "/maps");
      const open = maps.filter((map) => map.open).map((map) => el("option", { value: map.id }, map.name));
      at("canvas-map").replaceChildren(...open, el("option", { value: NEW }, "A new map"));
      this.#fold(false);
      at("canvas-map").focus();
    } catch (refusal) {
      answer(at("large-answer"), refusal.message, true);
    }
  }

  async #put() {
    try {
      const id = at("canvas-map").value || (await this.#make()).id;
      const { map } = await http("POST", `/maps/${id}/nodes`, { picture: this.#picture });
      answer(at("large-answer"), `It is on the map “${map.name}”`);
      at("on-canvas").href = `/canvas/${encodeURIComponent(map.name)}`;
      at("on-canvas").hidden = false;
    } catch (refusal) {
      answer(at("large-answer"), refusal.message, true);
    }
  }

  /** The first free name of its kind. */
  async #make() {
    for (let number = 1; ; number += 1) {
      try {
        return await http("POST", "/maps", { name: number > 1 ? `${NEW_NAME} ${number}` : NEW_NAME });
      } catch (refusal) {
        if (refusal.status !== 409 || number > 99) throw refusal;
      }
    }
  }
}
