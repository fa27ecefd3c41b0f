// The keys of the page, and the list of them that “?” opens.

import { at, el, isWriting } from "./dom.js";

const AGAIN_MS = 4000; // within which a second Escape stops the cues
const PRESSED = "button, a, summary, [role=switch], input";

export class Keys {
  #keys;
  #escape;

  /** keys: [keys, their name, what they do, the deed]; escape: what Escape ends beside dialogs. */
  constructor(keys, escape) {
    this.#keys = keys;
    this.#escape = escape;
    const rows = [...keys, [[], "Esc", "closes what is open; pressed twice, it stops the cues"], [["?"], "?", "this list"]];
    at("keys-list").replaceChildren(...rows.flatMap(([, name, what]) => [
      el("dt", {}, ...name.split(" ").map((one) => el("kbd", {}, one))), el("dd", {}, what),
    ]));
    for (const id of ["keys-open", "keys-open-too"]) at(id).addEventListener("click", () => this.#open());
    at("keys-close").addEventListener("click", () => at("keys").close());
    addEventListener("keydown", (event) => this.#pressed(event));
    // After a press by hand the keys belong to the page again: Space is Go, and not the same button
    // once more. A button that asks for a second press keeps the focus.
    document.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button, summary") : null;
      if (event.detail > 0 && button && !button.classList.contains("asks") && !button.closest("dialog")) button.blur();
    });
  }

  #open() {
    if (!document.querySelector("dialog[open]")) at("keys").showModal();
  }

  #pressed(event) {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      if (!isWriting(event.target)) this.#escape(AGAIN_MS);
      return;
    }
    if (isWriting(event.target) || event.altKey || event.repeat) return;
    const command = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
    const shift = command && event.shiftKey ? "Shift+" : "";
    const key = event.key.toLowerCase();
    // A button or a slider that has the focus keeps the keys that work it.
    if (key === " " && event.target instanceof Element && event.target.matches(PRESSED)) return;
    if (command + key === "?") this.#open();
    else if (!this.#run(command + shift + key)) return;
    event.preventDefault();
  }

  #run(key) {
    const found = this.#keys.find(([keys]) => keys.includes(key));
    found?.[3](key);
    return Boolean(found);
  }
}
