// How things are, in three words: connected, signed in, in step. Green is well, yellow is on its way,
// red needs somebody.

import { at, el, setText } from "../dom.js";
import { askForToken, tokenForm } from "../sign_in.js";
import { colour, OWN } from "./colours.js";

const MOST_FACES = 8;
const SLOW_MS = 300; // what arrives sooner is not worth a word

export class Status {
  #model;
  #isLost = false;
  #late = 0;

  constructor(model) {
    this.#model = model;
    tokenForm("/canvas");
    model.room.on("lost", () => {
      this.#isLost = true;
      document.body.dataset.state = "lost";
      this.#show();
    });
    model.room.on("welcome", () => {
      this.#isLost = false;
      at("locked").hidden = true;
      document.body.dataset.state = "live";
    });
    model.room.on("locked", askForToken);
    for (const what of ["you", "step"]) model.listen(what, () => this.#show());
    model.listen("people", () => this.#faces());
    this.#show();
  }

  #show() {
    const { room, you, waiting } = this.#model;
    word("connected", room.isHere ? "good" : this.#isLost ? "bad" : "wait", room.isHere ? "Connected" : this.#isLost ? "Not connected" : "Connecting");
    word("signed", !room.isHere ? "wait" : you.draws ? "good" : "wait", room.isHere && !you.draws ? "Looking only" : "Signed in");
    if (!waiting) {
      clearTimeout(this.#late);
      this.#late = 0;
    }
    if (room.isHere && waiting) this.#late ||= setTimeout(() => { this.#late = 0; this.#step(); }, SLOW_MS);
    else this.#step();
    document.body.classList.toggle("looks", room.isHere && !you.draws);
  }

  #step() {
    const { room, waiting } = this.#model;
    if (room.isHere) word("step", waiting ? "wait" : "good", waiting ? `${waiting} on the way` : "In step");
    else word("step", waiting || this.#isLost ? "bad" : "wait", waiting ? `${waiting} not sent` : this.#isLost ? "Not in step" : "In step");
  }

  #faces() {
    const { people, you } = this.#model;
    const here = [...people.values()].filter((person) => person.who.length);
    at("faces").hidden = !here.length;
    at("faces").replaceChildren(...here.slice(0, MOST_FACES).map((person) => {
      const isMe = person.person === you.person;
      const name = person.name || (isMe ? "You" : "Somebody");
      const node = el("li", { title: isMe && person.name ? `${name} (you)` : name }, el("span", { "aria-hidden": "true" }, [...name][0].toUpperCase()), el("span", { class: "unseen" }, isMe ? `${name}, you` : name));
      node.style.setProperty("--owner", isMe ? OWN : colour(person.colour));
      return node;
    }), ...(here.length > MOST_FACES ? [el("li", { class: "more" }, `+${here.length - MOST_FACES}`)] : []));
  }
}

function word(id, how, text) {
  const node = at(`word-${id}`);
  node.dataset.how = how;
  setText(node.lastElementChild, text);
}
