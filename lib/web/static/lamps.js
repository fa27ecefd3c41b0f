// Lamps over the picture for what the public sees and nobody may overlook; and the picture as the
// screen shows it, darkened and mirrored.

import { at, el } from "./dom.js";

const LOST_S = 3; // without a frame in or out

// Its name, whether it is bad, and whether it is lit: by what is played, and by the status.
const LAMPS = [
  [() => "Raw source", true, (played) => played.passthrough],
  [(played) => (played.opacity > 0 ? `Wall ${percent(played.opacity)}` : "Black"), true, (played) => played.opacity < 1],
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
    session.listen(() => this.#show());
    live.on("hello", (message) => this.#heard(message.status));
    live.on("status", (status) => this.#heard(status));
  }

  #heard(status) {
    this.#status = status ?? {};
    this.#show();
  }

  #show() {
    const played = this.#session.params;
    if (played.opacity === undefined) return;
    at("screen").style.setProperty("--light", played.opacity);
    at("screen").classList.toggle("mirrored", played.mirror);
    const lit = LAMPS.filter(([, , isLit]) => isLit(played, this.#status));
    const texts = lit.map(([text, isBad]) => [text(played), isBad]);
    if (JSON.stringify(texts) === this.#lit) return;
    this.#lit = JSON.stringify(texts);
    at("lamps").replaceChildren(...texts.map(([text, isBad]) => el("span", { class: isBad ? "bad" : "" }, text)));
  }
}

const percent = (share) => `${Math.max(1, Math.round(100 * share))} %`;
