// The fields of the form that are one line each: what they are called, what they may hold, and the
// sentence where they hold something else.

import { at, el } from "./dom.js";

const LARGEST = 2048;

const whole = (least, most) => (text) => (/^\d+$/.test(text) && Number(text) >= least && Number(text) <= most ? "" : `a whole number from ${least} to ${most}`);
const upTo = (most) => (text) => (Number(text) >= 0 && Number(text) <= most ? "" : `a number from 0 to ${most}`);
const side = (text) => (whole(64, LARGEST)(text) || Number(text) % 8 ? `a multiple of 8 from 64 to ${LARGEST}` : "");

// `usual`: what it holds at first; `hint`: what an empty one stands for, where it may be empty.
const FIELDS = {
  samples: { label: "Pictures", said: "The number of pictures", check: whole(1, 64), usual: "1" },
  seed: { label: "Seed", said: "The seed", check: whole(0, 2 ** 53 - 1), hint: "any" },
  width: { label: "Width", said: "The width", check: side },
  height: { label: "Height", said: "The height", check: side },
  negative: { label: "Without", hint: "what to leave out" },
  steps: { label: "Steps", said: "The steps", check: whole(1, 150), usual: "8" },
  guidance: { label: "Guidance", said: "The guidance", check: upTo(100), hint: "auto", decimal: true },
  model: { label: "Model", hint: "any", list: "models" },
};
export const CHECKED = Object.keys(FIELDS).filter((name) => FIELDS[name].check);

/** Put each field where the page names it. */
export function makeFields() {
  for (const [name, field] of Object.entries(FIELDS)) {
    const input = el("input", {
      id: name, value: field.usual, placeholder: field.hint, list: field.list, "aria-describedby": `${name}-error`,
      ...(field.check ? { class: "number", inputmode: field.decimal ? "decimal" : "numeric", maxlength: 16 } : { dir: "auto", spellcheck: "false", maxlength: 4000 }),
    });
    const place = document.querySelector(`[data-field=${name}]`);
    place.append(el("label", { for: name }, field.label), input, el("p", { class: "error", id: `${name}-error` }));
  }
}

/** A sentence, where it holds what it may not. */
export function wrongIn(name) {
  const { said, check, hint } = FIELDS[name];
  const text = at(name).value.trim().replace(",", ".");
  const allowed = !text && hint ? "" : check(text);
  return allowed ? `${said} must be ${allowed}${text ? `, not “${text}”` : ""}` : "";
}
