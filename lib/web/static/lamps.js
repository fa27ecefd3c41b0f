// Lamps over the picture for what the public sees and nobody may overlook; and the picture as the
// screen shows it, darkened and mirrored.

import { answer, at, el } from "./dom.js";

const LOST_S = 3; // without a frame in or out

// Its name, whether it is bad, and whether it is lit: by what is played, and by the status.
const LAMPS = [
  [() => "Raw source", true, (played) => played.passthrough],
  [(played) => (light(played) > 0 ? `Wall ${percent(light(played))}` : "Black"), true, (played) => light(played) < 1],
  [() => "Mirrored", false, (played) => played.mirror],
  [() => "Figures on the wall", true, (played) => played.debug],
  [() => "Paused", false, (played) => played.paused],
  [() => "Cues running", false, (_, status) => status.cues?.running],
  [() => "Source lost", true, (played, { stream }) => stream && !played.paused && stream.fps_in === 0 && !(stream.last_frame_s < LOST_S)],
];

export class Lamps {
  #session;
  #status = {};
  #lit = "";

  constructor(live, session) {
    this.#session = session;
    at("black").addEventListener("click", () => this.black());
    session.listen(() => this.#show());
    live.on("hello", (message) => this.#heard(message.status));
    live.on("status", (status) => this.#heard(status));
  }

  /** Black at once, and back as it was; no glide. */
  async black() {
    try {
      await this.#session.play({ black: !this.#session.params.black }, 0);
    } catch (refusal) {
      answer(at("prompt-answer"), refusal.message, true);
    }
  }

  #heard(status) {
    this.#status = status ?? {};
    this.#show();
  }

  #show() {
    const played = this.#session.params;
    if (played.opacity === undefined) return;
    at("screen").style.setProperty("--light", light(played));
    at("black").setAttribute("aria-pressed", String(Boolean(played.black)));
    at("screen").classList.toggle("mirrored", played.mirror);
    const lit = LAMPS.filter(([, , isLit]) => isLit(played, this.#status));
    const texts = lit.map(([text, isBad]) => [text(played), isBad]);
    if (JSON.stringify(texts) === this.#lit) return;
    this.#lit = JSON.stringify(texts);
    at("lamps").replaceChildren(...texts.map(([text, isBad]) => el("span", { class: isBad ? "bad" : "" }, text)));
  }
}

/** How bright the screen is, from 0 to 1. */
export const light = ({ black, opacity }) => (black ? 0 : opacity);

const percent = (share) => `${Math.max(1, Math.round(100 * share))} %`;
