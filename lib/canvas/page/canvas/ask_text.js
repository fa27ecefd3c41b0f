// Asks for one line of text in a dialog. What is refused is said there, and can be mended.

import { answer, at, setText } from "../dom.js";

let act = null;

/** act(text) may throw a sentence; the dialog stays open then. */
export function askText({ title, label, value = "", yes = "Save", secret = false, empty = false, most = 60 }, done) {
  setText(at("asks-title"), title);
  setText(at("asks-label"), label);
  setText(at("asks-yes"), yes);
  answer(at("asks-answer"), "");
  Object.assign(at("asks-text"), { value, type: secret ? "password" : "text", maxLength: most, required: !empty });
  act = done;
  at("asks").showModal();
  at("asks-text").select();
}

at("asks-no").addEventListener("click", () => at("asks").close());
at("asks-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await act(at("asks-text").value);
    at("asks").close();
  } catch (refusal) {
    answer(at("asks-answer"), refusal.message, true);
  }
});
