// One control of the table as a row of the page: slider and number, switch, or text.

import { answer, el } from "./dom.js";
import { digitsOf, valueText } from "./format.js";
import { isMenu, menuRow } from "./menu.js";
import { twice } from "./press.js";
import { Sender } from "./sender.js";

const FOLLOW_MS = 120; // the glide of a slider: a wall that lags behind the finger feels broken
const NOTCHES = 1000;
const WIDE = 5000; // a wider range has a curved slider, one beyond ENDLESS only a number
const ENDLESS = 1e8;
const HELD_MS = 500; // after a key the slider counts as held for so long
const PLACEHOLDERS = { prompt2: "second prompt" };
const RISKY = {
  passthrough: "Press again to put the raw source on the wall",
  debug: "Press again to show figures on the wall",
};

/** {node, sync}: the row on the page, and a function that shows a value from elsewhere. */
export function makeRow(control, session) {
  if (control.kind === "bool") return switchRow(control, session);
  if (isMenu(control)) return menuRow(control, session);
  if (control.kind === "text") return textRow(control, session);
  if (control.field === "take") return takeRow(control, session);
  return control.most - control.least > ENDLESS ? numberRow(control, session) : sliderRow(control, session);
}

export function frameOf(control, shape, ...parts) {
  const id = `control-${control.field}`;
  const note = el("p", { class: "answer", role: "status" });
  const help = control.unit && control.field !== "glide_ms" ? `${control.help} (${control.unit})` : control.help;
  const unit = control.field === "glide_ms" ? "s" : control.unit === "s" ? "s" : "";
  const label = el("label", { for: id, id: `${id}-label`, title: help }, NAMED[control.field] ?? nameOf(control), unit ? el("small", {}, unit) : null);
  const about = el("p", { class: "help", id: `${id}-help` }, help);
  const node = el("div", { class: `control ${shape}`, "data-field": control.field }, label, ...parts, about, note);
  return { node, note };
}

const NAMED = { prompt2: "With", take: "Sequence" }; // beside its field
const NAMES = { glide_ms: "glide", similar_s: "similar after", batch_size: "batch", fixed_seed: "fixed seed", prompt2: "second prompt" };
export const nameOf = (control) => NAMES[control.field] ?? control.name.replaceAll("_", " ");

function sliderRow(control, session) {
  const id = `control-${control.field}`;
  const scale = scaleOf(control);
  const slider = el("input", { type: "range", id, min: 0, max: scale.notches, step: 1, "aria-describedby": `${id}-help` });
  const number = numberField(control, session, () => sync());
  let keyAt = -Infinity;
  let held = false;
  const sender = new Sender(
    (value) => session.play({ [control.field]: value }, control.glides ? FOLLOW_MS : null),
    (error) => { answer(note, error ? error.message : "", Boolean(error)); sync(); },
  );
  const paint = (value) => {
    slider.style.setProperty("--at", String(scale.notch(value) / scale.notches));
    slider.setAttribute("aria-valuetext", valueText(control, value));
  };
  slider.addEventListener("pointerdown", () => { held = true; });
  for (const type of ["pointerup", "pointercancel", "change", "blur"]) {
    slider.addEventListener(type, () => { held = false; sync(); });
  }
  slider.addEventListener("keydown", () => { keyAt = performance.now(); });
  slider.addEventListener("input", () => {
    const value = scale.value(Number(slider.value));
    paint(value);
    number.show(value);
    sender.push(value);
  });
  const { node, note } = frameOf(control, "slides", slider, number.node);
  Object.assign(node.dataset, { least: control.least, most: control.most }); // for what signals make of it
  number.note = note;
  const sync = () => {
    const value = session.params[control.field];
    // Changes from elsewhere are shown, but not while the slider is held or ours are being sent.
    if (held || sender.busy || performance.now() - keyAt < HELD_MS) {
      if (!held && !sender.busy) setTimeout(sync, HELD_MS);
      return;
    }
    slider.value = String(scale.notch(value));
    paint(value);
    number.show(value);
  };
  return { node, sync };
}

/** A value's place on the slider. A wide range is finer where that is needed. */
function scaleOf({ least, most, step, kind }) {
  const width = most - least;
  if (width > WIDE) {
    const round = (value) => Number(value.toPrecision(2));
    return {
      notches: NOTCHES / 5,
      notch: (value) => Math.round((NOTCHES / 5) * ((value - least) / width) ** 0.25),
      value: (notch) => Math.round(least + round(width * (notch / (NOTCHES / 5)) ** 4)),
    };
  }
  const one = step ?? (kind === "int" ? 1 : width / 100);
  const digits = digitsOf({ kind, step: one });
  return {
    notches: Math.round(width / one),
    notch: (value) => Math.round((value - least) / one),
    value: (notch) => Math.min(most, Number((least + notch * one).toFixed(digits))),
  };
}

