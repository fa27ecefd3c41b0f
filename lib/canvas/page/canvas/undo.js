// Undo of this person's own gestures: counter-operations that yield where somebody wrote later.
// Gestures are taken back in their order, so what stands in a field then is the gesture's own value,
// or one of this page that takes back a later gesture: `over` names that operation.
// lib/core/canvas/undo.py is the same in Python; both are held to the same vectors.

import { isFirst, nodeOrEdge, placeOf } from "./replica.js";

const MOST_GESTURES = 100;

/** A field that is to be written. */
export const change = (kind, id, field, value) => ({ [kind]: id, field, value });

export class Undo {
  #replica;
  #undo = [];
  #redo = [];
  #first = new Map(); // by field: operations before this number were written over by somebody else

  constructor(replica) {
    this.#replica = replica;
  }

  get canUndo() {
    return this.#undo.length > 0;
  }

  get canRedo() {
    return this.#redo.length > 0;
  }

  /** One gesture, written through the replica, so that it is known what stood there before. */
  write(changes) {
    const group = this.#written(changes);
    this.#undo = [...this.#undo, group].slice(-MOST_GESTURES);
    this.#redo = [];
    return group.map(({ op }) => op);
  }

  /** Take the last gesture back; what somebody has written over since stays. */
  undo() {
    return this.#turnBack(this.#undo, this.#redo);
  }

  redo() {
    return this.#turnBack(this.#redo, this.#undo);
  }

  drop() {
    this.#undo.length = this.#redo.length = 0;
    this.#first.clear();
  }

  #turnBack(from, to) {
    const group = from.pop();
    if (!group) return [];
    const created = new Set(group.filter(({ op }) => isFirst(op)).map(({ op }) => idOf(op)));
    const counter = [];
    for (const { op, before } of group.toReversed()) {
      const kind = nodeOrEdge(op);
      if (isFirst(op)) counter.push(change(kind, op[kind], "deleted", true));
      else if (!created.has(op[kind])) {
        const over = this.#standing(op);
        if (over) counter.push({ ...change(kind, op[kind], op.field, before), over });
      }
    }
    const back = this.#written(counter);
    if (back.length) to.push(back);
    return back.map(({ op }) => op);
  }

  /** The number of this page's operation that stands in the field; 0: somebody else's does. */
  #standing(op) {
    const place = placeOf(op);
    if (op.n < (this.#first.get(place) ?? 0)) return 0;
    const mine = this.#replica.pending.filter((one) => placeOf(one) === place);
    if (mine.length) return mine.at(-1).n;
    const writer = this.#replica.writers.get(place);
    if (!writer) return op.n;
    return writer.client === this.#replica.client ? writer.n : 0;
  }

  #written(changes) {
    return changes.map((one) => {
      this.#noteOthers(one);
      const there = this.#replica.shown[nodeOrEdge(one)].get(idOf(one))?.[one.field];
      const before = one.field === "deleted" ? Boolean(there) : there ?? null;
      return { op: this.#replica.write(one), before };
    });
  }

  #noteOthers(one) {
    const place = placeOf(one);
    if (this.#replica.pending.some((op) => placeOf(op) === place)) return;
    if (this.#replica.writers.get(place)?.client !== this.#replica.client) this.#first.set(place, this.#replica.n + 1);
  }
}

const idOf = (one) => one[nodeOrEdge(one)];
