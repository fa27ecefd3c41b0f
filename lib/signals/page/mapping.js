// The rows: shown as they are played, changed as a whole, taken back with the show's own undo.

import { answer, at, el } from "./dom.js";
import { http } from "./http.js";
import { RowEditor } from "./row_editor.js";

const PRESETS_MS = 5000;

export class Mapping {
  #rows = [];
  #editors = [];
  #made = "";
  #state = null;
  #learning = null;

  constructor(connection) {
    connection.on("state", (state) => this.#show(state));
    at("add").addEventListener("click", () => this.#add());
    at("undo").addEventListener("click", () => this.#ask("POST", "/undo"));
    at("redo").addEventListener("click", () => this.#ask("POST", "/redo"));
    at("on").addEventListener("click", () => this.#ask("PUT", "/switch", { on: !this.#state?.on }));
    at("preset-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    this.#listPresets();
    setInterval(() => { if (!document.hidden) this.#listPresets(); }, PRESETS_MS);
  }

  #show(state) {
    this.#state = state;
    at("on").setAttribute("aria-checked", String(state.on));
    const made = JSON.stringify(state.rows);
    if (made !== this.#made && !this.#editors.some((one) => one.isBusy)) {
      this.#made = made;
      this.#rows = state.rows;
      this.#make();
    }
    this.#editors.forEach((one) => one.sync(state));
    this.#listen(state.learn);
  }

  #make() {
    at("no-rows").hidden = this.#rows.length > 0;
    const kept = this.#editors.length === this.#rows.length;
    if (kept) {
      this.#rows.forEach((row, number) => this.#editors[number].take(row));
      return;
    }
    this.#editors = this.#rows.map((row, number) => new RowEditor(row, number, {
      change: (more) => this.#change(number, more),
      remove: () => this.#play(this.#rows.filter((_, other) => other !== number)),
      learn: () => this.#learn(number),
    }));
    at("rows").replaceChildren(...this.#editors.map((one) => one.node));
  }

  #add() {
    const first = this.#state?.signals[0]?.name ?? "lfo.sine";
    this.#play([...this.#rows, { signal: first, to: "strength" }]);
  }

  #change(number, more) {
    return this.#play(this.#rows.map((row, other) => (other === number ? { ...row, ...more } : row)));
  }

  async #play(rows) {
    const answered = await this.#ask("PUT", "/mapping", { rows });
    if (answered) {
      this.#rows = answered.rows;
      this.#made = JSON.stringify(answered.rows);
      this.#make();
    } else this.#editors.forEach((one, number) => one.take(this.#rows[number]));
    return answered;
  }

  /** Touch the row, move a knob: the row takes the knob's signal. */
  async #learn(number) {
    if (this.#learning !== null) {
      this.#learning = null;
      await this.#ask("DELETE", "/learn");
      return;
    }
    if (await this.#ask("POST", "/learn")) this.#learning = number;
  }

  #listen({ listens, found }) {
    this.#editors.forEach((one, number) => one.learns(this.#learning === number && listens));
    if (this.#learning === null) return;
    if (found) {
      const number = this.#learning;
      this.#learning = null;
      this.#change(number, { signal: found });
    } else if (!listens) {
      this.#learning = null;
      answer(at("mapping-answer"), "No knob was moved", true);
    }
  }

  async #listPresets() {
    const { presets } = await http("GET", "/presets").catch(() => ({ presets: [] }));
    const names = presets.join("\n");
    if (at("presets").dataset.names === names) return;
    at("presets").dataset.names = names;
    at("presets").replaceChildren(...presets.map((name) => el("button", { type: "button", click: () => this.#ask("POST", "/presets/recall", { name }, at("preset-answer")) }, name)));
  }

  async #save() {
    const name = at("preset-name").value.trim();
    if (!name) {
      answer(at("preset-answer"), "Type a name first", true);
      at("preset-name").focus();
      return;
    }
    if (!(await this.#ask("POST", "/presets", { name }, at("preset-answer")))) return;
    answer(at("preset-answer"), `Saved “${name}”`);
    at("preset-name").value = "";
    this.#listPresets();
  }

  async #ask(method, path, body, note = at("mapping-answer")) {
    try {
      const answered = await http(method, path, body);
      answer(note, "");
      return answered;
    } catch (error) {
      answer(note, error.message, true);
      return null;
    }
  }
}

