// The three big buttons for emergencies: black, freeze and the safe look, each with one press.

import { http } from "./http.js";
import { answer, at } from "./dom.js";
import { countdown } from "./format.js";

export class Urgent {
  #session;
  #note = at("urgent-answer");
  #cues = {};

  constructor(live, session) {
    this.#session = session;
    at("black").addEventListener("click", () => this.toggle("black"));
    at("freeze").addEventListener("click", () => this.toggle("freeze"));
    at("safe").addEventListener("click", () => this.safe());
    live.on("status", (status) => { this.#cues = status.cues ?? {}; });
    session.listen(() => {
      for (const name of ["black", "freeze"]) at(name).setAttribute("aria-pressed", String(Boolean(session.params[name])));
    });
  }

  /** On at once, and off as it was; no glide. */
  toggle(name) {
    return this.#do("", () => this.#session.play({ [name]: !this.#session.params[name] }, 0));
  }

  safe() {
    const { running, paused, seconds } = this.#cues;
    const next = running && !paused && Number.isFinite(seconds) ? `; the next cue comes in ${countdown(seconds)}` : "";
    return this.#do(`Safe look${next}`, () => http("POST", "/safe"));
  }

  async #do(done, act) {
    try {
      const entry = await act();
      answer(this.#note, [done, entry?.remark].filter(Boolean).join("; "));
    } catch (refusal) {
      answer(this.#note, refusal.message, true);
    }
  }
}
