// What of the voices moves the wall: chosen by whoever runs the show, hidden from guests.

import { answer, at, el, setText } from "../dom.js";
import { http } from "../http.js";

export class Wall {
  constructor({ operator, wall, signals }) {
    at("wall").hidden = !operator;
    if (!operator) return;
    for (const [name, signal] of Object.entries(signals)) {
      const box = el("input", { type: "checkbox", value: name, title: signal });
      at("wall-emotions").append(el("label", { class: "check" }, box, name));
    }
    this.show(wall);
    at("wall").addEventListener("change", () => this.#send());
  }

  /** What is chosen there: a process that was started again has forgotten all of it. */
  show({ emotions, guests, history }) {
    for (const box of at("wall-emotions").querySelectorAll("input")) box.checked = emotions.includes(box.value);
    at("wall-guests").checked = guests;
    at("wall-history").checked = history;
    this.#count();
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
