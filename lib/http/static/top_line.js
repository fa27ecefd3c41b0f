// The line at the top of a page: how things are, in plain words. Without the token it is the sign-in.

import { at, el, setText, speak } from "./dom.js";
import { askForToken, tokenForm } from "./sign_in.js";

export class TopLine {
  #timer = 0;
  #said = "";
  #goesOn;

  /** goesOn: what can be said of everything else while the connection is lost. */
  constructor(connection, goesOn) {
    this.#goesOn = goesOn;
    connection.on("lost", (how) => this.#lost(how));
    connection.on("locked", () => this.#locked());
    tokenForm("/");
  }

  /** Show the warnings; where there are none, the word for that, and more about it where it opens. */
  show(state, warnings, well, more) {
    clearInterval(this.#timer);
    at("locked").hidden = true;
    document.body.dataset.state = state;
    document.body.classList.toggle("warned", warnings.length > 0);
    setText(at("notice-text"), warnings[0] ?? well);
    setText(at("notice-more"), warnings.length > 1 ? `and ${warnings.length - 1} more` : "");
    this.#list(warnings.length ? warnings : [more]);
    this.#say(warnings.length ? `Warning: ${warnings.join("; ")}` : this.#said ? "All is well again" : "");
  }

  #list(texts) {
    const list = at("warnings");
    if (texts.join("\n") === [...list.children].map((item) => item.textContent).join("\n")) return;
    list.replaceChildren(...texts.map((text) => el("li", {}, text)));
  }

  /** Figures in a warning change often; a screen reader repeats it only if its words change. */
  #say(text) {
    const words = text.replace(/[0-9.]+/g, "");
    if (words === this.#said) return;
    if (text) speak(text);
    this.#said = text.startsWith("Warning") ? words : "";
  }

  #lost({ wait_ms, reason }) {
    document.body.dataset.state = "lost";
    document.body.classList.add("warned");
    const end = performance.now() + wait_ms;
    const why = reason ? `: ${reason}` : "";
    const show = () => {
      const left = Math.ceil((end - performance.now()) / 1000);
      setText(at("notice-text"), `Connection lost${why}; ${left > 1 ? `trying again in ${left} s` : "trying again"}`);
    };
    clearInterval(this.#timer);
    this.#timer = setInterval(show, 500);
    show();
    setText(at("notice-more"), "");
    this.#list([this.#goesOn]);
    this.#say("Warning: the connection is lost");
  }

  #locked() {
    clearInterval(this.#timer);
    askForToken();
  }
}

/** Lead to a page on another port of this host; without a port there is none. */
export function leadTo(link, port, path) {
  link.hidden = !port;
  if (!port) return;
  const address = new URL(path, location.href);
  address.port = String(port);
  link.href = address.href;
}
