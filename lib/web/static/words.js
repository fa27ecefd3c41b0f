// The chat line: the prompt that is played, and the next one.

import { answer, at, setText } from "./dom.js";

const SLOW_MS = 400;

export class Words {
  #session;
  #field = at("prompt");
  #back = 0; // how far the arrow keys went back in the history
  #draft = "";

  constructor(session) {
    this.#session = session;
    session.listen(() => this.#show());
    at("prompt-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#play();
    });
    this.#field.addEventListener("input", () => { this.#back = 0; this.#grow(); });
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    at("now").addEventListener("click", () => this.take(this.#session.params.prompt ?? ""));
  }

  /** Put a text into the line, to be edited or played again. */
  take(text) {
    this.#write(text);
    this.#field.focus();
  }

  #write(text) {
    this.#field.value = text;
    this.#grow();
  }

  #show() {
    const { prompt, prompt2, blend } = this.#session.params;
    setText(at("now-text"), prompt || "(empty prompt)");
    const share = Math.round(100 * (blend ?? 0));
    setText(at("now-second"), prompt2 && share ? `with ${share} % of ${prompt2}` : "");
  }

  async #play() {
    const text = this.#field.value.trim();
    const note = at("prompt-answer");
    if (!text) {
      answer(note, "Type a prompt first", true);
      return;
    }
    const slow = setTimeout(() => answer(note, "Checking"), SLOW_MS);
    try {
      const entry = await this.#session.play({ prompt: text });
      answer(note, entry?.remark ? `Played; ${entry.remark}` : "Played");
      if (this.#field.value.trim() === text) this.#write("");
      this.#back = 0;
    } catch (refusal) {
      answer(note, refusal.message, true); // the text stays, to be corrected
    } finally {
      clearTimeout(slow);
    }
  }

  #key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#play();
    }
    const caret = this.#field.selectionStart;
    if (event.key === "ArrowUp" && (this.#back || caret === 0)) this.#walk(event, 1);
    if (event.key === "ArrowDown" && this.#back) this.#walk(event, -1);
  }

  #walk(event, by) {
    const past = this.#past();
    const next = Math.max(0, Math.min(past.length, this.#back + by));
    if (next === this.#back) return;
    event.preventDefault();
    if (!this.#back) this.#draft = this.#field.value;
    this.#back = next;
    this.#write(next ? past[next - 1] : this.#draft);
  }

  /** Earlier prompts, the newest first, each only once. */
  #past() {
    const played = this.#session.entries.filter((entry) => !entry.refused && entry.change.prompt);
    return [...new Set(played.map((entry) => entry.change.prompt).reverse())];
  }

  #grow() {
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight + 2}px`;
  }
}
