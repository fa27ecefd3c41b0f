// MIDI controllers of the show's machine: which of their controls have moved.

import { el } from "../dom.js";
import { meters } from "../meters.js";

export function block(box, page) {
  const hint = el("p", { class: "empty" }, "Move a knob: it is here, and its name goes into a row.");
  const list = el("ul", { class: "meters" });
  box.append(hint, list);
  const show = meters(list);
  page.onState((state) => {
    const own = state.signals.filter((signal) => signal.source === "midi");
    hint.hidden = own.length > 0;
    show(own);
  });
}
