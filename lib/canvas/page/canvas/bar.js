// The bars of a map: what is new, the view, undo and redo, the menu.

import { at, setText } from "../dom.js";
import { http } from "../http.js";
import { askText } from "./ask_text.js";
import { toast } from "./toast.js";

const ZOOM = 1.25;

export class Bar {
  #model;
  #view;
  #acts;
  #gestures;

  constructor(model, view, acts, gestures, { tour, bin, chooseMap }) {
    this.#model = model;
    this.#view = view;
    this.#acts = acts;
    this.#gestures = gestures;
    const on = (id, told) => at(id).addEventListener("click", told);
    on("new-picture", () => acts.create());
    on("new-note", () => acts.create(null, "note"));
    on("new-live", () => acts.create(null, "live"));
    on("from-file", () => at("file").click());
    on("zoom-in", () => view.step(ZOOM));
    on("zoom-out", () => view.step(1 / ZOOM));
    on("zoom-is", () => view.step(1 / view.zoom));
    on("fit", () => acts.fit());
    on("lock", () => this.lock());
    on("mini-button", () => this.miniMap());
    on("undo", () => model.undo());
    on("redo", () => model.redo());
    this.#menu({ tour, bin, chooseMap });
    at("file").addEventListener("change", () => {
      acts.files([...at("file").files]);
      at("file").value = "";
    });
    for (const close of document.querySelectorAll("dialog .close")) close.addEventListener("click", () => close.closest("dialog").close());
    view.listen(() => setText(at("zoom-is"), `${Math.round(view.zoom * 100)} %`));
    model.listen("step", () => {
      at("undo").disabled = !model.canUndo;
      at("redo").disabled = !model.canRedo;
    });
    model.listen("you", () => this.#rights());
    model.listen("map", () => this.#named());
    model.listen("people", () => this.#rights());
  }

  get isLocked() {
    return this.#gestures.locked;
  }

  lock() {
    this.#gestures.locked = !this.#gestures.locked;
    at("lock").setAttribute("aria-pressed", String(this.#gestures.locked));
    setText(at("lock"), this.#gestures.locked ? "Locked" : "Lock");
  }

  miniMap() {
    const on = at("mini-button").getAttribute("aria-pressed") !== "true";
    at("mini-button").setAttribute("aria-pressed", String(on));
    at("mini").hidden = !on;
    if (on) this.#view.panBy(0, 0);
  }

  /** Whether Escape closed something here. */
  escape() {
    if (at("menu").hidden) return false;
    this.#show(false);
    at("menu-button").focus();
    return true;
  }

  #menu({ tour, bin, chooseMap }) {
    at("menu-button").addEventListener("click", () => this.#show(at("menu").hidden));
    document.addEventListener("pointerdown", ({ target }) => { if (!target.closest("#menu, #menu-button")) this.#show(false); });
    at("menu").addEventListener("click", () => this.#show(false));
    const on = (id, told) => at(id).addEventListener("click", told);
    on("show-tour", () => tour.begin());
    on("show-bin", () => bin.open());
    on("show-keys", () => at("keys").showModal());
    on("import", () => chooseMap());
    on("rename-me", () => askText({ title: "Your name", label: "As the others see it", value: this.#model.you.name, empty: true, most: 40 }, (name) => this.#rename(name)));
    on("set-password", () => askText({ title: "Password", label: "Of this map; empty: anybody may come in", empty: true, secret: true, most: 100 }, async (password) => {
      await http("PUT", `/maps/${this.#model.map.id}/password`, { password });
      toast(password ? "The map has a password now" : "The map has no password any more");
    }));
  }

  #rename(name) {
    this.#model.you.name = name.trim();
    this.#model.room.tell({ what: "me", name: name.trim() });
  }

  #show(on) {
    at("menu").hidden = !on;
    at("menu-button").setAttribute("aria-expanded", String(on));
    if (on) at("menu").querySelector("button").focus();
  }

  #rights() {
    const { you, map } = this.#model;
    at("new-live").hidden = !you.wall || !you.draws;
    at("set-password").hidden = !(you.operator || map?.mine);
    for (const id of ["new-picture", "from-file", "new-note"]) at(id).hidden = !you.draws;
    at("looking").hidden = you.draws;
    setText(at("looking"), you.draws ? "" : "You are looking. Open the page in a browser that keeps cookies to draw.");
  }

  #named() {
    const { map } = this.#model;
    document.title = `${map.name} – Afterimage`;
    setText(at("map-title"), `Map ${map.name}`);
    setText(at("map-name"), map.name);
    at("map-name").hidden = false;
    at("export").href = `/maps/${map.id}/export`;
  }
}
