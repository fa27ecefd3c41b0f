// What of the voices moves the wall: chosen by whoever runs the show, hidden from guests.

import { answer, at, el, setText } from "../dom.js";
import { http } from "../http.js";

export class Wall {
  constructor({ operator, wall, signals }) {
    at("wall").hidden = !operator;
    if (!operator) return;
    for (const [name, signal] of Object.entries(signals)) {
      const box = el("input", { type: "checkbox", value: name, checked: wall.emotions.includes(name), title: signal });
      at("wall-emotions").append(el("label", { class: "check" }, box, name));
    }
    at("wall-guests").checked = wall.guests;
    at("wall-history").checked = wall.history;
    this.#count();
    at("wall").addEventListener("change", () => this.#send());
  }

  get #chosen() {
    return [...at("wall-emotions").querySelectorAll(":checked")].map((box) => box.value);
  }

  #count() {
    setText(at("wall-count"), String(this.#chosen.length));
  }

  async #send() {
    this.#count();
    try {
      await http("PUT", "/voice/wall", {
        emotions: this.#chosen, guests: at("wall-guests").checked, history: at("wall-history").checked,
      });
      answer(at("wall-answer"), "Chosen");
    } catch (refusal) {
      answer(at("wall-answer"), refusal.message, true);
    }
  }
}
