// Voices have a page of their own; what of them moves the wall is chosen there.

import { el } from "../dom.js";

export function block(box) {
  box.append(el("p", { class: "hint" }, el("a", { href: "/voice" }, "Speak, and choose emotions"),
    ": level, arousal, valence and speaking are signals as soon as somebody is heard."));
}
