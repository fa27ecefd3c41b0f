// What the assistant says, aloud: the server's speech, or the browser's where the server has none.

import { at, setText } from "../dom.js";

export class Player {
  #context = null;
  #next_s = 0;
  #sources = new Set();
  #round = 0; // counted up at each stop: what is still being decoded is then not played
  #aloud = true;

  setAloud(aloud) {
    this.#aloud = aloud;
    if (aloud) this.wake();
    else this.stop();
  }

  explain({ speaks }) {
    if (speaks !== "browser") return;
    at("aloud-hint").hidden = false;
    setText(at("aloud-hint"), "speechSynthesis" in globalThis
      ? "Spoken by the browser, with a voice of this device. With espeak-ng on the show's machine it speaks itself."
      : "This browser cannot speak, and espeak-ng is not installed on the show's machine.");
  }

  /** A browser plays nothing before somebody has pressed something. */
  wake() {
    if (!this.#aloud) return;
    this.#context ??= new AudioContext();
    this.#context.resume();
  }

  async play(base64) {
    if (!this.#aloud) return;
    this.wake();
    const round = this.#round;
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const sound = await this.#context.decodeAudioData(bytes.buffer).catch(() => null);
    if (!sound || round !== this.#round) return;
    const source = new AudioBufferSourceNode(this.#context, { buffer: sound });
    source.connect(this.#context.destination);
    const begin_s = Math.max(this.#context.currentTime, this.#next_s);
    this.#next_s = begin_s + sound.duration;
    this.#sources.add(source);
    source.addEventListener("ended", () => this.#sources.delete(source));
    source.start(begin_s);
  }

  say(text) {
    const voice = ownVoice();
    if (!this.#aloud || !voice) return;
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = voice;
    speechSynthesis.speak(utterance);
  }

  get playing() {
    return this.#sources.size;
  }

  /** Be silent at once; whether anything was being said. */
  stop() {
    const was = this.#sources.size > 0 || Boolean(globalThis.speechSynthesis?.speaking);
    this.#round += 1;
    for (const source of this.#sources) source.stop();
    this.#sources.clear();
    this.#next_s = 0;
    globalThis.speechSynthesis?.cancel();
    return was;
  }
}

/** A voice of this device: others send the text to their maker. */
function ownVoice() {
  const voices = globalThis.speechSynthesis?.getVoices() ?? [];
  const own = voices.filter((voice) => voice.localService);
  return own.find((voice) => voice.lang.startsWith("en")) ?? own[0] ?? null;
}
