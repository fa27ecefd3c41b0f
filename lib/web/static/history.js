// The history: what was played, from where, through which door, and what was refused and why.

import { answer, at, el } from "./dom.js";
import { timeOf, valueText } from "./format.js";
import { nameOf } from "./rows.js";

const TOGETHER_S = 1; // one movement of a slider is one line, as it is one step for undo
const MOST = 80;
const NAMED = 5; // the most controls of a preset that are named
const WORDS = ["prompt", "prompt2"];

export class History {
  #session;
  #take;
  #drawn = null;
  #onlyWords = false;

  constructor(session, take) {
    this.#session = session;
    this.#take = take;
    session.listen(() => this.#show());
    for (const which of ["undo", "redo"]) at(which).addEventListener("click", () => this.step(which));
    at("only").addEventListener("click", () => {
      this.#onlyWords = !this.#onlyWords;
      at("only").setAttribute("aria-pressed", String(this.#onlyWords));
      this.#drawn = null;
      this.#show();
    });
    at("entries").addEventListener("keydown", (event) => this.#key(event));
    at("older").addEventListener("click", () => {
      at("entries").classList.add("all");
      at("older").hidden = true;
    });
  }

  async step(which) {
    const note = at("prompt-answer");
    try {
      const entry = await this.#session[which]();
      const done = which === "undo" ? "Undone" : "Redone";
      const remark = entry?.remark ? `; ${entry.remark}` : "";
      answer(note, entry ? `${done}: ${this.#names(entry)}${remark}` : "");
    } catch (refusal) {
      answer(note, refusal.message, true);
    }
  }

  /** The list is one stop of the Tab key, however long it is; arrows move between its prompts. */
  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const prompts = [...at("entries").querySelectorAll(".again")].filter((one) => one.checkVisibility());
    const next = prompts[prompts.indexOf(document.activeElement) + step] ?? null;
    if (!next && step > 0) return; // the list scrolls on
    event.preventDefault();
    (next ?? at("entries")).focus();
  }

  #names(entry) {
    const presets = Object.entries(entry.saved ?? {}).map(([name, values]) => presetText(name, values));
    return [...Object.keys(entry.change).map((field) => this.#name(field)), ...presets].join(", ") || "nothing";
  }

  #name(field) {
    const control = this.#session.byField.get(field);
    return control ? nameOf(control) : field;
  }

  #show() {
    if (this.#session.entries === this.#drawn) return;
    this.#drawn = this.#session.entries;
    const all = together(this.#session.entries).reverse();
    const shown = all.filter((entry) => !this.#onlyWords || entry.refused || "prompt" in entry.change);
    at("entries").replaceChildren(...shown.slice(0, MOST).map((entry) => this.#line(entry)));
    if (!shown.length) at("entries").append(el("li", { class: "empty" }, "Nothing yet."));
    at("older").hidden = shown.length < 6 || at("entries").classList.contains("all");
  }

  #line(entry) {
    const when = el("time", { datetime: new Date(entry.time * 1000).toISOString() }, timeOf(entry.time));
    const who = el("span", { class: "who", title: entry.who }, this.#who(entry));
    const item = el("li", { class: entry.refused ? "refused" : "" }, when, who, this.#what(entry));
    const times = entry.times > 1 ? ` (${entry.times} times)` : "";
    if (entry.refused) item.append(el("p", { class: "why" }, entry.refused + times));
    if (entry.remark) item.append(el("p", { class: "remark" }, entry.remark));
    return item;
  }

  #who({ door, who }) {
    if (!who || door === "cue" || door === "stills") return door; // the same address for all
    return who === this.#session.you ? `${door}, you` : `${door}, ${who}`;
  }

  #what(entry) {
    const fields = Object.keys(entry.change);
    const prompt = entry.change.prompt;
    if (entry.action === "change" && fields.length === 1 && typeof prompt === "string") {
      const again = () => this.#take(prompt);
      return el("button", { type: "button", class: "again", tabindex: "-1", dir: "auto", title: "Edit it in the line", click: again }, prompt);
    }
    // A save or a rename says by itself what it was about; an undo does not.
    const presets = ["undo", "redo"].includes(entry.action) ? Object.entries(entry.saved ?? {}) : [];
    const more = presets.map(([name, values]) => presetText(name, values)).join(", ");
    const action = entry.action === "change" ? "" : `${entry.action}${fields.length || more ? ": " : ""}`;
    const moved = fields.filter((field) => entry.change[field] !== entry.before?.[field]);
    const rest = moved.length > NAMED ? ` and ${moved.length - NAMED} more` : "";
    const named = moved.slice(0, NAMED).map((field) => this.#moved(entry, field)).join(", ") + rest;
    return el("span", { class: "what", dir: "auto" }, action + (named || more || (fields.length ? "as it was" : "")));
  }

  #moved({ change, before, refused }, field) {
    const control = this.#session.byField.get(field);
    const text = (value) => (WORDS.includes(field) ? `“${value}”` : valueText(control, value));
    const known = before && field in before && !WORDS.includes(field) && !refused;
    return `${this.#name(field)} ${known ? `${text(before[field])} → ` : ""}${text(change[field])}`;
  }
}

/** What became of a preset; without a name it is the safe look. */
function presetText(name, values) {
  if (!name) return values ? "the safe look is set" : "the safe look is that of the start";
  return `“${name}” is ${values ? "there" : "gone"}`;
}

/** Merge consecutive changes of the same value from the same origin into one line. */
export function together(entries) {
  const lines = [];
  for (const entry of entries) {
    const last = lines.at(-1);
    const same = last && !last.refused && !entry.refused && last.action === "change" && entry.action === "change"
      && last.door === entry.door && last.who === entry.who && entry.time - last.time < TOGETHER_S
      && !("prompt" in entry.change) && keys(last.change) === keys(entry.change);
    if (same) lines[lines.length - 1] = { ...entry, before: last.before };
    else lines.push(entry);
  }
  return lines;
}

const keys = (change) => Object.keys(change).sort().join();
