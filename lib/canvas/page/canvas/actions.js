// What can be done on a map, by pointer, key, button or menu alike.

import { setText } from "../dom.js";
import { http } from "../http.js";
import { change } from "./undo.js";
import { LARGEST_BOX, SIDE } from "./model.js";
import { toast } from "./toast.js";

const BESIDE = 96; // between a parent and its child
const BELOW = 32;
const INHERITED = ["prompt", "negative", "width", "height", "steps", "guidance", "model"];
const KINDS = ["image/png", "image/jpeg", "image/webp"];
const UPLOAD_MS = 120000;

export class Actions {
  #model;
  #view;
  #selection;
  describe = null;
  paintDialog = null;
  cards = null;

  constructor(model, view, selection) {
    this.#model = model;
    this.#view = view;
    this.#selection = selection;
  }

  /** A new picture, in the middle of what is seen or at a place. */
  create(place = null, type = "still", fields = {}) {
    if (!this.#may()) return null;
    const [x, y] = place ?? this.#view.middle;
    const at = place ? [x - SIDE / 2, y - SIDE / 2] : this.#free({ x: x - SIDE / 2, y: y - SIDE / 2, width: SIDE, height: SIDE }, 24);
    const id = this.#model.create(type, { at: at.map(Math.round), ...(type === "note" ? { box: [SIDE, 128] } : {}), ...fields });
    this.#selected(id);
    return id;
  }

  /** A child that inherits the prompt and the picture, at a place or beside its parent. */
  child(parentId, place = null, fields = {}) {
    if (!this.#may()) return null;
    const parent = this.#model.node(parentId);
    const box = this.#model.box(parentId);
    const at = place ? [place[0], place[1] - box.height / 2]
      : this.#free({ x: box.x + box.width + BESIDE, y: box.y, width: box.width, height: box.height }, 12);
    const inherited = Object.fromEntries(INHERITED.filter((name) => parent[name] !== undefined && parent.kind !== "outpaint").map((name) => [name, parent[name]]));
    const words = { prompt: parent.prompt, negative: parent.negative };
    const id = this.#model.create("still", { at: at.map(Math.round), ...inherited, ...words, reference: parent.picture, ...fields }, parentId);
    this.#selected(id);
    return id;
  }

  /** What was marked in the dialog is made: in the node itself, or in a child of its parent. */
  async painted(asked, fields) {
    const id = asked.node ?? this.child(asked.parent, null, fields);
    if (!id) return;
    if (asked.node) this.#model.set(id, fields);
    await this.#ask("generate", id);
  }

  paint(asked) {
    const node = asked.parent ? this.#model.node(asked.parent) : null;
    if (asked.parent && !node?.picture) toast("There is no picture yet to paint on");
    else this.paintDialog.open(asked);
  }

  refresh(id) {
    const node = this.#model.node(id);
    const parent = node.parent ? this.#model.node(node.parent) : null;
    if (!parent?.picture) {
      toast("Its parent has no picture");
      return;
    }
    this.#model.set(id, { reference: parent.picture, mask: null });
    toast("Refreshed from its parent", () => this.#model.undo());
  }

  choose(id, sample) {
    if (this.#model.mayEdit(this.#model.node(id))) this.#model.set(id, { chosen: sample });
  }

  retry(id) {
    this.describe.flush();
    return this.#ask("retry", id);
  }

  /** A frame of the live picture becomes a node beside it. */
  async capture(liveId) {
    const id = this.child(liveId, null, {});
    if (id && await this.#ask("capture", id)) toast("Captured");
  }

  remove(ids) {
    const mine = ids.filter((id) => this.#model.node(id) && this.#model.mayEdit(this.#model.node(id)));
    if (!mine.length) {
      if (ids.length) toast("Only its owner can delete it");
      return;
    }
    const next = this.#model.node(mine[0]).parent;
    this.#model.write(mine.map((id) => change("node", id, "deleted", true)));
    if (next && this.#model.node(next)) this.#selection.point(next);
    toast(mine.length > 1 ? `Deleted ${mine.length}` : "Deleted", () => this.restore(mine));
  }

  restore(ids) {
    this.#model.write(ids.map((id) => change("node", id, "deleted", false)));
    this.#selection.set(ids);
    this.#view.fit(ids.filter((id) => this.#model.node(id)).map((id) => this.#model.box(id)), { most: this.#view.zoom });
  }

  /** Files from the desktop or the clipboard become nodes. */
  async files(files, place = null) {
    if (!this.#may()) return;
    let [x, y] = place ?? [];
    for (const file of files) {
      if (!KINDS.includes(file.type)) {
        toast("A picture must be a PNG, JPEG or WebP file");
        continue;
      }
      try {
        const { id: picture } = await http("POST", `/maps/${this.#model.map.id}/pictures`, file, { within_ms: UPLOAD_MS });
        const id = this.create(place && [x, y]);
        await this.#model.room.ask("show", { node: id, picture });
        x += SIDE + BELOW;
      } catch (refusal) {
        toast(refusal.message);
      }
    }
  }

  /** The box of a note that has become too small for its text. */
  roomFor(id, text) {
    const caption = this.cards.element(id)?.querySelector(".caption");
    if (!caption) return {};
    setText(caption, text);
    const { width, height } = this.#model.box(id);
    return caption.scrollHeight > height ? { box: [Math.round(width), Math.min(LARGEST_BOX, caption.scrollHeight)] } : {};
  }

  tapped(id, twice) {
    this.cards.element(id)?.focus({ preventScroll: true });
    if (twice) this.#view.fit([this.#model.box(id)], { most: 2 });
    this.describe.open();
    if (!twice && this.#view.covered.bottom) this.#view.reveal(this.#model.box(id)); // the panel came over it
  }

  focus(id) {
    if (id) this.cards.focus(id);
  }

  fit() {
    this.#view.fit(this.#model.nodes.map(([id, node]) => this.#model.box(id, node)));
  }

  #selected(id) {
    this.#selection.set([id]);
    this.#view.reveal(this.#model.box(id));
    this.describe.open();
  }

  #may() {
    if (!this.#model.you.draws) toast("This page may look and not draw");
    return this.#model.you.draws;
  }

  async #ask(what, node) {
    try {
      await this.#model.room.ask(what, { node });
      return true;
    } catch (refusal) {
      toast(refusal.message);
      return false;
    }
  }

  /** The place, or the nearest one where nothing lies; `along` says how far to the side it may be. */
  #free(box, along) {
    const others = this.#model.nodes.map(([id, node]) => this.#model.box(id, node));
    const lies = ([x, y]) => others.some((other) => x < other.x + other.width + BELOW && x + box.width + BELOW > other.x
      && y < other.y + other.height + BELOW && y + box.height + BELOW > other.y);
    const step = SIDE / 4;
    const places = [];
    for (let across = 0; across <= along; across += 1) {
      for (let down = -30; down <= 30; down += 1) places.push([box.x + across * step, box.y + down * step]);
    }
    const far = ([x, y]) => 2 * Math.abs(x - box.x) + Math.abs(y - box.y) + (y < box.y ? 1 : 0);
    return places.sort((one, other) => far(one) - far(other)).find((place) => !lies(place)) ?? [box.x, box.y];
  }
}
