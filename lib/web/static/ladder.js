// The latency ladder, from the camera to the wall: one bar for most frames, one for the slowest.

import { at, el, setText } from "./dom.js";
import { fixed } from "./format.js";

const STEPS = {
  capture: "from the camera to memory",
  wait: "until a worker is free",
  network: "to the worker and back",
  decode: "the worker reads the frame",
  engine: "the worker makes the picture",
  look: "the worker checks whether it may be shown",
  encode: "the worker compresses the picture",
  reorder: "held for its moment on the wall",
  publish: "out to screen and feed",
  look: "the worker checks whether it may be shown",
};
const BARS = [["p50", "half of all frames", 0], ["p99", "99 of 100 frames", 2]];

export class Ladder {
  #parts = new Map(); // for the name of each step, its two segments and its row
  #totals = [];
  #bars = [];
  #legend = el("dl", { class: "legend" });

  constructor() {
    const bars = BARS.map(([name, words]) => {
      const bar = el("div", { class: "bar", "aria-hidden": "true" });
      const total = el("b", {}, "–");
      this.#bars.push(bar);
      this.#totals.push(total);
      return el("div", { class: "rung" }, el("span", { title: words }, name), bar, el("span", { class: "total" }, total, " ms"));
    });
    at("ladder").append(...bars, this.#legend);
  }

  /** The length of a bar is the whole latency; its parts are the times of the steps. */
  show(ladder, latency) {
    const names = Object.keys(ladder ?? {});
    if (names.join() !== [...this.#parts.keys()].join()) this.#make(names);
    for (const [name, times] of Object.entries(ladder ?? {})) {
      const part = this.#parts.get(name);
      BARS.forEach(([, , which], index) => {
        part.segments[index].style.flexGrow = String(Math.max(0, times[which]));
        setText(part.cells[index], fixed(times[which], times[which] < 99.95 ? 1 : 0));
      });
    }
    const totals = BARS.map(([, , which]) => latency?.[which] ?? 0);
    const most = Math.max(...totals, 1);
    totals.forEach((total, index) => {
      this.#bars[index].style.setProperty("--share", String(total / most));
      setText(this.#totals[index], total ? fixed(total, 0) : "–");
    });
  }

  /** Not every step is always known: another program's worker may not report its times. */
  #make(names) {
    this.#parts.clear();
    for (const node of [...this.#bars, this.#legend]) node.replaceChildren();
    for (const name of names) this.#part(name);
  }

  #part(name) {
    const colour = `step-${name in STEPS ? name : "other"}`;
    const segments = BARS.map(() => el("i", { class: colour, title: name }));
    segments.forEach((segment, index) => this.#bars[index].append(segment));
    const cells = BARS.map(() => el("span"));
    const figures = BARS.map(([bar, words], index) => el("dd", { title: `${bar}: ${words}` },
      el("span", { class: "unseen" }, `${words}: `), cells[index], el("span", { class: "unseen" }, " ms")));
    this.#legend.append(el("div", { title: STEPS[name] ?? "" },
      el("dt", {}, el("i", { class: `dot ${colour}` }), name), ...figures));
    const part = { segments, cells };
    this.#parts.set(name, part);
  }
}
