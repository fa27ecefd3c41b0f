// A short list of signals of one source, each with its name and a bar.

import { el, setText } from "./dom.js";

const MOST = 24; // more cannot be told apart, and the chart has all of them

/** A function that shows signals in the list; those that moved last come first. */
export function meters(list) {
  const rows = new Map();
  return (signals) => {
    const shown = [...signals].sort((a, b) => a.age_s - b.age_s).slice(0, MOST);
    const names = new Set(shown.map((signal) => signal.name));
    for (const [name, row] of rows) {
      if (!names.has(name)) {
        row.line.remove();
        rows.delete(name);
      }
    }
    for (const signal of shown) {
      let row = rows.get(signal.name);
      if (!row) {
        const value = el("span", { class: "number" });
        const bar = el("meter", { min: 0, max: 1, "aria-label": signal.name });
        const line = el("li", {}, el("code", {}, signal.name), bar, value);
        row = { line, bar, value };
        rows.set(signal.name, row);
        list.append(line);
      }
      row.bar.value = signal.value;
      row.line.classList.toggle("lost", signal.lost);
      setText(row.value, signal.lost ? "lost" : signal.value.toFixed(2));
    }
  };
}
