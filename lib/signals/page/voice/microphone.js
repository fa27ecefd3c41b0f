// The microphone: says where the sound goes before it is asked for, then sends it as linear16.

import { answer, at, el, setText } from "../dom.js";
import { twice } from "../press.js";

const RATE_HZ = 16000; // what the server listens with; a browser that cannot give it sends its own
const PROXY = "/voice/proxy-docs";

export class Microphone {
  #chat;
  #words;
  #stream = null;
  #context = null;
  #rate = 0;

  constructor(chat, words) {
    this.#chat = chat;
    this.#words = words;
    at("mic").disabled = true; // until it is known where the sound goes
  }

  /** Before anybody is asked for anything: where the sound goes, and whether there can be any. */
  explain({ audio_leaves: leaves, words_leave: repliesFrom }) {
    const goes = [];
    if (!isSecureContext) {
      at("mic").disabled = true;
      const link = el("a", { href: PROXY }, "put the page behind a proxy with https");
      at("where").replaceChildren(
        "The buttons “Microphone” and “The browser recognises my words” need https or localhost: ", link,
        ", or open the page on the machine itself. What you write is understood without them.");
      return;
    }
    if (leaves) goes.push(`What the microphone hears leaves the building: it is sent to ${leaves}.`);
    else goes.push("What the microphone hears goes to this show's own machine and no further.");
    if (repliesFrom) goes.push(`Replies come from ${repliesFrom}, which is sent your words and how they sounded.`);
    setText(at("where"), goes.join(" "));
    at("mic").disabled = false;
    const start = leaves
      ? twice(at("mic"), at("talk-answer"), `Your voice will be sent to ${leaves}: press again if you agree`, () => this.#start())
      : () => this.#start();
    at("mic").addEventListener("click", () => (this.#stream ? this.stop() : start()));
  }

  /** A new chat has to be told once more what is sent. */
  introduce() {
    if (!this.#stream) return;
    this.#chat.tell({ type: "session_settings", ...this.#settings("on") });
  }

  #settings(microphone) {
    return {
      audio: { encoding: "linear16", sample_rate: this.#rate, channels: 1 },
      words: this.#words.on ? "client" : "",
      microphone,
    };
  }

  async #start() {
    const note = at("talk-answer");
    answer(note, "");
    at("mic").disabled = true;
    try {
      // Its level says how excited a voice is, so nothing may even it out.
      const wanted = { echoCancellation: true, noiseSuppression: true, autoGainControl: false, channelCount: 1 };
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
      await this.#listen();
    } catch (error) {
      this.stop();
      answer(note, whyNot(error), true);
    } finally {
      at("mic").disabled = false;
    }
  }

  async #listen() {
    const [source, context] = this.#opened();
    this.#context = context;
    this.#rate = context.sampleRate;
    await context.audioWorklet.addModule("/static/voice/capture.js");
    const capture = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    capture.port.onmessage = ({ data }) => this.#heard(data);
    source.connect(capture);
    await context.resume();
    this.#stream.getAudioTracks()[0].addEventListener("ended", () => this.stop());
    this.#chat.say({ type: "session_settings", ...this.#settings("on") });
    at("mic").setAttribute("aria-pressed", "true");
    setText(at("mic"), "Microphone is on");
    this.#words.listen(() => Boolean(this.#stream));
  }

  #opened() {
    for (const options of [{ sampleRate: RATE_HZ }, {}]) {
      const context = new AudioContext({ latencyHint: "interactive", ...options });
      try {
        return [context.createMediaStreamSource(this.#stream), context];
      } catch (error) { // of Firefox, which changes no rate between microphone and context
        context.close();
        if (!options.sampleRate) throw error;
      }
    }
    return null;
  }

  #heard(samples) {
    if (!this.#stream) return;
    let most = 0;
    for (const sample of samples) most = Math.max(most, Math.abs(sample));
    at("level").style.setProperty("--level", Math.min(1, Math.sqrt(most / 32768)).toFixed(3));
    const bytes = new Uint8Array(samples.buffer);
    this.#chat.say({ type: "audio_input", data: btoa(String.fromCharCode(...bytes)) });
  }

  stop() {
    const was = this.#stream;
    for (const track of was?.getTracks() ?? []) track.stop();
    this.#context?.close();
    this.#stream = this.#context = null;
    this.#words.stop();
    at("level").style.setProperty("--level", "0");
    at("mic").setAttribute("aria-pressed", "false");
    setText(at("mic"), "Microphone");
    if (was && this.#rate) this.#chat.tell({ type: "session_settings", microphone: "off" });
  }
}

function whyNot(error) {
  const said = {
    NotAllowedError: "The browser may not use the microphone: allow it beside the address",
    NotFoundError: "No microphone was found on this machine",
    NotReadableError: "The microphone is used by another program",
  };
  return said[error.name] ?? "The microphone cannot be used";
}
