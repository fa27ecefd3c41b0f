// The page without its token: it asks for one, and opens again with it.

import { at, setText } from "./dom.js";

/** `path`: of the page that the token opens. */
export function tokenForm(path) {
  at("token-form").addEventListener("submit", (event) => {
    event.preventDefault();
    location.assign(`${path}?token=${encodeURIComponent(at("token").value)}`);
  });
}

export function askForToken() {
  at("locked").hidden = false;
  if (new URLSearchParams(location.search).has("token")) setText(at("locked-text"), "This token is not the right one.");
  at("token").focus();
}
