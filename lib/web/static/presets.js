// Presets: saved settings, which are recalled with a glide; and the safe look. What is done to them
// by mistake is taken back with undo.

import { http } from "./http.js";
import { answer, at, el, setText } from "./dom.js";

const UNDO_MS = 8000; // how long undo is offered right there
const NUMBERED = 9; // as many keys recall one

const address = (name) => `/presets/${encodeURIComponent(name)}`;

export class Presets {
  #session;
  #drawn = "";
  #rows = [];
  #safe = false;
  #editing = false;
  #note = at("presets-answer");
  #offer = 0;
  names = [];

  constructor(live, session) {
    this.#session = session;
    live.on("hello", (message) => this.#show(message.kept ?? { names: message.presets ?? [] }));
    live.on("presets", (message) => this.#show(message));
    session.listen(() => this.#mark());
    at("edit-presets").addEventListener("click", () => this.#edit());
    at("safe-set").addEventListener("click", () => this.#ask("What plays now is the safe look", true, "PUT", "/safe"));
    at("safe-reset").addEventListener("click", () => this.#ask("The safe look is that of the start", true, "DELETE", "/safe"));
    at("save-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(at("save-name").value.trim());
    });
  }

  /** The preset with this number, as the list shows it. */
  recallAt(number) {
    const name = this.names[number - 1];
    if (name === undefined) answer(this.#note, `There is no preset ${number}`, true);
    else this.#recall(name);
  }

  #show({ names, presets, safe }) {
    this.names = names;
    this.#rows = presets ?? names.map((name) => ({ name, picture: "" }));
    this.#safe = Boolean(safe);
    setText(at("safe-is"), `The safe look is ${this.#safe ? "yours" : "what the show started with"}.`);
    at("safe-reset").hidden = !this.#safe;
    at("no-presets").hidden = names.length > 0;
    at("edit-presets").hidden = !names.length;
    if (this.#editing && !names.length) this.#edit();
    else this.#draw();
  }

  #edit() {
    this.#editing = !this.#editing;
    at("edit-presets").setAttribute("aria-pressed", String(this.#editing));
    setText(at("edit-presets"), this.#editing ? "Done" : "Edit");
    at("scenes").classList.toggle("editing", this.#editing);
    this.#draw();
  }

  #draw() {
    const drawn = JSON.stringify([this.#rows, this.#editing]);
    // A name that is being typed is not overwritten.
    if (drawn === this.#drawn || document.activeElement?.matches("#presets .rename")) return;
    this.#drawn = drawn;
    const held = document.activeElement?.closest("#presets li")?.dataset.name;
    const tool = document.activeElement?.dataset.tool;
    at("presets").replaceChildren(...this.#rows.map((row, index) => (this.#editing ? this.#tools(row, index) : this.#item(row, index))));
    if (held) at("presets").querySelector(`[data-name="${CSS.escape(held)}"] ${tool ? `[data-tool=${tool}]` : "button"}`)?.focus();
    this.#mark();
  }

  #item({ name, picture, parts }, index) {
    const number = index < NUMBERED ? el("span", { class: "place", "aria-hidden": "true" }, String(index + 1)) : null;
    const image = picture ? el("img", { src: picture, alt: "", loading: "lazy", decoding: "async" }) : el("span", { class: "blank" });
    const recall = el("button", {
      type: "button", class: "recall", dir: "auto", "data-name": name, title: parts ? `${name}: ${parts.join(", ") || "passthrough"}` : name,
      "aria-keyshortcuts": number ? String(index + 1) : null, click: () => this.#recall(name),
    }, image, number, el("span", { class: "name" }, name));
    return el("li", { "data-name": name }, recall);
  }

  #tools({ name }, index) {
    const field = el("input", { class: "rename", dir: "auto", maxlength: 64, spellcheck: "false", autocomplete: "off", value: name, "aria-label": `Name of the preset ${name}` });
    const rename = async () => {
      const wanted = field.value.trim();
      const done = wanted === name || !wanted || await this.#ask(`“${name}” is “${wanted}” now`, true, "POST", `${address(name)}/rename`, { name: wanted });
      if (done && wanted) return;
      field.value = name;
    };
    field.addEventListener("change", rename);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") field.blur();
      if (event.key === "Escape") { field.value = name; field.blur(); }
    });
    field.addEventListener("blur", () => { setTimeout(() => this.#draw()); });
    const move = (before) => this.#ask("", false, "POST", `${address(name)}/move`, { before });
    const tool = (kind, text, label, off, act) => el("button", {
      type: "button", "data-tool": kind, class: kind, "aria-label": `${label}: ${name}`, disabled: off, click: act,
    }, text);
    return el("li", { "data-name": name }, field, el("span", { class: "tools" },
      tool("up", "↑", "Earlier", index === 0, () => move(this.names[index - 1])),
      tool("down", "↓", "Later", index === this.names.length - 1, () => move(this.names[index + 2] ?? null)),
      tool("remove", "×", "Delete", false, () => this.#ask(`Deleted “${name}”`, true, "DELETE", address(name)))));
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
    await this.#ask(`Recalled “${name}”`, false, "POST", `${address(name)}/recall${glide}`);
  }

  async #save(name) {
    if (!name) {
      answer(this.#note, "Type a name first", true);
      at("save-name").focus();
      return;
    }
    const parts = [...at("save-form").elements.part].filter((box) => box.checked).map((box) => box.value);
    if (!parts.length) {
      answer(this.#note, "Choose at least one of look, wall, source and signals", true);
      return;
    }
    const replaced = this.names.includes(name);
    const done = replaced ? `“${name}” is replaced` : `Saved “${name}”`;
    if (await this.#ask(done, replaced, "PUT", address(name), { parts })) at("save-name").value = "";
  }

  /** Do it, say so, and offer to take it back where it could be a mistake. */
  async #ask(done, undoable, ...request) {
    clearTimeout(this.#offer);
    try {
      const entry = await http(...request);
      answer(this.#note, [done, entry?.remark].filter(Boolean).join("; "));
      if (undoable) this.#offerUndo(done);
      return true;
    } catch (refusal) {
      answer(this.#note, refusal.message, true);
      return false;
    }
  }

  #offerUndo(done) {
    const undo = el("button", { type: "button", class: "bare", click: async () => {
      clearTimeout(this.#offer);
      try {
        await this.#session.undo();
        answer(this.#note, "Undone");
      } catch (refusal) {
        answer(this.#note, refusal.message, true);
      }
    } }, "Undo");
    answer(this.#note, done, true);
    this.#note.classList.remove("refused");
    this.#note.append(" ", undo);
    this.#offer = setTimeout(() => answer(this.#note, ""), UNDO_MS);
  }
}
