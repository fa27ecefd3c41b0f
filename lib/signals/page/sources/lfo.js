// What the waves are called: nothing has to be set.

import { el } from "../dom.js";

export function block(box) {
  box.append(el("p", { class: "hint" }, "lfo.sine, ramp, triangle, square and walk; with .slow or .fast behind the name"));
}
