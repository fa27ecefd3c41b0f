// The only connection: what is played, the status and the picture come through it, and changes leave
// through it. It reconnects automatically, after a longer wait each time.

const WAITS_MS = [400, 800, 1500, 3000, 5000, 8000];
const SILENT_MS = 5000; // a status comes a few times a second
const ANSWER_MS = 12000; // a prompt that is checked may take five seconds
const LOCKED = 4401;

export class Live {
  #listeners = new Map();
  #waiting = new Map();
  #socket = null;
  #id = 0;
  #tries = 0;
  #timer = 0;
  #heard = 0;
  #watch = 0;

  on(type, told) {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), told]);
  }

  start() {
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#hurry(); });
    addEventListener("pagehide", () => this.#socket?.close());
    addEventListener("pageshow", (event) => { if (event.persisted) this.#open(); });
    this.#open();
  }

  /** Send a message that needs no answer; false when there is no connection. */
  tell(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
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

  #settle(id, answer) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (answer.ok) waiting.resolve(answer.entry);
    else waiting.reject(new Error(answer.detail));
  }

  #emit(type, message) {
    for (const told of this.#listeners.get(type) ?? []) told(message);
  }

  #open() {
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/live`);
    this.#socket = socket;
    this.#heard = performance.now();
    socket.addEventListener("message", (event) => {
      if (socket === this.#socket) this.#heardOf(event.data);
    });
    socket.addEventListener("close", (event) => {
      if (socket === this.#socket) this.#lost(event);
    });
    this.#watch = setInterval(() => {
      if (document.hidden || performance.now() - this.#heard < SILENT_MS) return;
      socket.close(); // its close event may take minutes after a cable was pulled
      if (socket === this.#socket) this.#lost({ code: 0, reason: "" });
    }, 1000);
  }

  #heardOf(data) {
    this.#heard = performance.now();
    if (typeof data !== "string") {
      this.#emit("picture", data);
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "answer") this.#settle(message.id, message);
    if (message.type === "hello") this.#tries = 0;
    this.#emit(message.type, message);
  }

  async #lost({ code, reason }) {
    this.#socket = null;
    clearInterval(this.#watch);
    for (const id of [...this.#waiting.keys()]) {
      this.#settle(id, { ok: false, detail: "The connection was lost before an answer came" });
    }
    const wait = WAITS_MS[Math.min(this.#tries, WAITS_MS.length - 1)] * (0.8 + 0.4 * Math.random());
    this.#tries += 1;
    this.#emit("lost", { wait_ms: wait, reason });
    if (code === LOCKED || await refused()) {
      this.#emit("locked", {});
      return;
    }
    this.#timer = setTimeout(() => this.#open(), wait);
  }

  #hurry() {
    if (this.#socket || !this.#tries) return;
    this.#open();
  }
}

/** A browser does not tell why a WebSocket was refused, so plain HTTP is asked. */
async function refused() {
  try {
    const answer = await fetch("/params", { cache: "no-store", signal: AbortSignal.timeout(2000) });
    return answer.status === 401;
  } catch {
    return false; // the server cannot be reached, and is tried again
  }
}
