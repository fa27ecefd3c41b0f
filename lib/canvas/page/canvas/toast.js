// A sentence that comes and goes at the bottom of the page, with a way back where there is one.

import { at, setText, speak } from "../dom.js";

const SHOWN_MS = 5000;

let timer = 0;
let back = null;

export function toast(said, undo = null) {
  const words = said.charAt(0).toUpperCase() + said.slice(1); // the service's sentences begin small
  (document.querySelector("dialog[open]") ?? document.body).append(at("toast"));
  setText(at("toast-text"), words);
  speak(undo ? `${words}; Control Z takes it back` : words);
  back = undo;
  at("toast-undo").hidden = !undo;
  at("toast").hidden = false;
  clearTimeout(timer);
  timer = setTimeout(calm, SHOWN_MS);
}

function calm() {
  at("toast").hidden = true;
}

at("toast-undo").addEventListener("click", () => {
  calm();
  back?.();
});
