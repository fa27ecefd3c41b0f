// The pointers of the others, in their colours and with their names.

import { at, el, setText } from "../dom.js";
import { colour } from "./colours.js";

const GONE_MS = 20000; // without a move

export class Cursors {
  #model;
  #view;
  #cursors = new Map(); // by connection

  constructor(model, view) {
    this.#model = model;
    this.#view = view;
    model.listen("presence", (people) => this.#moved(people));
    model.listen("people", () => this.#leave());
    view.listen(() => { for (const one of this.#cursors.values()) this.#place(one); });
  }

  #moved(people) {
    for (const [who, { cursor }] of Object.entries(people)) {
      if (who === this.#model.you.who || cursor === undefined) continue;
      const person = this.#model.faces.get(who);
      if (!cursor || !person) this.#drop(who);
      else this.#show(who, person, cursor);
    }
  }

  #show(who, person, place) {
    let one = this.#cursors.get(who);
    if (!one) {
      const name = el("span");
      one = { node: el("div", { class: "cursor", "aria-hidden": "true" }, name), name };
      this.#cursors.set(who, one);
      at("cursors").append(one.node);
    }
    one.place = place;
    one.node.style.setProperty("--owner", colour(person.colour));
    setText(one.name, person.name || "Somebody");
    clearTimeout(one.timer);
    one.timer = setTimeout(() => this.#drop(who), GONE_MS);
    this.#place(one);
  }

  #place({ node, place }) {
    const [x, y] = this.#view.toWindow(place);
    node.style.transform = `translate(${x}px, ${y}px)`;
  }

  #leave() {
    for (const who of this.#cursors.keys()) if (!this.#model.faces.has(who)) this.#drop(who);
  }

  #drop(who) {
    this.#cursors.get(who)?.node.remove();
    this.#cursors.delete(who);
  }
}
