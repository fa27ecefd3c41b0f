// The sources: which run, what troubles them, and what each adds to the page.

import { answer, at, el, setText } from "./dom.js";
import { http } from "./http.js";

const STATES = { off: "", starting: "starting", running: "runs", waiting: "is tried again" };

export class Sources {
  #shown = new Map();
  #connection;
  #put = {};
  #flush = 0;

  constructor(connection) {
    this.#connection = connection;
    connection.on("state", (state) => {
      for (const source of state.sources) this.#one(source).show(source);
    });
  }

  #one(source) {
    const known = this.#shown.get(source.name);
    if (known) return known;
    const made = new SourceView(source);
    this.#shown.set(source.name, made);
    at("source-list").append(made.node);
    if (source.page) this.#addBlock(source, made);
    return made;
  }

  async #addBlock(source, view) {
    try {
      const { block } = await import(`/static/sources/${source.page}.js`);
      block(view.block, {
        onState: (told) => this.#connection.on("state", told),
        post: (path, body) => http("POST", path, body),
        get: (path) => http("GET", path),
        put: (name, value, holds = true) => this.#queue(name, value, holds),
      });
    } catch (error) {
      setText(view.block, `This part of the page cannot be shown: ${error.message}`);
    }
  }

  /** Values from this browser, at most thirty messages a second. */
  #queue(name, value, holds) {
    const kind = String(holds);
    this.#put[kind] = { ...this.#put[kind], [name]: value };
    if (this.#flush) return;
    this.#flush = setTimeout(async () => {
      const sent = Object.entries(this.#put);
      this.#put = {};
      this.#flush = 0;
      for (const [held, signals] of sent) {
        await http("POST", "/signal", { signals, holds: held === "true" }).catch((error) => answer(at("sources-answer"), error.message, true));
      }
    }, 33);
  }
}

class SourceView {
  #name;
  #switch;
  #state = el("p", { class: "state" });
  #trouble = el("p", { class: "trouble", role: "status" });
  #counts = el("p", { class: "counts" });

  constructor(source) {
    this.#name = source.name;
    const id = `source-${source.name}`;
    this.block = el("div", { class: "block" });
    this.#switch = el("button", { type: "button", class: "switch", role: "switch", "aria-checked": "false", "aria-labelledby": id, click: () => this.#toggle() });
    this.#switch.hidden = !source.switchable;
    this.node = el(
      "section", { class: "source", "aria-labelledby": id },
      el("div", { class: "head" }, el("h3", { id }, source.name), this.#switch),
      el("p", { class: "about" }, source.needs ? `${source.about} (needs ${source.needs})` : source.about),
      this.#state, this.#trouble, this.#counts, this.block,
    );
  }

  show(source) {
    this.#switch.setAttribute("aria-checked", String(source.state !== "off"));
    setText(this.#state, [STATES[source.state], source.describe].filter(Boolean).join(": "));
    setText(this.#trouble, source.trouble);
    setText(this.#counts, Object.entries(source.counts).map(([name, count]) => `${count} ${name}`).join(", "));
  }

  async #toggle() {
    const on = this.#switch.getAttribute("aria-checked") !== "true";
    try {
      await http("POST", `/sources/${encodeURIComponent(this.#name)}`, { on });
      answer(at("sources-answer"), "");
    } catch (error) {
      answer(at("sources-answer"), error.message, true);
    }
  }
}
