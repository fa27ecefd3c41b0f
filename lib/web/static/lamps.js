// Lamps over the picture for what the public sees and nobody may overlook; and the picture as the
// screen shows it: darkened, faded and mirrored.

import { at, el } from "./dom.js";

const LOST_S = 3; // without a frame in or out

// Its name, whether it is bad, and whether it is lit: by what is played, the light on the screen,
// and the status.
const LAMPS = [
  [() => "Raw source", true, ({ played }) => played.passthrough],
  [({ shown }) => (shown > 0 ? `Wall ${percent(shown)}` : "Black"), true, ({ shown }) => shown < 1],
  [() => "Frozen", true, ({ played }) => played.freeze],
  [({ screen }) => (screen.state === "hidden" ? "Screen hidden" : "No screen"), true, ({ screen }) => ["none", "hidden"].includes(screen?.state)],
  [() => "Mirrored", false, ({ played }) => played.mirror],
  [() => "Figures on the wall", true, ({ played }) => played.debug],
  [() => "Paused", false, ({ played }) => played.paused],
  [({ cues }) => (cues.speed > 1 ? `Rehearsal × ${cues.speed.toFixed(0)}` : "Cues running"), false, ({ cues }) => cues?.running],
  [() => "Source lost", true, ({ played, stream }) => stream && !played.paused && stream.fps_in === 0 && !(stream.last_frame_s < LOST_S)],
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
    live.on("lost", () => this.#heard({}));
  }

  #heard(status) {
    this.#status = status ?? {};
    this.#show();
  }

  #show() {
    const played = this.#session.params;
    if (played.opacity === undefined) return;
    const { screen, cues, stream } = this.#status;
    const shown = showLight(at("screen"), played, screen);
    const facts = { played, shown, screen, cues, stream };
    const lit = LAMPS.filter(([, , isLit]) => isLit(facts));
    const texts = lit.map(([text, isBad]) => [text(facts), isBad]);
    if (JSON.stringify(texts) === this.#lit) return;
    this.#lit = JSON.stringify(texts);
    at("lamps").replaceChildren(...texts.map(([text, isBad]) => el("span", { class: isBad ? "bad" : "" }, text)));
  }
}

/** Show the picture in this node as bright, faded and mirrored as the screen has it; returns how
 * bright. `screen`: what the status says of it. */
export function showLight(node, played, screen) {
  const known = screen?.state === "shown" ? screen : null;
  const shown = known ? known.light : light(played);
  node.style.setProperty("--light", shown);
  // How far the last picture has faded because none comes; unknown, the page decides.
  if (known) node.style.setProperty("--fade", known.picture);
  else node.style.removeProperty("--fade");
  node.classList.toggle("mirrored", Boolean(played.mirror));
  return shown;
}

/** How bright the screen is to be, from 0 to 1. */
export const light = ({ black, opacity }) => (black ? 0 : opacity);

const percent = (share) => `${Math.max(1, Math.min(99, Math.round(100 * share)))} %`;
