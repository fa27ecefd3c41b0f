// A WebSocket to the port that the page came from. It reconnects by itself, after a longer wait each
// time, and notices when a cable was pulled.

const WAITS_MS = [400, 800, 1500, 3000, 5000, 8000];
const LOCKED = 4401;

export class Connection {
  #address;
  #asked;
  #silent_ms;
  #alive;
  #asking = false;
  #listeners = new Map();
  #socket = null;
  #tries = 0;
  #timer = 0;
  #heard = 0;
  #watch = 0;
  #stopped = false;

  /**
   * address: a function, called for each try. asked: an address that answers 401 where a token is
   * missing. silent_ms: after so long without a message the connection counts as lost, unless
   * `alive` is given, asks the server, and it answers.
   */
  constructor({ address, asked, silent_ms, alive = null }) {
    this.#alive = alive;
    this.#address = address;
    this.#asked = asked;
    this.#silent_ms = silent_ms;
  }

  on(type, told) {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), told]);
  }

  emit(type, message) {
    for (const told of this.#listeners.get(type) ?? []) told(message);
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

  /** The other side has begun to talk, so the next loss is a new one. */
  settled() {
    this.#tries = 0;
  }

  /** Try no more: what has ended does not begin again by itself. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  /** Begin anew on another connection, at once. */
  renew() {
    const before = this.#socket;
    this.#open();
    before?.close();
  }

  /** The line is there and nothing has been said yet. */
  opened() {}

  /** What came; a subclass says what it means. */
  read() {}

  #open() {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${this.#address()}`);
    this.#socket = socket;
    this.#heard = performance.now();
    socket.addEventListener("open", () => { if (socket === this.#socket) this.opened(); });
    socket.addEventListener("message", (event) => {
      if (socket !== this.#socket) return;
      this.#heard = performance.now();
      this.read(event.data);
    });
    socket.addEventListener("close", (event) => {
      if (socket === this.#socket) this.#lost(event);
    });
    this.#watch = setInterval(() => {
      if (document.hidden || performance.now() - this.#heard < this.#silent_ms) return;
      this.#check(socket);
    }, 1000);
  }

  async #check(socket) {
    if (this.#asking) return;
    this.#asking = true;
    const answers = this.#alive ? await this.#alive().catch(() => false) : false;
    this.#asking = false;
    if (socket !== this.#socket) return;
    if (answers) {
      this.#heard = performance.now();
      return;
    }
    socket.close(); // its close event may take minutes after a cable was pulled
    if (socket === this.#socket) this.#lost({ code: 0, reason: "" });
  }

  async #lost({ code, reason }) {
    this.#socket = null;
    clearInterval(this.#watch);
    if (this.#stopped) return;
    const wait = WAITS_MS[Math.min(this.#tries, WAITS_MS.length - 1)] * (0.8 + 0.4 * Math.random());
    this.#tries += 1;
    this.emit("lost", { wait_ms: wait, reason });
    if (code === LOCKED || await refused(this.#asked)) {
      this.emit("locked", {});
      return;
    }
    this.#timer = setTimeout(() => this.#open(), wait);
  }

  #hurry() {
    if (this.#socket || !this.#tries || this.#stopped) return;
    this.#open();
  }
}

/** A browser does not tell why a WebSocket was refused, so plain HTTP is asked. */
async function refused(path) {
  try {
    const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(2000) });
    return answer.status === 401;
  } catch {
    return false; // the server cannot be reached, and is tried again
  }
}
