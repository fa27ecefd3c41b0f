// What is played, as in the session of the control process, and how to change it.

export class Session {
  #live;
  #listeners = [];
  params = {};
  number = 0;
  table = [];
  byField = new Map();
  entries = [];
  you = "";

  constructor(live) {
    this.#live = live;
    live.on("hello", (message) => {
      this.table = message.table;
      this.byField = new Map(message.table.map((control) => [control.field, control]));
      this.entries = message.entries ?? [];
      this.you = message.you ?? "";
      this.number = message.number;
      this.params = message.params;
      this.#tell();
    });
    live.on("played", (message) => {
      // The server sends the entries of a thirtieth of a second together.
      const entries = message.entries ?? [message.entry].filter(Boolean);
      if (entries.length) this.entries = withoutCounted([...this.entries, ...entries]).slice(-200);
      if (message.number >= this.number) {
        this.number = message.number;
        this.params = message.params;
      }
      this.#tell();
    });
  }

  listen(told) {
    this.#listeners.push(told);
  }

  /** more: { sure: true } where a second press has confirmed it. */
  async play(change, glide_ms = null, more = {}) {
    return this.#take(await this.#live.ask({ type: "play", change, glide_ms, ...more }));
  }

  async undo() {
    return this.#take(await this.#live.ask({ type: "undo" }));
  }

  async redo() {
    return this.#take(await this.#live.ask({ type: "redo" }));
  }

  /** An answer often comes before the broadcast of its change: sliders must not jump back. */
  #take(entry) {
    if (entry && !entry.refused && entry.number > this.number) {
      this.number = entry.number;
      this.params = { ...this.params, ...entry.change };
      this.#tell();
    }
    return entry;
  }

  #tell() {
    for (const told of this.#listeners) told();
  }
}

/** An equal refusal comes again with its count, in place of the entry before. */
function withoutCounted(entries) {
  const last = new Map();
  for (const entry of entries) if (entry.refused) last.set(said(entry), entry);
  return entries.filter((entry) => !entry.refused || !(last.get(said(entry)).times > entry.times));
}

const said = ({ door, who, action, refused, change }) => JSON.stringify([door, who, action, refused, change]);
