// The conversation: who said what, how it sounded, and all 48 scores where somebody opens them.

import { at, el, setText } from "../dom.js";

const TOP = 3;
const MOST = 200; // turns that the page holds
const LOCAL = "local-estimate";

export class Turns {
  #interim = null;
  #replies = new Map();
  #last = null;

  get any() {
    return at("turns").children.length > 0;
  }

  /** The latest reply that is whole, for who makes a picture of it. */
  get reply() {
    return this.#last;
  }

  user({ message, models, from_text: typed, interim, source }) {
    const row = this.#interim ?? this.#row("you", "[you]");
    this.#interim = interim ? row : null;
    row.classList.toggle("interim", interim);
    setText(row.querySelector(".said"), message?.content ?? "");
    if (!interim) this.#scores(row, models?.prosody?.scores, typed ? "words alone" : "", source);
  }

  assistant({ id, message }) {
    const row = this.#row("assistant", "[assistant]");
    setText(row.querySelector(".said"), message?.content ?? "");
    this.#replies.set(id, row);
    this.#last = { row, text: message?.content ?? "" };
  }

  prosody({ id, models, source }) {
    const row = this.#replies.get(id);
    if (row) this.#scores(row, models?.prosody?.scores, "", source);
  }

  /** What happened between two turns. */
  cut(words) {
    this.#interim = null;
    at("turns").append(el("li", { class: "cut" }, words));
    this.#follow();
  }

  forget() {
    at("turns").replaceChildren();
    this.#replies.clear();
    this.#interim = this.#last = null;
    at("no-turns").hidden = false;
  }

  #row(kind, role) {
    at("no-turns").hidden = true;
    const row = el("li", { class: `turn ${kind}` }, el("p", { class: "role" }, role), el("p", { class: "said", dir: "auto" }));
    at("turns").append(row);
    while (at("turns").children.length > MOST) at("turns").firstChild.remove();
    this.#follow();
    return row;
  }

  #scores(row, scores, how, source) {
    if (!scores) return;
    for (const old of row.querySelectorAll(".top, details")) old.remove();
    const sorted = Object.entries(scores).filter(([, score]) => Number.isFinite(score)).sort(([, a], [, b]) => b - a);
    const notes = [how, source === LOCAL ? "local estimate" : ""].filter(Boolean).join(", ");
    const top = el("p", { class: "top" }, ...sorted.slice(0, TOP).map(([name, score]) => el("span", {}, `${name} ${score.toFixed(2)}`)));
    if (notes) top.append(el("span", {}, `(${notes})`));
    const list = el("ul", { class: "scores" });
    const all = el("details", {}, el("summary", {}, `All ${sorted.length}`), list);
    all.addEventListener("toggle", () => { if (all.open && !list.children.length) list.append(...sorted.map(bar)); });
    row.append(top, all);
    this.#follow();
  }

  #follow() {
    at("log").scrollTop = at("log").scrollHeight;
  }
}

function bar([name, score]) {
  const row = el("li", {}, name, el("span", {}, score.toFixed(2)));
  row.style.setProperty("--score", score);
  return row;
}
