// The list of maps: open one, make one; the operator renames and deletes them, and brings them back.

import { answer, at, el, setText } from "../dom.js";
import { timeOf } from "../format.js";
import { http } from "../http.js";
import { twice } from "../press.js";
import { askForToken, tokenForm } from "../sign_in.js";
import { leadTo } from "../top_line.js";
import { askText } from "./ask_text.js";
import { importMap } from "./import_map.js";
import { load, pictureAt } from "./thumbnails.js";

const AGAIN_MS = 5000;
const COVERS = 4;

export const addressOf = (map) => `/canvas/${encodeURIComponent(map.name)}`;

export class MapList {
  #told = "";

  constructor() {
    at("list").hidden = false;
    tokenForm("/canvas");
    at("new-map").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#make();
    });
    at("import-map").addEventListener("click", () => importMap((words) => answer(at("maps-answer"), words, true)));
    this.#read();
    setInterval(() => { if (!document.hidden && !document.querySelector("dialog[open]")) this.#read(); }, AGAIN_MS);
  }

  async #read() {
    try {
      const { maps, you, live_port: live, signals_port: signals } = await http("GET", "/maps");
      leadTo(at("to-live"), live, "/");
      leadTo(at("to-signals"), signals, "/signals");
      const deleted = you.operator ? (await http("GET", "/maps?deleted=1")).maps : [];
      document.body.dataset.state = "live";
      at("locked").hidden = true;
      if (at("maps-answer").dataset.lost) {
        delete at("maps-answer").dataset.lost;
        answer(at("maps-answer"), "");
      }
      const told = JSON.stringify([maps, you, deleted]);
      if (told === this.#told) return; // what has not changed keeps its focus
      this.#told = told;
      this.#show(maps, deleted, you);
    } catch (refusal) {
      if (refusal.status === 401) askForToken();
      else {
        document.body.dataset.state = "lost";
        at("maps-answer").dataset.lost = "yes";
        answer(at("maps-answer"), refusal.message, true);
      }
    }
  }

  #show(maps, deleted, you) {
    at("new-map").hidden = !you.draws;
    at("no-maps").hidden = maps.length > 0;
    at("maps").replaceChildren(...maps.map((map) => this.#card(map, you)));
    at("deleted").hidden = !deleted.length;
    at("deleted-maps").replaceChildren(...deleted.map((map) => this.#gone(map)));
  }

  #card(map, you) {
    const note = el("p", { class: "answer" });
    const cover = el("span", { class: "cover", "aria-hidden": "true" });
    for (const picture of (map.cover ?? []).slice(0, COVERS)) load(pictureAt(picture, 256)).then((image) => image && cover.append(image));
    cover.dataset.count = Math.min(COVERS, map.cover?.length ?? 0);
    const facts = [
      `${map.nodes} ${map.nodes === 1 ? "picture" : "pictures"}`,
      map.here ? `${map.here} here` : "",
      map.locked ? (map.open ? "password, open to you" : "needs a password") : "",
      `changed ${timeOf(map.changed).replace(/:\d\d$/, "")}`,
    ].filter(Boolean);
    const link = el("a", { href: addressOf(map) }, cover, el("span", { class: "name", dir: "auto" }, map.name), el("span", { class: "facts" }, facts.join(" · ")));
    const acts = el("div", { class: "acts" });
    if (you.operator) {
      const remove = el("button", { type: "button", class: "bare", "aria-label": `Delete ${map.name}` }, "Delete");
      remove.addEventListener("click", twice(remove, note, "Press again to delete the map; it can be brought back for seven days", () => this.#do(() => http("DELETE", `/maps/${map.id}`))));
      acts.append(el("button", { type: "button", class: "bare", "aria-label": `Rename ${map.name}`, click: () => this.#rename(map) }, "Rename"), remove);
    }
    return el("li", { class: map.here ? "busy" : null }, link, acts, note);
  }

  #gone(map) {
    const back = () => this.#do(() => http("POST", `/maps/${map.id}/restore`));
    return el("li", {}, el("span", { dir: "auto" }, map.name), el("button", { type: "button", "aria-label": `Bring back ${map.name}`, click: back }, "Bring back"));
  }

  #rename(map) {
    askText({ title: "Rename the map", label: "Its name", value: map.name }, async (name) => {
      await http("PATCH", `/maps/${map.id}`, { name });
      await this.#read();
    });
  }

  async #make() {
    const name = at("new-name").value.trim();
    const password = at("new-password").value;
    try {
      const map = await http("POST", "/maps", password ? { name, password } : { name });
      location.assign(addressOf(map));
    } catch (refusal) {
      answer(at("new-answer"), refusal.message, true);
    }
  }

  async #do(act) {
    try {
      await act();
      setText(at("maps-answer"), "");
    } catch (refusal) {
      answer(at("maps-answer"), refusal.message, true);
    }
    await this.#read();
  }
}
