// The page's connection: what happens to stills comes through it, numbered. After a loss it goes on
// where it was, and the service says the whole state once more.

import { Connection } from "./connection.js";

const SILENT_MS = 10000; // nothing need happen for longer: then the server is asked
const ASK_MS = 4000;

export class Events extends Connection {
  #seq = null;

  constructor() {
    super({
      address: () => (this.#seq === null ? "/events" : `/events?since=${this.#seq}`),
      asked: "/jobs?limit=1",
      silent_ms: SILENT_MS,
      alive: async () => {
        const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(ASK_MS) });
        return answer.status > 0;
      },
    });
  }

  read(data) {
    const message = JSON.parse(data);
    this.settled();
    if (Number.isFinite(message.seq)) this.#seq = message.seq;
    this.emit(message.job ? "job" : message.what, message);
  }
}