/** A number field. A refused value stays in it with the reason, until it is right or Escape takes it back. */
function numberField(control, session, after) {
  const id = `control-${control.field}`;
  const field = { note: null };
  const inSeconds = control.field === "glide_ms";
  const unit = inSeconds ? 1000 : 1;
  const isNumber = (typed) => typed !== "" && Number.isFinite(Number(typed));
  const fits = (typed) => isNumber(typed) && Number(typed) * unit >= control.least && Number(typed) * unit <= control.most;
  const allowed = `a number of seconds from ${control.least / unit} to ${control.most / unit}`;
  const shown = (value) => (inSeconds ? String(value / 1000) : value.toFixed(digitsOf(control)));
  const node = el("input", {
    inputmode: control.kind === "int" && !inSeconds ? "numeric" : "decimal",
    class: "number",
    maxlength: 12,
    autocomplete: "off",
    "aria-label": `${nameOf(control)}, number${inSeconds ? " of seconds" : ""}`,
    "aria-describedby": `${id}-help`,
  });
  const edited = () => node.dataset.edited === "yes";
  field.node = node;
  field.show = (value) => {
    if (!edited() && node.value !== shown(value)) node.value = shown(value);
  };
  const commit = async () => {
    if (!edited()) return;
    const typed = node.value.trim().replace(",", ".");
    if (inSeconds && !fits(typed)) {
      refuse(`${nameOf(control)} must be ${allowed}, not “${typed}”`);
      return;
    }
    try {
      await session.play({ [control.field]: isNumber(typed) ? Number(typed) * unit : typed });
    } catch (refusal) {
      refuse(refusal.message);
      return;
    }
    settle();
  };
  const refuse = (words) => {
    answer(field.note, words, true);
    node.setAttribute("aria-invalid", "true");
  };
  const settle = () => {
    delete node.dataset.edited;
    node.removeAttribute("aria-invalid");
    answer(field.note, "");
    after();
  };
  node.addEventListener("input", () => {
    node.dataset.edited = "yes";
    if (!node.hasAttribute("aria-invalid") || !fits(node.value.trim().replace(",", "."))) return;
    node.removeAttribute("aria-invalid");
    answer(field.note, "");
  });
  node.addEventListener("change", commit);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter") commit();
    if (event.key === "Escape") settle();
  });
  node.addEventListener("focus", () => node.select());
  return field;
}

function numberRow(control, session) {
  const number = numberField(control, session, () => sync());
  number.node.id = `control-${control.field}`;
  number.node.removeAttribute("aria-label");
  const dice = control.field === "seed"
    ? el("button", { type: "button", click: () => roll() }, "New seed")
    : null;
  const { node, note } = frameOf(control, "plain", number.node, dice);
  number.note = note;
  const sync = () => number.show(session.params[control.field]);
  const roll = () => play(session, { [control.field]: Math.floor(Math.random() * (control.most + 1)) }, note);
  return { node, sync };
}

function takeRow(control, session) {
  const id = `control-${control.field}`;
  const start = el("button", { type: "button", id, "aria-describedby": `${id}-help` }, "Restart");
  const { node, note } = frameOf(control, "plain", start);
  start.addEventListener("click", () => play(session, { take: session.params.take + 1 }, note));
  return { node, sync: () => {} };
}

function switchRow(control, session) {
  const id = `control-${control.field}`;
  const toggle = el("button", {
    type: "button", class: "switch", role: "switch", id, "aria-checked": "false",
    "aria-labelledby": `${id}-label`, "aria-describedby": `${id}-help`,
  });
  const { node, note } = frameOf(control, "plain", toggle);
  const isOn = () => toggle.getAttribute("aria-checked") === "true";
  const flip = () => play(session, { [control.field]: !isOn() }, note, { sure: true });
  const carefully = RISKY[control.field] ? twice(toggle, note, RISKY[control.field], flip) : flip;
  toggle.addEventListener("click", () => (isOn() ? flip() : carefully()));
  const sync = () => toggle.setAttribute("aria-checked", String(session.params[control.field]));
  return { node, sync };
}

function textRow(control, session) {
  const id = `control-${control.field}`;
  const field = el("input", {
    id, maxlength: control.longest, dir: "auto", spellcheck: "false", autocomplete: "off",
    "aria-label": nameOf(control), "aria-describedby": `${id}-help`,
    placeholder: control.default === "" ? PLACEHOLDERS[control.field] ?? "none" : control.default,
  });
  const { node, note } = frameOf(control, "texts", field);
  const commit = () => {
    if (!field.dataset.edited) return;
    delete field.dataset.edited;
    play(session, { [control.field]: field.value }, note).then(sync);
  };
  field.addEventListener("input", () => { field.dataset.edited = "yes"; });
  field.addEventListener("change", commit);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") commit();
    if (event.key === "Escape") { delete field.dataset.edited; sync(); }
  });
  const sync = () => {
    // A text that is being edited is not overwritten.
    if (!field.dataset.edited) field.value = session.params[control.field];
  };
  return { node, sync };
}

/** Play a change and show the answer; true when it was accepted. */
export async function play(session, change, note, more = {}) {
  try {
    const entry = await session.play(change, null, more);
    answer(note, entry?.remark ?? "");
    return true;
  } catch (refusal) {
    answer(note, refusal.message, true);
    return false;
  }
}

