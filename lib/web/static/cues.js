// The cue sheet: what plays, what comes next and when, and buttons as on a tape machine. A cue is
// played by pressing it.

import { http } from "./http.js";
import { answer, at, el, setText } from "./dom.js";
import { countdown, daysText, span } from "./format.js";
import { Sheet } from "./sheet.js";

const KEYS = [
  ["start", "Start", (state) => !state.running || state.speed > 1],
  ["back", "Back", (state) => state.running],
  ["pause", "Pause", (state) => state.running],
  ["go", "Go", () => true],
  ["stop", "Stop", (state) => state.running],
];
const MOST_COMING = 6;

export class Cues {
  #note = at("cues-answer");
  #keys = new Map();
  #drawn = "";
  #facts = { sheet: { loop: false, cues: [] }, state: {} };
  #escaped = -Infinity;

  constructor(live, presets) {
    const editor = new Sheet(() => presets.names);
    at("edit-sheet").addEventListener("click", () => editor.open(this.#facts));
    at("rehearse").addEventListener("click", () => this.press("rehearse"));
    for (const [what, text] of KEYS) {
      const press = () => this.press(what === "pause" && this.#state.paused ? "resume" : what);
      const key = el("button", { type: "button", id: `cue-${what}`, "aria-keyshortcuts": what === "go" ? "Space" : null, click: press }, text);
      this.#keys.set(what, key);
      at("transport").append(key);
    }
    live.on("hello", (message) => { if (message.cues) this.#show(message.cues); });
    live.on("cues", (message) => this.#show(message));
  }

  get #state() {
    return this.#facts.state ?? {};
  }

  async press(what) {
    try {
      await http("POST", `/cues/${what}`);
      answer(this.#note, "");
    } catch (refusal) {
      answer(this.#note, refusal.message, true);
    }
  }

  /** Escape, pressed twice, stops the cues: once is what a hand does by itself. */
  escape(again_ms) {
    if (!this.#state.running) return;
    const now = performance.now();
    if (now - this.#escaped < again_ms) {
      this.#escaped = -Infinity;
      this.press("stop");
      return;
    }
    this.#escaped = now;
    answer(this.#note, "Press Esc again to stop the cues");
  }

  #show(facts) {
    this.#facts = { ...this.#facts, ...facts };
    const { sheet, missing, clashes } = this.#facts;
    const { cues } = sheet;
    const state = this.#state;
    const drawn = JSON.stringify([sheet, missing, clashes, state.position, state.running]);
    if (drawn !== this.#drawn) {
      const held = [...at("sheet").children].indexOf(document.activeElement?.closest("#sheet li"));
      at("sheet").replaceChildren(...cues.map((cue, index) => this.#line(cue, index)));
      at("sheet").children[held]?.firstChild.focus();
    }
    this.#drawn = drawn;
    this.#next(cues);
    setText(at("coming"), comingText(this.#facts));
    at("rehearse").disabled = !cues.length || Boolean(state.running);
    for (const [what, , possible] of KEYS) {
      const key = this.#keys.get(what);
      key.disabled = !cues.length || !possible(state);
    }
    const pause = this.#keys.get("pause");
    pause.setAttribute("aria-pressed", String(Boolean(state.paused)));
    setText(pause, state.paused ? "Resume" : "Pause");
  }

  #next(cues) {
    const { running, paused, next, seconds, speed } = this.#state;
    const line = at("next");
    if (!cues.length) line.replaceChildren("No cue sheet yet. Cues change the wall on their own.");
    else if (!running) line.replaceChildren(stoppedText(this.#facts));
    else if (!next) line.replaceChildren("The last cue is playing.");
    else {
      const when = paused ? "paused" : seconds === null || seconds === undefined ? "on Go" : `in ${countdown(seconds)}`;
      const fast = speed > 1 ? `Rehearsal, ${speed.toFixed(0)} times as fast. ` : "";
      line.replaceChildren(`${fast}Next `, el("b", { dir: "auto" }, next), el("time", {}, when));
    }
  }

  #line(cue, index) {
    const { missing = [], clashes = [] } = this.#facts;
    const current = this.#state.running && index === this.#state.position;
    const isMissing = missing.includes(index);
    const clash = clashes.find(([first]) => first === index);
    const wrong = isMissing ? "no such preset" : clash ? `over at once: cue ${clash[1] + 1} comes at the same time` : "";
    const jump = el("button", { type: "button", class: "jump", title: "Play this cue now", click: () => this.press(`jump?cue=${index + 1}`) },
      el("span", { class: "when" }, cue.at ?? `+ ${span(cue.after_s ?? 0)}`),
      el("span", { class: "cue", dir: "auto" }, cue.preset),
      el("span", { class: "how" }, [howText(cue), wrong].filter(Boolean).join("; ")));
    const kind = isMissing ? "missing" : clash ? "clash" : "";
    return el("li", { class: kind, ...(current ? { "aria-current": "true" } : {}) }, jump);
  }
}

/** What Start would do, so that a sheet that is not started does not look like one that runs. */
function stoppedText({ sheet, due }) {
  if (!sheet.cues.some((cue) => cue.at)) return "Stopped. Start runs the sheet from its first cue.";
  const now = due === null || due === undefined ? "" : ` “${sheet.cues[due].preset}” now`;
  return `Stopped: nothing comes by itself. Start plays${now ? `${now} and` : " nothing yet and"} follows the clock.`;
}

/** What a sheet by the clock plays within a day: tonight. */
function comingText({ sheet, state, coming = [] }) {
  if (!coming.length) return "";
  const named = coming.slice(0, MOST_COMING).map(({ position, time }) => `${dayClock(time)} ${sheet.cues[position]?.preset}`);
  const more = coming.length > MOST_COMING ? ` and ${coming.length - MOST_COMING} more` : "";
  const when = state?.running ? (state.paused ? "Paused; else within 24 hours" : "Within 24 hours") : "If it is started, within 24 hours";
  return `${when}: ${named.join(", ")}${more}.`;
}

/** 18:00, or tomorrow 08:00. */
function dayClock(time) {
  const when = new Date(time * 1000);
  const later = when.toDateString() === new Date().toDateString() ? "" : "tomorrow ";
  return later + when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
}

/** A cue's days and its glide, where they differ from the usual ones. */
function howText({ at: clock, days, glide_ms }) {
  const day = clock && days?.length && days.length < 7 ? daysText(days) : "";
  const glide = glide_ms === null || glide_ms === undefined ? "" : glide_ms ? `over ${span(glide_ms / 1000)}` : "at once";
  return [day, glide].filter(Boolean).join(", ");
}
