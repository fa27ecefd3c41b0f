// The page's chat: a WebSocket that speaks the messages of docs/voice.md.

import { Connection } from "../connection.js";

const SILENT_MS = 10000; // nobody need say anything for longer: then the server is asked
const ASK_MS = 4000;
const MOST_WAITING = 100; // messages that wait for a chat to begin

export class Chat extends Connection {
  #begun = false;
  #there = false;
  #waiting = [];

  constructor() {
    super({
      address: () => "/v0/evi/chat",
      asked: "/voice/about",
      silent_ms: SILENT_MS,
      alive: async () => {
        const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(ASK_MS) });
        return answer.status > 0;
      },
    });
    this.on("lost", () => { this.#there = false; });
  }

  begin() {
    if (this.#begun) return;
    this.#begun = true;
    this.start();
  }

  /** Send a message, and begin the chat with it if there is none. */
  say(message) {
    if (this.#there) return this.tell(message);
    if (this.#begun && !this.#waiting.length) return false;
    this.#waiting.push(message);
    this.#waiting.splice(0, this.#waiting.length - MOST_WAITING);
    this.begin();
    return true;
  }

  read(data) {
    const message = JSON.parse(data);
    if (message.type === "chat_metadata") {
      this.settled();
      this.#there = true;
    }
    this.emit(message.type, message);
    if (message.type === "chat_metadata") for (const one of this.#waiting.splice(0)) this.tell(one);
  }
}
