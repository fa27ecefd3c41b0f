// The rows: shown as they are played, changed as a whole, taken back with the show's own undo.

import { answer, at, el } from "./dom.js";
import { http } from "./http.js";
import { RowEditor } from "./row_editor.js";

const PRESETS_MS = 5000;
const OWN_MS = 1000; // after a change of this page the state may still tell of what was before it

export class Mapping {
  #rows = [];
  #editors = [];
  #made = "";
  #before = { made: "", until: 0 };
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
    const is_late = made === this.#before.made && performance.now() < this.#before.until;
    if (made !== this.#made && !is_late) this.#take(state.rows, made);
    this.#editors.forEach((one) => one.sync(state));
    this.#listen(state.learn);
  }

  #take(rows, made = JSON.stringify(rows)) {
    this.#rows = rows;
    this.#made = made;
    at("no-rows").hidden = rows.length > 0;
    const old = this.#editors;
    this.#editors = this.#editorsOf(rows);
    for (const one of old) if (!this.#editors.includes(one)) one.node.remove();
    this.#editors.forEach((one, number) => {
      one.take(rows[number]);
      const there = at("rows").children[number];
      if (there !== one.node) at("rows").insertBefore(one.node, there ?? null); // it would lose the focus
    });
  }

  /** Each row keeps its editor, with what is being written in it, when somebody else adds, removes
      or changes others. */
  #editorsOf(rows) {
    const rest = new Map(this.#editors.map((one) => [one, one.text]));
    const take = (wanted) => {
      const found = [...rest.keys()].find(wanted);
      rest.delete(found);
      return found;
    };
    const same = rows.map((row) => take((one) => rest.get(one) === JSON.stringify(row)));
    return rows.map((row, number) => same[number] ?? take(() => true) ?? this.#editor(row));
  }

  #editor(row) {
    const made = new RowEditor(row, {
      change: (more) => this.#change(made, more),
      remove: () => this.#play(this.#rows.filter((_, number) => this.#editors[number] !== made)),
      learn: () => this.#learn(made),
    });
    return made;
  }

  #add() {
    const first = this.#state?.signals[0]?.name ?? "lfo.sine";
    this.#play([...this.#rows, { signal: first, to: "strength" }]);
  }

  #change(editor, more) {
    if (!this.#editors.includes(editor)) return answer(at("mapping-answer"), "Somebody else has removed this row", true);
    return this.#play(this.#rows.map((row, number) => (this.#editors[number] === editor ? { ...row, ...more } : row)));
  }

  async #play(rows) {
    const before = this.#made;
    const answered = await this.#ask("PUT", "/mapping", { rows });
    if (answered) {
      this.#before = { made: before, until: performance.now() + OWN_MS };
      this.#take(answered.rows);
    } else this.#editors.forEach((one, number) => one.take(this.#rows[number]));
    return answered;
  }

  /** Touch the row, move a knob: the row takes the knob's signal. */
  async #learn(editor) {
    if (this.#learning !== null) {
      this.#learning = null;
      await this.#ask("DELETE", "/learn");
      return;
    }
    if (await this.#ask("POST", "/learn")) this.#learning = editor;
  }

  #listen({ listens, found }) {
    this.#editors.forEach((one) => one.learns(this.#learning === one && listens));
    if (this.#learning === null) return;
    if (found) {
      const editor = this.#learning;
      this.#learning = null;
      this.#change(editor, { signal: found });
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

