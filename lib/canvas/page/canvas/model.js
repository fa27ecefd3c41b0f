// What the page knows of a map: its nodes and edges as they are shown, who is there, how far pictures
// are. Everything on the page reads this, and changes go through it.

import { randomId, Replica } from "./replica.js";
import { Room } from "./room.js";
import { change, Undo } from "./undo.js";

export const SIDE = 256; // of a square node, in map units; others have the same area
const NARROWEST = 0.4;
const SMALLEST_BOX = 48; // the service takes 32
export const LARGEST_BOX = 4096;
const KINDS = ["node", "edge"];

export class MapModel {
  #listeners = new Map();
  #replica = new Replica();
  #undo = new Undo(this.#replica);
  room;
  map = null;
  you = { person: "", name: "", operator: false, wall: false, draws: false, who: "", colour: 0 };
  limits = {};
  people = new Map(); // by person
  faces = new Map(); // by connection: its person
  progress = new Map(); // by node
  dragged = new Map(); // by node: where somebody holds it now
  sized = new Map(); // by node: how large it is being made here

  constructor(ref) {
    this.room = new Room(ref, this.#replica);
    const on = (what, told) => this.room.on(what, told);
    on("welcome", (message) => this.#welcome(message));
    on("foreign", () => this.#undo.drop());
    on("ops", (message) => this.#touched(this.#replica.arrived(message)));
    on("ack", ({ n }) => this.#touched(this.#replica.acknowledged(n)));
    on("refused", (message) => this.#refused(message));
    on("gone", ({ ids, seq }) => this.#touched(this.#replica.gone(ids, seq)));
    on("people", ({ people }) => this.#peopled(people));
    on("presence", (message) => this.#present(message));
    on("progress", ({ nodes }) => this.#progressed(nodes));
    on("map", ({ map }) => { this.map = map; this.#tell("map"); });
    on("lost", () => { this.dragged.clear(); this.#tell("step"); });
  }

  listen(what, told) {
    this.#listeners.set(what, [...(this.#listeners.get(what) ?? []), told]);
  }

  // --- what there is

  node(id) {
    const fields = this.#replica.shown.node.get(id);
    return fields && !fields.deleted ? fields : null;
  }

  /** [id, fields] of each node that is shown. */
  get nodes() {
    return this.#replica.nodes;
  }

  /** [id, fields] of what was deleted and can be brought back, the latest first. */
  get bin() {
    const deleted = [...this.#replica.shown.node].filter(([, fields]) => fields.deleted);
    return deleted.sort(([, a], [, b]) => (b.deleted_s ?? 2e9) - (a.deleted_s ?? 2e9));
  }

  /** [id, from, to] of each edge between shown nodes. */
  get edges() {
    return this.#replica.edges;
  }

  get isEverUsed() {
    return this.#replica.shown.node.size > 0;
  }

  /** Whether everything that was done here has arrived. */
  get waiting() {
    return this.#replica.pending.length;
  }

  isMine(node) {
    return node.owner ? node.owner === this.you.person : this.you.draws; // without an owner it is on its way
  }

  mayEdit(node) {
    return this.isMine(node) || this.you.operator;
  }

  ownerOf(node) {
    return this.people.get(node.owner) ?? (this.isMine(node) ? this.people.get(this.you.person) : null);
  }

  nameOf(node) {
    return this.ownerOf(node)?.name || "Somebody";
  }

  colourOf(node) {
    return this.ownerOf(node)?.colour ?? this.you.colour;
  }

  /** Where a node is drawn, and how large. */
  box(id, node = this.node(id)) {
    const [x, y] = this.dragged.get(id) ?? node.at ?? [0, 0];
    const sized = this.sized.get(id) ?? node.box;
    if (sized && node.type !== "still") return { x, y, width: sized[0], height: sized[1] };
    const [wide, high] = node.shape ?? [node.width ?? 1, node.height ?? 1];
    const shape = Math.min(1 / NARROWEST, Math.max(NARROWEST, wide / high || 1));
    const side = sized ? Math.sqrt(sized[0] * sized[1]) : SIDE; // a picture keeps its own shape
    return { x, y, width: side * Math.sqrt(shape), height: side / Math.sqrt(shape) };
  }

  /** Samples of which none has been chosen yet. */
  staged(node) {
    const samples = node.samples ?? [];
    return samples.length > 1 && !samples.includes(node.chosen) ? samples : [];
  }

  /** As a job of the queue is told. */
  jobOf(id, node) {
    return { state: node.state, error: node.error, owner_is_me: true, ...this.progress.get(id) };
  }

  isOpen(id, node) {
    return ["queued", "running"].includes(this.progress.get(id)?.state ?? node.state) && ["queued", "running"].includes(node.state);
  }

  // --- what is done

  /** One gesture: these changes together, which can be taken back together. */
  write(changes) {
    if (!changes.length) return;
    this.#undo.write(changes);
    this.#written(changes);
  }

  set(id, fields) {
    const node = this.#replica.shown.node.get(id) ?? {};
    const differ = Object.entries(fields).filter(([name, value]) => JSON.stringify(node[name] ?? null) !== JSON.stringify(value));
    this.write(differ.map(([name, value]) => change("node", id, name, value)));
  }

  /** A new node, with an edge from its parent where it has one; returns its id. */
  create(type, fields, parent = null) {
    const id = randomId(16);
    const changes = [change("node", id, "type", type)];
    for (const [name, value] of Object.entries(fields)) {
      if (value !== null && value !== undefined && value !== "") changes.push(change("node", id, name, value));
    }
    if (parent) changes.push(change("node", id, "parent", parent), change("edge", randomId(16), "ends", [parent, id]));
    this.write(changes);
    return id;
  }

  undo() {
    return this.#turned(this.#undo.undo());
  }

  redo() {
    return this.#turned(this.#undo.redo());
  }

  get canUndo() {
    return this.#undo.canUndo;
  }

  get canRedo() {
    return this.#undo.canRedo;
  }

  /** Hold nodes somewhere for now; null: they are let go. */
  hold(places) {
    const held = Object.keys(places ?? {});
    if (places) for (const id of held) this.dragged.set(id, places[id]);
    this.room.pass("drag", { nodes: places ?? {} });
    this.#tell("moved", new Set(held));
  }

  /** Nodes are let go where they are held. */
  drop(ids) {
    const changes = [];
    for (const id of ids) {
      const place = this.dragged.get(id);
      this.dragged.delete(id);
      if (place && this.node(id)) changes.push(change("node", id, "at", place.map(Math.round)));
    }
    this.room.pass("drag", { nodes: {} });
    this.write(changes);
  }

  /** A node is being made so large. */
  size(id, box) {
    this.sized.set(id, box.map((length) => Math.min(LARGEST_BOX, Math.max(SMALLEST_BOX, Math.round(length)))));
    this.#tell("moved", new Set([id]));
  }

  /** It stays so large, or as large as it was. */
  sizeEnd(id, keep = true) {
    const box = this.sized.get(id);
    this.sized.delete(id);
    if (keep && box && this.node(id)) this.set(id, { box });
    else this.#tell("moved", new Set([id]));
  }

  // --- what comes

  #welcome(message) {
    this.map = message.map;
    this.you = { ...message.you, who: String(message.you.who) };
    this.limits = message.limits ?? {};
    this.progress = new Map(Object.entries(message.progress ?? {}));
    this.dragged.clear();
    this.#peopled(message.people);
    this.#tell("map");
    this.#tell("you");
    this.#tell("nodes", null);
    this.#tell("step");
  }

  #refused(message) {
    const op = this.#replica.pending.find((one) => one.n === message.n);
    this.#touched(this.#replica.refused(message.n));
    this.#tell("refused", { ...message, op });
  }

  #peopled(people) {
    this.people = new Map(people.map((person) => [person.person, person]));
    this.faces = new Map(people.flatMap((person) => person.who.map((who) => [String(who), person])));
    this.#tell("people");
  }

  #present({ people }) {
    const moved = new Set();
    for (const [who, { drag }] of Object.entries(people)) {
      if (who === this.you.who || !drag) continue;
      for (const [id, place] of this.dragged) if (place.who === who && !drag[id]) { this.dragged.delete(id); moved.add(id); }
      for (const [id, at] of Object.entries(drag)) { this.dragged.set(id, Object.assign([...at], { who })); moved.add(id); }
    }
    this.#tell("presence", people);
    if (moved.size) this.#tell("moved", moved);
  }

  #progressed(nodes) {
    for (const [id, progress] of Object.entries(nodes)) this.progress.set(id, progress);
    this.#tell("progress", new Set(Object.keys(nodes)));
  }

  #turned(ops) {
    this.#written(ops);
    return ops.length;
  }

  #written(changes) {
    this.room.send();
    this.#touched(new Set(changes.flatMap((one) => KINDS.map((kind) => one[kind]).filter(Boolean))));
  }

  #touched(ids) {
    if (ids.size) {
        this.#tell("nodes", ids);
    }
    this.#tell("step");
  }

  #tell(what, more) {
    for (const told of this.#listeners.get(what) ?? []) told(more);
  }
}
