// All sliders and switches, made from the table that the server sends.

import { at, el } from "./dom.js";
import { makeRow } from "./rows.js";

const GROUPS = [
  ["words", "Change"],
  ["picture", "Picture"],
  ["calm", "Calm"],
  ["wall", "Wall"],
  ["source", "Source"],
];
const ELSEWHERE = ["prompt", "mapping"]; // the words above, and the page of signals
const BESIDE_THE_PROMPT = ["prompt2", "blend"];

export class Controls {
  #session;
  #rows = [];
  #made = "";

  constructor(session) {
    this.#session = session;
    session.listen(() => this.#show());
    at("explain").addEventListener("click", () => {
      const on = document.body.classList.toggle("explained");
      at("explain").setAttribute("aria-pressed", String(on));
    });
  }

  #show() {
    const made = JSON.stringify(this.#session.table);
    // A new version of the server may have other controls. If they are the same, the rows are kept,
    // with whatever is being changed in them.
    if (made !== this.#made) this.#make();
    this.#made = made;
    for (const row of this.#rows) row.sync();
  }

  #make() {
    const table = this.#session.table.filter((control) => !ELSEWHERE.includes(control.field));
    const rowOf = (control) => {
      const row = makeRow(control, this.#session);
      this.#rows.push(row);
      return row.node;
    };
    this.#rows = [];
    const beside = table.filter((control) => BESIDE_THE_PROMPT.includes(control.field));
    at("second").replaceChildren(...beside.map(rowOf));
    const rest = table.filter((control) => !BESIDE_THE_PROMPT.includes(control.field));
    const known = GROUPS.map(([group]) => group);
    const others = [...new Set(rest.map((control) => control.group))].filter((group) => !known.includes(group));
    const groups = [...GROUPS, ...others.map((group) => [group, group || "More"])];
    at("controls").replaceChildren(...groups.flatMap(([group, title]) => {
      const rows = rest.filter((control) => control.group === group).map(rowOf);
      if (!rows.length) return [];
      const id = `group-${group}`;
      return [el("section", { class: "group", "aria-labelledby": id }, el("h3", { id }, title), ...rows)];
    }));
  }
}
