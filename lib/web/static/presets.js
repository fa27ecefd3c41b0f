// Presets: saved settings, which are recalled with a glide.

import { http } from "./http.js";
import { answer, at, el } from "./dom.js";
import { twice } from "./press.js";

export class Presets {
  #session;
  #drawn = "";
  #note = at("presets-answer");
  names = [];

  constructor(live, session) {
    this.#session = session;
    live.on("hello", (message) => this.#show(message.presets ?? []));
    live.on("presets", (message) => this.#show(message.names));
    session.listen(() => this.#mark());
    const keep = () => this.#keep(at("save-name").value.trim());
    const replace = twice(at("save"), this.#note, "A preset with this name exists. Press again to replace it", keep);
    at("save-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.names.includes(at("save-name").value.trim())) replace();
      else keep();
    });
  }

  #show(names) {
    this.names = names;
    at("no-presets").hidden = names.length > 0;
    const drawn = JSON.stringify(names);
    if (drawn !== this.#drawn) at("presets").replaceChildren(...names.map((name) => this.#item(name)));
    this.#drawn = drawn;
    this.#mark();
  }

  #item(name) {
    const recall = el("button", { type: "button", class: "recall", dir: "auto", "data-name": name, click: () => this.#recall(name) }, name);
    const remove = el("button", { type: "button", class: "remove", "aria-label": `Delete the preset ${name}` }, "×");
    const sure = twice(remove, this.#note, `Press again to delete “${name}”`, () => this.#delete(name));
    remove.addEventListener("click", sure);
    return el("li", {}, recall, remove);
  }

  /** Mark the preset that was recalled last, until something is changed. */
  #mark() {
    const last = this.#session.entries.findLast((entry) => !entry.refused && Object.keys(entry.change).length);
    for (const button of at("presets").querySelectorAll(".recall")) {
      const current = [`preset ${button.dataset.name}`, `cue ${button.dataset.name}`].includes(last?.action);
      if (current) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }

  async #recall(name) {
    const seconds = at("recall-s").value.trim().replace(",", ".");
    if (seconds && !(Number(seconds) >= 0)) {
      answer(this.#note, `The glide must be a number of seconds, not “${seconds}”`, true);
      return;
    }
    const glide = seconds ? `?glide_ms=${Math.round(Number(seconds) * 1000)}` : "";
    await this.#ask(`Recalled “${name}”`, "POST", `/presets/${encodeURIComponent(name)}/recall${glide}`);
  }

  async #keep(name) {
    if (!name) {
      answer(this.#note, "Type a name first", true);
      at("save-name").focus();
      return;
    }
    const kept = await this.#ask(`Saved “${name}”`, "PUT", `/presets/${encodeURIComponent(name)}`);
    if (kept) at("save-name").value = "";
  }

  #delete(name) {
    return this.#ask(`Deleted “${name}”`, "DELETE", `/presets/${encodeURIComponent(name)}`);
  }

  async #ask(done, ...request) {
    try {
      await http(...request);
      answer(this.#note, done);
      return true;
    } catch (refusal) {
      answer(this.#note, refusal.message, true);
      return false;
    }
  }
}
