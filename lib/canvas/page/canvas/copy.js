// Copying to the clipboard. Where the page is no secure context (a plain address in a network) a
// browser has none; then the text is selected, and copied as a person would.

import { at, el } from "../dom.js";
import { toast } from "./toast.js";

/** `what` is said in the toast. */
export async function copy(text, what) {
  if (text === "" || text === null || text === undefined) {
    toast(`There is no ${what} to copy`);
    return;
  }
  if (await written(String(text))) toast(`Copied the ${what}`);
  else selected(String(text), what);
}

async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return byCommand(text); // no clipboard here, or it was refused
  }
}

function byCommand(text) {
  const before = document.activeElement;
  const field = el("textarea", { class: "unseen", readonly: true, "aria-hidden": "true", tabindex: "-1" });
  field.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    // then it is shown, and copied by hand
  }
  field.remove();
  before?.focus({ preventScroll: true });
  return done;
}

/** The text, selected, for Control C. */
function selected(text, what) {
  at("copy-text").value = text;
  at("copy-title").textContent = `Copy the ${what}`;
  at("copy").showModal();
  at("copy-text").focus();
  at("copy-text").select();
}

at("copy-close").addEventListener("click", () => at("copy").close());
