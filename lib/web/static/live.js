// The live page's only connection: what is played, the status and the picture come through it, and
// changes leave through it.

import { Connection } from "./connection.js";

const SILENT_MS = 5000; // a status comes a few times a second
const ANSWER_MS = 12000; // a prompt that is checked may take five seconds

export class Live extends Connection {
  #waiting = new Map();
  #id = 0;

  constructor() {
    super({ address: () => "/live", asked: "/params", silent_ms: SILENT_MS });
    this.on("lost", () => {
      for (const id of [...this.#waiting.keys()]) {
        this.#settle(id, { ok: false, detail: "The connection was lost before an answer came" });
      }
    });
  }

  /** Send a request; resolves to the journal's entry, or rejects with the reason. */
  ask(message) {
    return new Promise((resolve, reject) => {
      this.#id += 1;
      const id = this.#id;
      if (!this.tell({ ...message, id })) {
        reject(new Error("Not sent: the connection is lost"));
        return;
      }
      const timer = setTimeout(() => this.#settle(id, { ok: false, detail: "No answer came" }), ANSWER_MS);
      this.#waiting.set(id, { resolve, reject, timer });
    });
  }

  read(data) {
    if (typeof data !== "string") {
      this.emit("picture", data);
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "answer") this.#settle(message.id, message);
    if (message.type === "hello") this.settled();
    this.emit(message.type, message);
  }

  #settle(id, answer) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (answer.ok) waiting.resolve(answer.entry);
    else waiting.reject(new Error(answer.detail));
  }
}
