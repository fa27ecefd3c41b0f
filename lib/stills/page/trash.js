// Deleted pictures: gone from the page at once, from the disk some seconds later, so that it can be
// undone. A page that is closed meanwhile deletes them as it goes.

import { http } from "./http.js";
import { at, setText, speak } from "./dom.js";

const UNDO_MS = 8000;

export class Trash {
  #jobs;
  #waiting = [];
  #timer = 0;

  constructor(jobs) {
    this.#jobs = jobs;
    at("toast-undo").addEventListener("click", () => this.undo());
    at("large").addEventListener("close", () => document.body.append(at("toast")));
    addEventListener("pagehide", () => this.#empty({ keepalive: true }));
  }

  put(picture) {
    this.#waiting.push(picture);
    this.#jobs.hidden.add(picture);
    this.#jobs.changed();
    const words = this.#waiting.length === 1 ? "Deleted" : `${this.#waiting.length} pictures deleted`;
    setText(at("toast-text"), words);
    speak(`${words}; Control Z brings it back`);
    at("toast-undo").hidden = false;
    this.#show();
  }

  undo() {
    if (!this.#waiting.length) return;
    for (const picture of this.#waiting.splice(0)) this.#jobs.hidden.delete(picture);
    this.#hide();
    this.#jobs.changed();
  }

  #show() {
    // In the dialog it is above the dialog; elsewhere above the page.
    (at("large").open ? at("large") : document.body).append(at("toast"));
    at("toast").hidden = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#empty({}), UNDO_MS);
  }

  #hide() {
    clearTimeout(this.#timer);
    at("toast").hidden = true;
  }

  /** All at once: a page that is closed sends nothing later. */
  async #empty(how) {
    this.#hide();
    await Promise.all(this.#waiting.splice(0).map((picture) => this.#delete(picture, how)));
  }

  async #delete(picture, how) {
    try {
      await http("DELETE", `/pictures/${picture}`, undefined, how);
    } catch (refusal) {
      if (refusal.status === 404) return;
      this.#jobs.hidden.delete(picture); // it is still there, so it is shown
      this.#jobs.changed();
      setText(at("toast-text"), refusal.message);
      at("toast-undo").hidden = true;
      this.#show();
    }
  }
}
