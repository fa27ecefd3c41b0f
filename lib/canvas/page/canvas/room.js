// The line to a map: operations, questions and what is passing go out, everybody's come in. After a
// loss it goes on where it was.

import { Connection } from "../connection.js";
import { randomId } from "./replica.js";

const SILENT_MS = 12000; // the service says every five seconds that it is there
const PASSING_MS = 50; // between two messages of where the pointer is
export const ENDS = ["password", "gone", "deleted"]; // trying again would not help
const MOST_OPS = 200;
const LONGEST = 40000; // bytes of a message, at most 64 kB with room for what UTF-8 makes of it

export class Room extends Connection {
  #replica;
  #sent = 0; // the highest number that went out over this line
  #here = false;
  #asked = new Map();
  #passing = {};
  #timer = 0;
  #slow = 0;

  constructor(map, replica) {
    super({ address: () => `/maps/sync?map=${encodeURIComponent(map)}`, asked: "/maps", silent_ms: SILENT_MS });
    this.#replica = replica;
    this.on("lost", () => { this.#here = false; });
  }

  get isHere() {
    return this.#here;
  }

  opened() {
    this.#sent = 0;
    this.tell(this.#replica.hello());
  }

  read(data) {
    const message = JSON.parse(data);
    if (message.what === "welcome") {
      this.settled();
      if (!this.#replica.welcome(message)) {
        this.emit("foreign", {});
        this.renew();
        return;
      }
      this.#here = true;
      this.#sent = 0;
      this.emit("welcome", message);
      this.send();
      for (const { message: question } of this.#asked.values()) this.tell(question);
      return;
    }
    if (message.what === "again") this.#sendAgain(message.n);
    if (message.what === "slow") this.#waits(message.wait_ms);
    if (message.what === "answer") this.#answered(message);
    if (message.what === "reset") this.renew();
    if (message.what === "closed" && ENDS.includes(message.why)) this.stop();
    this.emit(message.what, message);
  }

  /** Send what was written and has not gone out. */
  send() {
    if (!this.#here || this.#slow) return;
    let ops = [];
    let length = 0;
    const tell = () => {
      if (ops.length && this.tell({ what: "ops", ops })) this.#sent = ops.at(-1).n;
      ops = [];
      length = 0;
    };
    for (const op of this.#replica.send(this.#sent + 1)) {
      const long = JSON.stringify(op).length;
      if (ops.length >= MOST_OPS || length + long > LONGEST) tell();
      ops.push(op);
      length += long;
    }
    tell();
  }

  /** Ask for something that is done at the service; a refusal is an Error with its sentence. */
  ask(what, more = {}) {
    this.send(); // the service does it with what was written before
    const id = randomId(16);
    const message = { what: "ask", ask: id, do: what, ...more };
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { message, resolve, reject });
      if (this.#here) this.tell(message);
    });
  }

  /** Tell what is not kept: where the pointer is, what is being dragged. The newest counts. */
  pass(what, more) {
    this.#passing[what] = more;
    this.#timer ||= setTimeout(() => {
      this.#timer = 0;
      if (this.#here) for (const [name, told] of Object.entries(this.#passing)) this.tell({ what: name, ...told });
      this.#passing = {};
    }, PASSING_MS);
  }

  #sendAgain(n) {
    this.#sent = n - 1;
    this.send();
  }

  #waits(ms) {
    clearTimeout(this.#slow);
    this.#slow = setTimeout(() => {
      this.#slow = 0;
      this.send();
    }, ms);
  }

  #answered({ ask, ok, detail, ...more }) {
    const question = this.#asked.get(ask);
    if (!question) return;
    this.#asked.delete(ask);
    if (ok) question.resolve({ detail, ...more });
    else question.reject(new Error(detail));
  }
}
