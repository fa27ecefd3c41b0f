// The line at the top that states how the show is, in plain words.

import { at, el, setText, speak } from "./dom.js";
import { fixed, span } from "./format.js";

export class Notice {
  #timer = 0;
  #said = "";

  constructor(live) {
    live.on("hello", (message) => { if (message.status) this.#show(message.status); });
    live.on("status", (status) => this.#show(status));
    live.on("lost", (how) => this.#lost(how));
    live.on("locked", () => this.#locked());
    at("token-form").addEventListener("submit", (event) => {
      event.preventDefault();
      location.assign(`/?token=${encodeURIComponent(at("token").value)}`);
    });
  }

  #show(status) {
    clearInterval(this.#timer);
    at("locked").hidden = true;
    const { stream, warnings } = status;
    const age = stream?.last_frame_s;
    const flows = stream && age !== null && age < 1.5;
    const still = Boolean(stream?.paused);
    document.body.dataset.state = flows || still ? "live" : "quiet";
    setText(at("note"), flows || still ? "" : noteFor(stream, age));
    document.body.classList.toggle("warned", warnings.length > 0);
    setText(at("notice-text"), warnings[0] ?? (still ? "Paused: the sequence stands still" : flows ? "All is well" : noteFor(stream, age)));
    setText(at("notice-more"), warnings.length > 1 ? `and ${warnings.length - 1} more` : "");
    this.#list(warnings.length ? warnings : [well(stream)]);
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
    this.#list(["The wall goes on without this page. Nothing that is pressed here reaches it at the moment."]);
    setText(at("note"), "The connection to the primary host is lost");
    this.#say("Warning: the connection is lost");
  }

  #locked() {
    clearInterval(this.#timer);
    at("locked").hidden = false;
    if (new URLSearchParams(location.search).has("token")) setText(at("locked-text"), "This token is not the right one.");
    at("token").focus();
  }
}

function noteFor(stream, age) {
  if (!stream) return "The stream is not running at the moment";
  return age === null ? "Waiting for the first picture" : `No new picture for ${span(age)}`;
}

function well(stream) {
  if (!stream) return noteFor(stream, null);
  const workers = stream.workers.filter((worker) => worker.state === "active").length;
  const latency = stream.latency_ms ? `, ${fixed(stream.latency_ms[0], 0)} ms behind the source` : "";
  return `${fixed(stream.fps_out, 0)} pictures a second${latency}, made by ${workers} worker${workers === 1 ? "" : "s"}`;
}
