// What can be done here, in ten sentences, at the place where each of them is true.

import { at, setText } from "../dom.js";

const DONE = "afterimage.canvas.tour";
const SENTENCES = [
  ["This is a map: drag the ground to move it, turn the wheel or pinch to zoom.", "#map"],
  ["Here is a picture to be: write what it shall show, and press Generate.", "#prompt"],
  ["Everybody on this map sees how far it is, and the picture as soon as it is there.", ".node.selected"],
  ["Drag the plus at its right side onto empty ground: a child that inherits words and picture.", ".node.selected .handle"],
  ["Image power says how much of the parent's picture stays: 1 keeps it, 0 forgets it.", ".node.selected"],
  ["Inpaint paints a part anew, outpaint goes on beyond the edges.", ".node.selected"],
  ["Ask for several pictures at once, and choose the one that stays.", "#samples"],
  ["Green is yours; other colours are other people's: look, copy their words, make children of them.", "#faces"],
  ["Nothing is lost: Control Z takes back, and what was deleted can be brought back for seven days.", "#undo"],
  ["The question mark shows all keys; have fun.", "#menu-button"],
];

export class Tour {
  #at = 0;

  constructor() {
    at("tour-next").addEventListener("click", () => this.#go(this.#at + 1));
    at("tour-end").addEventListener("click", () => this.end());
  }

  get isOpen() {
    return !at("tour").hidden;
  }

  /** For who has not seen it. */
  offer() {
    try {
      if (localStorage.getItem(DONE)) return;
    } catch {
      // Storage may be switched off: then it comes each time.
    }
    this.begin();
  }

  begin() {
    at("tour").hidden = false;
    this.#go(0);
  }

  end() {
    const inside = at("tour").contains(document.activeElement);
    at("tour").hidden = true;
    if (inside) (at("prompt").checkVisibility() ? at("prompt") : at("map")).focus();
    this.#mark(null);
    try {
      localStorage.setItem(DONE, "yes");
    } catch {
      // as above
    }
  }

  #go(index) {
    if (index >= SENTENCES.length) {
      this.end();
      return;
    }
    this.#at = index;
    const [words, place] = SENTENCES[index];
    setText(at("tour-text"), words);
    setText(at("tour-at"), `${index + 1} of ${SENTENCES.length}`);
    setText(at("tour-next"), index === SENTENCES.length - 1 ? "Done" : "Next");
    this.#mark(place);
  }

  #mark(place) {
    document.querySelector(".pointed")?.classList.remove("pointed");
    if (place && place !== "#map") document.querySelector(place)?.classList.add("pointed");
  }
}
