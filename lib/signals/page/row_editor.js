// One row of the mapping: its signal, its control, and how it moves it.

import { el, setText } from "./dom.js";

const TARGETS = { strength: "strength", opacity: "opacity", blend: "blend", guidance_scale: "guidance", feedback: "feedback", similar: "similar", seeds: "second seed" };
const CURVES = { linear: "linear", gentle: "gentle", eager: "eager", soft: "soft" };
const MODES = { relative: "relative", absolute: "absolute" };
let made = 0; // editors, each with a list of its own
const SPANS = { guidance_scale: 20, feedback: 0.95, similar: 50 };

export class RowEditor {
  #row;
  #fields = new Map();
  #does;
  #arm;
  #learn;
  #now = el("span", { class: "now" });
  #signals;

  constructor(row, does) {
    this.#row = row;
    this.#does = does;
    made += 1;
    const list = `signals-${made}`;
    this.#signals = el("datalist", { id: list });
    const text = el("input", { list, maxlength: 64, spellcheck: "false", autocapitalize: "off" });
    this.#arm = el("button", { type: "button", "aria-pressed": "false", click: () => does.change({ armed: !this.#row.armed }) });
    this.#learn = el("button", { type: "button", "aria-pressed": "false", title: "Move a knob, and the row takes its signal", click: () => does.learn() }, "Learn");
    this.node = el(
      "li", { class: "row" },
      el("div", { class: "pair" }, this.#field("signal", "Signal", text), el("span", { "aria-hidden": "true" }, "→"), this.#field("to", "moves", menu(TARGETS))),
      el("div", { class: "more" },
        this.#field("mode", "Mode", menu(MODES)),
        this.#field("depth", "Depth", number_input()),
        this.#field("low", "From", number_input()),
        this.#field("high", "To", number_input()),
        this.#field("seed", "Second seed", number_input()),
        this.#field("curve", "Curve", menu(CURVES)),
        this.#field("smooth_s", "Smooth, s", number_input()),
        this.#field("limit", "Limit, 1/s", number_input())),
      el("div", { class: "does" }, this.#now, this.#learn, el("button", { type: "button", class: "bare", click: () => does.remove() }, "Remove"), this.#arm),
      this.#signals,
    );
    this.take(row);
  }

  /** The row that it shows. */
  get text() {
    return JSON.stringify(this.#row);
  }

  /** What is being written stays. */
  take(row) {
    if (!row) return;
    this.#row = row;
    for (const [name, { field }] of this.#fields) {
      if (field !== document.activeElement) field.value = String(row[name]);
      field.removeAttribute("aria-invalid");
    }
    const relative = row.mode === "relative";
    for (const [name, is_shown] of Object.entries({ depth: relative, low: !relative, high: !relative, seed: row.to === "seeds" })) {
      this.#fields.get(name).label.hidden = !is_shown;
    }
    this.node.classList.toggle("armed", row.armed);
    this.#arm.setAttribute("aria-pressed", String(row.armed));
    setText(this.#arm, row.armed ? "Disarm" : "Arm");
    this.#arm.setAttribute("aria-label", `${row.armed ? "Disarm" : "Arm"} ${row.signal} to ${TARGETS[row.to]}`);
  }

  sync(state) {
    const names = state.signals.map((one) => one.name).join("\n");
    if (this.#signals.dataset.names !== names) {
      this.#signals.dataset.names = names;
      this.#signals.replaceChildren(...state.signals.map((one) => el("option", { value: one.name })));
    }
    const signal = state.signals.find((one) => one.name === this.#row.signal);
    const hand = state.hands[this.#row.to];
    const value = state.moved[this.#row.to] ?? state.played[this.#row.to];
    const comes = !signal ? "no such signal yet" : signal.lost ? "lost" : signal.value.toFixed(2);
    const does = hand ? `yours for ${Math.ceil(hand)} s` : this.#row.armed && value !== undefined ? `${TARGETS[this.#row.to]} ${value.toFixed(2)}` : "";
    setText(this.#now, [comes, does].filter(Boolean).join(" → "));
  }

  learns(on) {
    this.#learn.setAttribute("aria-pressed", String(on));
    setText(this.#learn, on ? "Move a knob" : "Learn");
  }

  #field(name, words, field) {
    const label = el("label", {}, words, field);
    field.addEventListener("change", () => this.#changed(name, field));
    this.#fields.set(name, { field, label });
    return label;
  }

  #changed(name, field) {
    const text = field.value.trim();
    const is_number = typeof this.#row[name] === "number";
    const value = is_number ? Number(text.replace(",", ".")) : text;
    if (text === "" || (is_number && !Number.isFinite(value))) {
      field.setAttribute("aria-invalid", "true");
      return;
    }
    this.#does.change({ [name]: value, ...(name === "to" ? within(this.#row, value) : {}) });
  }
}

/** Another control may have another range: what does not fit it becomes what usually does. */
function within(row, to) {
  const most = SPANS[to] ?? 1;
  const depth = Math.sign(row.depth || 1) * Math.min(Math.abs(row.depth), most);
  return { depth, low: Math.min(row.low, most), high: Math.min(row.high, most) || most };
}

function menu(names) {
  return el("select", {}, ...Object.entries(names).map(([value, words]) => el("option", { value }, words)));
}

const number_input = () => el("input", { class: "number", inputmode: "decimal", maxlength: 12 });
