// Marks the sliders that signals move: where they are now, and which signals; or that a hand has them.

import { el, setText } from "./dom.js";

export class Moved {
  constructor(live) {
    live.on("hello", ({ status }) => { if (status) this.#show(status); });
    live.on("status", (status) => this.#show(status));
  }

  #show({ signals }) {
    const { moved, by, hands } = signals ?? { moved: {}, by: {}, hands: {} };
    for (const node of document.querySelectorAll(".control.slides")) {
      const field = node.dataset.field;
      const left = hands[field] ?? 0;
      const moves = field in moved;
      node.classList.toggle("moved", moves);
      const slider = node.querySelector("input[type=range]");
      if (moves) slider.style.setProperty("--moved", String(shareOf(node, moved[field])));
      const text = left > 0 && !moves ? `yours for ${Math.ceil(left)} s` : moves ? `${by[field].join(", ")}: ${moved[field].toFixed(2)}` : "";
      setText(noteOf(node), text);
    }
  }
}

/** Where a value is on the slider, 0..1, as the table says its range. */
function shareOf(node, value) {
  const { least, most } = node.dataset;
  return Math.min(1, Math.max(0, (value - Number(least)) / (Number(most) - Number(least))));
}

function noteOf(node) {
  const known = node.querySelector(".mover");
  if (known) return known;
  const note = el("p", { class: "mover" });
  node.querySelector("input[type=range]").after(note);
  return note;
}
