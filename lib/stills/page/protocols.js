// The panel of the older protocols, where some are spoken: what each of them did, and what requests
// of web_sd get that they leave out.

import { answer, at, el, setText } from "./dom.js";
import { http } from "./http.js";

const EVERY_MS = 3000;
const DEFAULTS = "/adapters/web_sd";
const FIELDS = {
  prompt: { label: "Prompt", maxlength: 4000, dir: "auto", spellcheck: "false" },
  negative: { label: "Without", maxlength: 4000, dir: "auto", spellcheck: "false" },
  power: { label: "Power", number: true, inputmode: "decimal" },
  seed: { label: "Seed", number: true, inputmode: "numeric" },
  steps: { label: "Steps", number: true, inputmode: "numeric" },
};

export class Protocols {
  #panel = at("protocols");
  #rights;
  #rows = new Map();
  #timer = 0;

  constructor(rights) {
    this.#rights = rights;
    for (const [name, field] of Object.entries(FIELDS)) at("web-sd-fields").append(fieldOf(name, field));
    rights.listen(() => this.#look());
    this.#panel.addEventListener("toggle", () => {
      if (!this.#panel.open) return;
      this.#look();
      this.#read();
    });
    document.addEventListener("visibilitychange", () => this.#look());
    at("web-sd").addEventListener("input", (event) => refuse(event.target, ""));
    at("web-sd").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
  }

  /** Now, and again while somebody sees it. */
  async #look() {
    clearTimeout(this.#timer);
    if (!this.#rights.operator || document.hidden) return;
    try {
      this.#show((await http("GET", "/health")).adapters);
    } catch {
      // The line at the top says that the service does not answer.
    }
    clearTimeout(this.#timer);
    if (this.#panel.open) this.#timer = setTimeout(() => this.#look(), EVERY_MS);
  }

  #show(adapters) {
    this.#panel.hidden = !adapters.length;
    at("web-sd").hidden = !adapters.some((one) => one.protocol === "web_sd");
    for (const one of adapters) {
      if (!this.#rows.has(one.protocol)) this.#rows.set(one.protocol, new Row());
      this.#rows.get(one.protocol).show(one);
    }
  }

  async #read() {
    if (at("web-sd").hidden) return;
    try {
      fill(await http("GET", DEFAULTS));
    } catch (refusal) {
      answer(at("web-sd-answer"), refusal.message, true);
    }
  }

  async #save() {
    const note = at("web-sd-answer");
    answer(note, "");
    const fresh = {};
    for (const [name, { number }] of Object.entries(FIELDS)) {
      const text = at(`web-sd-${name}`).value.trim();
      fresh[name] = number ? numberOf(text) : text;
    }
    try {
      fill(await http("PUT", DEFAULTS, fresh));
      answer(note, "Saved");
    } catch (refusal) {
      const field = FIELDS[refusal.message.split(/[ :]/, 1)[0]] && at(`web-sd-${refusal.message.split(/[ :]/, 1)[0]}`);
      if (field) {
        refuse(field, refusal.message);
        field.focus();
      } else answer(note, refusal.message, true);
    }
  }
}

class Row {
  #cells = [el("th", { scope: "row" }), ...["port", "clients", "jobs", "refused"].map(() => el("td"))];
  #said = el("td", { colspan: 5 });
  #saying = el("tr", { class: "said", hidden: true }, this.#said);

  constructor() {
    at("protocol-rows").append(el("tr", {}, ...this.#cells), this.#saying);
  }

  show(one) {
    const values = [one.protocol, one.port, one.clients, one.jobs, one.refused];
    values.forEach((value, index) => setText(this.#cells[index], String(value)));
    setText(this.#said, one.trouble || (one.reason && `The latest refusal: ${one.reason}`));
    this.#saying.hidden = !this.#said.textContent;
    this.#saying.classList.toggle("trouble", Boolean(one.trouble));
  }
}

function fieldOf(name, { label, number, ...more }) {
  const id = `web-sd-${name}`;
  const input = el("input", { id, "aria-describedby": `${id}-error`, ...(number ? { class: "number", maxlength: 16 } : {}), ...more });
  return el("div", { class: "field wide" }, el("label", { for: id }, label), input, el("p", { class: "error", id: `${id}-error` }));
}

function fill(defaults) {
  for (const name of Object.keys(FIELDS)) {
    at(`web-sd-${name}`).value = defaults[name];
    refuse(at(`web-sd-${name}`), "");
  }
}

/** A number, or the text, which the service refuses with a sentence. */
function numberOf(text) {
  const value = Number(text.replace(",", "."));
  return text && Number.isFinite(value) ? value : text;
}

function refuse(field, words) {
  setText(at(`${field.id}-error`), words);
  if (words) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}
