// What was deleted on this map, and the way back.

import { at, el } from "../dom.js";
import { http } from "../http.js";
import { twice } from "../press.js";
import { load, pictureAt } from "./thumbnails.js";
import { toast } from "./toast.js";

const KEPT_S = 7 * 86400;

export class Bin {
  #model;
  #acts;

  constructor(model, acts) {
    this.#model = model;
    this.#acts = acts;
    model.listen("nodes", () => { if (at("bin").open) this.#show(); });
  }

  open() {
    this.#show();
    at("bin").showModal();
  }

  #show() {
    const bin = this.#model.bin;
    at("bin-empty").hidden = bin.length > 0;
    at("bin-list").replaceChildren(...bin.map(([id, node]) => this.#row(id, node)));
  }

  #row(id, node) {
    const words = node.prompt || node.text || "Without words";
    const picture = el("span", { class: "small" });
    if (node.picture) load(pictureAt(node.picture, 128)).then((image) => image && picture.append(image));
    const may = this.#model.mayEdit(node);
    const back = el("button", { type: "button", disabled: !may, "aria-label": `Bring back ${words}`, click: () => { this.#acts.restore([id]); this.#show(); } }, "Bring back");
    const gone = el("button", { type: "button", class: "bare", disabled: !may, "aria-label": `Delete ${words} for good` }, "For good");
    const note = el("p", { class: "answer" });
    gone.addEventListener("click", twice(gone, note, "Press again: then it cannot be brought back", () => this.#purge(id)));
    const left = node.deleted_s ? Math.max(0, Math.ceil((node.deleted_s + KEPT_S - Date.now() / 1000) / 86400)) : 7;
    return el("li", {}, picture, el("div", {}, el("p", { class: "what", dir: "auto" }, words), el("p", { class: "hint" }, `${left} ${left === 1 ? "day" : "days"} left`), note), back, gone);
  }

  async #purge(id) {
    try {
      await http("DELETE", `/maps/${this.#model.map.id}/nodes/${id}`);
    } catch (refusal) {
      toast(refusal.message);
    }
  }
}
