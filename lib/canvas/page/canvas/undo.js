// Undo of this person's own gestures: counter-operations that yield where somebody wrote later.
// lib/core/canvas/undo.py is the same in Python; both are held to the same vectors.

import { isFirst, nodeOrEdge } from "./replica.js";

const MOST_GESTURES = 100;

/** A field that is to be written. */
export const change = (kind, id, field, value) => ({ [kind]: id, field, value });

export class Undo {
  #replica;
  #undo = [];
  #redo = [];

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
  }

  #turnBack(from, to) {
    const group = from.pop();
    if (!group) return [];
    let counter = [];
    for (const { op, before } of group.toReversed()) {
      const kind = nodeOrEdge(op);
      if (isFirst(op)) counter.push(change(kind, op[kind], "deleted", true));
      else if (!this.#replica.isOverwritten(op)) counter.push({ ...change(kind, op[kind], op.field, before), over: op.n });
    }
    const created = new Set(counter.filter(({ field, over }) => field === "deleted" && !over).map(idOf));
    counter = counter.filter((one) => !one.over || !created.has(idOf(one)));
    const back = this.#written(counter);
    if (back.length) to.push(back);
    return back.map(({ op }) => op);
  }

  #written(changes) {
    return changes.map((one) => {
      const kind = nodeOrEdge(one);
      const there = this.#replica.shown[kind].get(one[kind])?.[one.field];
      const before = one.field === "deleted" && there === undefined ? !one.value : there ?? null;
      return { op: this.#replica.write(one), before };
    });
  }
}

const idOf = (one) => one[nodeOrEdge(one)];
