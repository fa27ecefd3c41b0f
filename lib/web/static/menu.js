// A text control as a menu of what there is: sizes, and the folders and films of the data folder.
// Anything else is typed.

import { http } from "./http.js";
import { answer, el } from "./dom.js";
import { frameOf, play } from "./rows.js";

const SIZES = ["256", "384", "512", "640", "768", "1024", "512x288", "768x432", "1024x576", "1280x720", "1920x1080"];
const TYPED = "\n"; // stands for what is in no list; no value has it

/** Where its values come from, by field; each may be asked for again. */
const CHOICES = {
  resolution: async () => SIZES.map((size) => [size, sizeText(size)]),
  directory: async () => {
    const { sources } = await http("GET", "/sources");
    return [["", "As at the start"], ...sources.map((name) => [name, name])];
  },
};
const TYPING = { resolution: "Another size", directory: "Another folder" };

export const isMenu = (control) => control.field in CHOICES;

export function menuRow(control, session) {
  const id = `control-${control.field}`;
  const menu = el("select", { id, dir: "auto", "aria-describedby": `${id}-help` });
  const field = el("input", {
    maxlength: control.longest, dir: "auto", spellcheck: "false", autocomplete: "off", hidden: true,
    "aria-label": TYPING[control.field], "aria-describedby": `${id}-help`, placeholder: TYPING[control.field],
  });
  const { node, note } = frameOf(control, "texts", menu, field);
  let known = [];
  const now = () => session.params[control.field] ?? "";
  const draw = () => {
    const there = known.some(([value]) => value === now());
    const all = there ? known : [...known, [now(), control.field === "resolution" ? sizeText(now()) : now() || "As at the start"]];
    menu.replaceChildren(...[...all, [TYPED, `${TYPING[control.field]} …`]].map(([value, text]) => el("option", { value }, text)));
    menu.value = now();
  };
  const read = async () => {
    try {
      const found = await CHOICES[control.field]();
      if (JSON.stringify(found) === JSON.stringify(known)) return;
      known = found;
      draw();
    } catch {
      // What is known stays; anything may be typed.
    }
  };
  const type = (on) => {
    field.hidden = !on;
    if (on) field.focus();
    else sync();
  };
  menu.addEventListener("change", () => {
    answer(note, "");
    if (menu.value === TYPED) {
      type(true);
      return;
    }
    field.hidden = true;
    play(session, { [control.field]: menu.value }, note).then(sync);
  });
  for (const name of ["pointerenter", "focus"]) menu.addEventListener(name, read);
  const commit = async () => {
    if (!field.value.trim() || !await play(session, { [control.field]: field.value }, note)) return;
    field.value = "";
    type(false);
  };
  field.addEventListener("input", () => answer(note, ""));
  field.addEventListener("change", commit);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    field.value = "";
    answer(note, "");
    type(false);
    menu.focus();
  });
  const sync = () => {
    if (!field.hidden) return;
    if (menu.value !== now() || !menu.options.length) draw();
  };
  read();
  return { node, sync };
}

const sizeText = (size) => (size.includes("x") ? size.replace("x", " × ") : `${size} × ${size}`);
