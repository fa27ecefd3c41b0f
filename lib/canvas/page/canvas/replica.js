// This page's side of a map: its own operations show at once, and again on top of what arrives.
// lib/core/canvas/replica.py is the same in Python; both are held to the same vectors.

const FIRST_FIELD = { node: "type", edge: "ends" };
const KINDS = ["node", "edge"];
const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz";

/** Random letters; `from`: how many of the alphabet's are used. */
export function randomId(length, from = 16) {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => LETTERS[byte % from]).join("");
}

const kindOf = (op) => ("edge" in op ? "edge" : "node");
export const placeOf = (op) => `${kindOf(op)} ${op[kindOf(op)]} ${op.field}`;

export const isFirst = (op) => FIRST_FIELD[kindOf(op)] === op.field;
export const nodeOrEdge = kindOf;

/** One field of one item gets a value; null takes the field away. Returns what was touched. */
export function applyOp(items, op) {
  const kind = kindOf(op);
  const id = op[kind];
  let there = items[kind].get(id);
  const empty = op.value === null || op.value === undefined;
  if (!there) {
    if (!isFirst(op) || empty) return null; // it may have been purged
    there = {};
    items[kind].set(id, there);
  }
  if (!empty) there[op.field] = op.value;
  else if (!isFirst(op)) delete there[op.field];
  return id;
}

export class Replica {
  base = { node: new Map(), edge: new Map() };
  shown = { node: new Map(), edge: new Map() };
  pending = [];
  writers = new Map(); // who wrote a field last, as far as operations that arrived have told
  epoch = null;
  seq = null;
  decided = 0;
  n = 0;
  client;

  constructor(client = randomId(20, 36)) {
    this.client = client;
  }

  /** An operation of one's own, which shows at once. */
  write(op) {
    this.n += 1;
    const written = { ...op, n: this.n };
    this.pending.push(written);
    applyOp(this.shown, written);
    return written;
  }

  /** [id, fields] of what is shown: without what lies in the bin. */
  get nodes() {
    return [...this.shown.node].filter(([, fields]) => !fields.deleted);
  }

  /** [id, from, to]: a deleted node takes its edges with it, and brings them back. */
  get edges() {
    const there = (id) => { const fields = this.shown.node.get(id); return fields && !fields.deleted; };
    const live = [...this.shown.edge].filter(([, { ends, deleted }]) => !deleted && ends && ends.every(there));
    return live.map(([id, { ends: [from, to] }]) => [id, from, to]);
  }

  hello() {
    return { what: "hello", protocol: 1, client: this.client, epoch: this.epoch, since: this.seq, n: this.decided };
  }

  /** What is still to be decided, from a number on. */
  send(first = 0) {
    return this.pending.filter((op) => op.n >= first);
  }

  /** Whether it goes on; false: everything was dropped, since the service is not the one whose
   * operations this holds, and hello is to be said anew. */
  welcome(message, freshClient = randomId(20, 36)) {
    const foreign = this.epoch !== null && this.epoch !== message.epoch;
    if (foreign || message.n < this.decided) {
      Object.assign(this, new Replica(freshClient));
      return false;
    }
    this.epoch = message.epoch;
    if (message.whole) {
      this.base = { node: mapOf(message.nodes), edge: mapOf(message.edges) };
      this.seq = message.seq;
      this.writers = new Map();
    } else this.arrived(message);
    this.acknowledged(message.n);
    this.#showAll();
    return true;
  }

  /** Operations in the service's order; what is known already is left out. Returns whose items. */
  arrived({ ops, seq }) {
    const touched = new Set();
    if (this.seq === null) return touched;
    for (const op of ops) {
      if (op.seq <= this.seq) continue;
      const id = applyOp(this.base, op);
      if (id) touched.add(id);
      this.writers.set(placeOf(op), { client: op.client ?? "", n: op.n });
    }
    this.seq = Math.max(this.seq, seq);
    this.#show(touched);
    return touched;
  }

  acknowledged(n) {
    this.decided = Math.max(this.decided, n);
    return this.#dropPending((op) => op.n > n);
  }

  refused(n) {
    return this.#dropPending((op) => op.n !== n);
  }

  gone(ids, seq) {
    for (const id of ids) for (const kind of KINDS) this.base[kind].delete(id);
    this.seq = this.seq === null ? seq : Math.max(this.seq, seq);
    const touched = new Set(ids);
    this.#show(touched);
    return touched;
  }

  #dropPending(stays) {
    const touched = new Set();
    this.pending = this.pending.filter((op) => stays(op) || (touched.add(op[kindOf(op)]), false));
    this.#show(touched);
    return touched;
  }

  #show(ids) {
    for (const id of ids) {
      for (const kind of KINDS) {
        const fields = this.base[kind].get(id);
        if (fields) this.shown[kind].set(id, { ...fields });
        else this.shown[kind].delete(id);
      }
    }
    for (const op of this.pending) if (ids.has(op[kindOf(op)])) applyOp(this.shown, op);
  }

  #showAll() {
    for (const kind of KINDS) this.shown[kind] = new Map([...this.base[kind]].map(([id, fields]) => [id, { ...fields }]));
    for (const op of this.pending) applyOp(this.shown, op);
  }
}

const mapOf = (items) => new Map(Object.entries(items).map(([id, fields]) => [id, { ...fields }]));
