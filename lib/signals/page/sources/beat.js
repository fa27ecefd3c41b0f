// A beat: tapped here, or written as a tempo.

import { answer, el, setText } from "../dom.js";

export function block(box, page) {
  const note = el("p", { class: "answer", role: "status" });
  const tempo = el("input", { class: "number", inputmode: "decimal", maxlength: 6, "aria-label": "Beats a minute" });
  const now = el("span", { class: "hint" });
  const ask = (path, body) => page.post(path, body).then(() => answer(note, ""), (error) => answer(note, error.message, true));
  const tap = el("button", { type: "button", pointerdown: () => ask("/beat/tap") }, "Tap");
  tap.addEventListener("keydown", (event) => {
    if (event.repeat || (event.key !== " " && event.key !== "Enter")) return;
    event.preventDefault();
    ask("/beat/tap");
  });
  tempo.addEventListener("change", () => ask("/beat/tempo", { bpm: Number(tempo.value.replace(",", ".")) }));
  box.append(el("div", { class: "tools" }, tap, tempo, now), note);
  page.onState(({ bpm }) => {
    setText(now, bpm ? `${bpm} beats a minute` : "no beat yet");
    if (document.activeElement !== tempo) tempo.value = bpm ? String(bpm) : "";
  });
}
