// The cue sheet: what plays, what comes next and when, and buttons as on a tape machine.

import { http } from "./http.js";
import { answer, at, el, setText } from "./dom.js";
import { countdown, daysText, span } from "./format.js";
import { Sheet } from "./sheet.js";

const KEYS = [
  ["start", "Start", (state) => !state.running],
  ["back", "Back", (state) => state.running],
  ["pause", "Pause", (state) => state.running],
  ["go", "Go", (state) => state.running],
  ["stop", "Stop", (state) => state.running],
];

export class Cues {
  #note = at("cues-answer");
  #keys = new Map();
  #drawn = "";
  #sheet = { loop: false, cues: [] };
  #state = {};

  constructor(live, presets) {
    const editor = new Sheet(() => presets.names);
    at("edit-sheet").addEventListener("click", () => editor.open(this.#sheet));
    for (const [what, text] of KEYS) {
      const press = () => this.#press(what === "pause" && this.#state.paused ? "resume" : what);
      const key = el("button", { type: "button", id: `cue-${what}`, click: press }, text);
      this.#keys.set(what, key);
      at("transport").append(key);
    }
    live.on("hello", (message) => { if (message.cues) this.#show(message.cues); });
    live.on("cues", (message) => this.#show(message));
  }

  async #press(what) {
    try {
      await http("POST", `/cues/${what}`);
      answer(this.#note, "");
    } catch (refusal) {
      answer(this.#note, refusal.message, true);
    }
  }

  #show({ sheet, state }) {
    this.#sheet = sheet ?? this.#sheet;
    this.#state = state ?? {};
    const { cues } = this.#sheet;
    const drawn = JSON.stringify([this.#sheet, this.#state.position, this.#state.running]);
    if (drawn !== this.#drawn) at("sheet").replaceChildren(...cues.map((cue, index) => this.#line(cue, index)));
    this.#drawn = drawn;
    this.#next(cues);
    for (const [what, , possible] of KEYS) {
      const key = this.#keys.get(what);
      key.disabled = !cues.length || !possible(this.#state);
    }
    const pause = this.#keys.get("pause");
    pause.setAttribute("aria-pressed", String(Boolean(this.#state.paused)));
    setText(pause, this.#state.paused ? "Resume" : "Pause");
  }

  #next(cues) {
    const { running, paused, next, seconds } = this.#state;
    const line = at("next");
    if (!cues.length) line.replaceChildren("No cue sheet yet. Cues change the wall on their own.");
    else if (!running) line.replaceChildren(`Stopped. ${cues.some((cue) => cue.at) ? "Start plays what is due now and follows the clock." : "Start runs the sheet from its first cue."}`);
    else if (!next) line.replaceChildren("The last cue is playing.");
    else {
      const when = paused ? "paused" : seconds === null || seconds === undefined ? "on Go" : `in ${countdown(seconds)}`;
      line.replaceChildren("Next ", el("b", { dir: "auto" }, next), el("time", {}, when));
    }
  }

  #line(cue, index) {
    const current = this.#state.running && index === this.#state.position;
    return el("li", current ? { "aria-current": "true" } : {},
      el("span", { class: "when" }, cue.at ?? `+ ${span(cue.after_s ?? 0)}`),
      el("span", { class: "cue", dir: "auto" }, cue.preset),
      el("span", { class: "how" }, howText(cue)));
  }
}

/** A cue's days and its glide, where they differ from the usual ones. */
function howText({ at: clock, days, glide_ms }) {
  const day = clock && days?.length && days.length < 7 ? daysText(days) : "";
  const glide = glide_ms === null || glide_ms === undefined ? "" : glide_ms ? `over ${span(glide_ms / 1000)}` : "at once";
  return [day, glide].filter(Boolean).join(", ");
}
