// Asks for a second press before an action that the public sees at once, or that cannot be undone.

import { answer } from "./dom.js";

const WITHIN_MS = 4000;
const NOT_BEFORE_MS = 300; // a double tap counts as one press

/** Returns a handler for presses: `act` runs after the second one. `words` may be a function. */
export function twice(button, note, words, act) {
  let asked = 0;
  let timer = 0;
  const calm = () => {
    clearTimeout(timer);
    asked = 0;
    button.classList.remove("asks");
    if (note.dataset.asks) {
      delete note.dataset.asks;
      answer(note, "");
    }
  };
  button.addEventListener("blur", calm);
  button.addEventListener("keydown", (event) => { if (event.key === "Escape") calm(); });
  return () => {
    const since = performance.now() - asked;
    if (asked && since < NOT_BEFORE_MS) return;
    if (asked) {
      calm();
      act();
      return;
    }
    asked = performance.now();
    button.classList.add("asks");
    answer(note, words, true);
    note.dataset.asks = "yes";
    timer = setTimeout(calm, WITHIN_MS);
  };
}
