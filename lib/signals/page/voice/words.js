// The browser's own recognition of words, where it has one and somebody switched it on.

import { at } from "../dom.js";

const Recognition = globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;

export class BrowserWords {
  #chat;
  #recognition = null;
  #wanted = () => false;

  constructor(chat) {
    this.#chat = chat;
    at("words").addEventListener("change", () => {
      if (!this.on) this.stop();
      else this.listen(this.#wanted);
      this.#chat.tell({ type: "session_settings", words: this.on ? "client" : "" });
    });
  }

  get on() {
    return at("words").checked && !at("words-line").hidden;
  }

  explain({ words: elsewhere, words_trouble: trouble }) {
    const there = Boolean(Recognition) && isSecureContext;
    at("words-line").hidden = !there || Boolean(elsewhere && !trouble);
    if (elsewhere && !trouble) at("words-hint").textContent = "Your words are recognised where your voice is heard.";
    else if (trouble) at("words-hint").textContent = `No words are recognised on the server: ${trouble}.`;
    else if (!there) at("words-hint").textContent = "This browser recognises no words here, so only how you sound is heard. Write what you want to have answered.";
  }

  /** Recognise for as long as `wanted` says so: browsers stop by themselves after each pause. */
  listen(wanted) {
    this.#wanted = wanted;
    if (!this.on || !wanted() || this.#recognition) return;
    const recognition = new Recognition();
    recognition.continuous = true;
    recognition.lang = navigator.language;
    recognition.addEventListener("result", (event) => {
      for (let at = event.resultIndex; at < event.results.length; at += 1) {
        const text = event.results[at][0].transcript.trim();
        if (event.results[at].isFinal && text) this.#chat.tell({ type: "user_input", text, spoken: true });
      }
    });
    let failed = false;
    recognition.addEventListener("error", ({ error }) => {
      failed = error !== "no-speech" && error !== "aborted";
      if (failed) {
        at("words").checked = false;
        at("words-hint").textContent = `The browser's recognition cannot be used (${error}).`;
        this.#chat.tell({ type: "session_settings", words: "" });
      }
    });
    recognition.addEventListener("end", () => {
      this.#recognition = null;
      if (!failed) setTimeout(() => this.listen(this.#wanted), 200);
    });
    this.#recognition = recognition;
    recognition.start();
  }

  stop() {
    this.#wanted = () => false;
    this.#recognition?.abort();
    this.#recognition = null;
  }
}
