// What mouse, pen and fingers do on the map: pan, zoom, select, move nodes, draw an edge to a child.

import { at, isWriting } from "../dom.js";

const BEGINS = { mouse: 4, pen: 6, touch: 10 }; // pixels before a press becomes a drag
const WHEEL = 0.0022;
const NOTCH = 50; // a mouse's wheel turns by at least so much, a trackpad by less
const DOUBLE_MS = 350;
const LINK_LEAST = 40; // of the map: below that, the handle was only pressed

export class Gestures {
  #map = at("map");
  #model;
  #view;
  #selection;
  #edges;
  #acts;
  #pointers = new Map();
  #drag = null;
  #tapped = { time: 0, x: 0, y: 0 };
  #space = false;
  locked = false;

  constructor(model, view, selection, edges, acts) {
    this.#model = model;
    this.#view = view;
    this.#selection = selection;
    this.#edges = edges;
    this.#acts = acts;
    const on = (name, told, how) => this.#map.addEventListener(name, told, how);
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#cancel(event));
    // A node that a finger came down on loses the finger to the map, which is no end.
    on("lostpointercapture", (event) => { if (event.target === this.#map && this.#pointers.has(event.pointerId)) this.#cancel(event); });
    on("pointerleave", () => this.#model.room.pass("cursor", { at: null }));
    on("wheel", (event) => this.#wheel(event), { passive: false });
    on("contextmenu", (event) => { if (this.#drag?.began) event.preventDefault(); });
    addEventListener("keydown", (event) => { if (event.key === " " && !isWriting(event.target)) this.#hand(true); });
    addEventListener("keyup", (event) => { if (event.key === " ") this.#hand(false); });
    addEventListener("blur", () => this.#hand(false));
  }

  #hand(on) {
    this.#space = on;
    this.#map.classList.toggle("hand", on);
  }

  #down(event) {
    this.#pointers.set(event.pointerId, [event.clientX, event.clientY]);
    if (this.#pointers.size === 2) {
      this.#abandon();
      this.#drag = this.#pinch();
      return;
    }
    if (this.#pointers.size > 2 || event.button > 1) return;
    if (document.activeElement !== document.body && !this.#map.contains(document.activeElement)) document.activeElement.blur();
    const { target } = event;
    const id = target.closest(".node")?.dataset.id ?? null;
    const common = { pointer: event.pointerId, x: event.clientX, y: event.clientY, began: false, id, type: event.pointerType, shift: event.shiftKey };
    if (target.closest(".handle") && !this.locked) this.#drag = { ...common, kind: "link" };
    else if (target.closest(".corner") && !this.locked) this.#drag = { ...common, kind: "size", from: this.#model.box(id) };
    else if (target.closest("button, a, input")) this.#pointers.delete(event.pointerId); // it is pressed
    else if (event.button === 1 || this.#space) this.#drag = { ...common, kind: "pan" };
    else if (id && this.#mayMove(id, event)) this.#drag = { ...common, kind: "move" };
    else if (event.shiftKey && !id) this.#drag = { ...common, kind: "frame" };
    else this.#drag = { ...common, kind: "pan" };
    if (event.button === 1) event.preventDefault(); // the browser would scroll by itself
  }

  /** A finger moves only what is selected: else it would move nodes where it means the map. */
  #mayMove(id, event) {
    if (this.locked || !this.#model.mayEdit(this.#model.node(id))) return false;
    return event.pointerType !== "touch" || this.#selection.has(id);
  }

  #move(event) {
    if (event.pointerType !== "touch") this.#model.room.pass("cursor", { at: this.#view.toMap(event).map(Math.round) });
    if (!this.#pointers.has(event.pointerId)) return;
    this.#pointers.set(event.pointerId, [event.clientX, event.clientY]);
    const drag = this.#drag;
    if (!drag) return;
    if (drag.kind === "pinch") this.#pinched();
    else if (drag.pointer === event.pointerId) this.#dragged(drag, event);
  }

  #dragged(drag, event) {
    if (!drag.began) {
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < (BEGINS[drag.type] ?? 4)) return;
      drag.began = true;
      this.#map.setPointerCapture(event.pointerId);
      this.#begin(drag);
    }
    const [across, down] = [event.clientX - drag.x, event.clientY - drag.y];
    if (drag.kind === "pan") {
      this.#view.panBy(across, down);
      Object.assign(drag, { x: event.clientX, y: event.clientY });
    } else if (drag.kind === "move") {
      const by = [across / this.#view.zoom, down / this.#view.zoom];
      this.#model.hold(Object.fromEntries(drag.from.map(([id, [x, y]]) => [id, [x + by[0], y + by[1]].map(Math.round)])));
    } else if (drag.kind === "size") {
      const { width, height } = drag.from;
      this.#model.size(drag.id, sizedBy(this.#model.node(drag.id), width, height, across / this.#view.zoom, down / this.#view.zoom));
    } else if (drag.kind === "link") this.#edges.linking(drag.id, this.#view.toMap(event));
    else this.#framed(drag, event);
  }

  #begin(drag) {
    this.#map.classList.add(`drags-${drag.kind}`);
    if (drag.kind === "move") {
      if (!this.#selection.has(drag.id)) this.#selection.set([drag.id]);
      const mine = this.#selection.ids.filter((id) => this.#model.mayEdit(this.#model.node(id)));
      drag.from = mine.map((id) => { const { x, y } = this.#model.box(id); return [id, [x, y]]; });
    }
    if (drag.kind === "frame") drag.corner = this.#view.toMap({ clientX: drag.x, clientY: drag.y });
  }

  /** A frame is drawn around nodes: those in it are selected. */
  #framed(drag, event) {
    const [x, y] = this.#view.toMap(event);
    const [left, right] = [Math.min(x, drag.corner[0]), Math.max(x, drag.corner[0])];
    const [top, bottom] = [Math.min(y, drag.corner[1]), Math.max(y, drag.corner[1])];
    const { style } = at("frame");
    at("frame").hidden = false;
    style.transform = `translate(${left}px, ${top}px)`;
    style.width = `${right - left}px`;
    style.height = `${bottom - top}px`;
    const inside = this.#model.nodes.filter(([id, node]) => {
      const box = this.#model.box(id, node);
      return box.x < right && box.x + box.width > left && box.y < bottom && box.y + box.height > top;
    });
    this.#selection.set(inside.map(([id]) => id));
  }

  #up(event) {
    const drag = this.#drag;
    this.#pointers.delete(event.pointerId);
    if (!drag) return;
    if (drag.kind === "pinch") {
      this.#drag = this.#rest();
      return;
    }
    if (drag.pointer !== event.pointerId) return;
    this.#drag = null;
    if (drag.began) this.#end(drag, event);
    else this.#tap(drag, event);
  }

  #end(drag, event) {
    this.#calm();
    if (drag.kind === "move") this.#model.drop(drag.from.map(([id]) => id));
    if (drag.kind === "size") this.#model.sizeEnd(drag.id);
    if (drag.kind !== "link") return;
    const to = this.#view.toMap(event);
    const over = document.elementFromPoint(event.clientX, event.clientY)?.closest(".node")?.dataset.id;
    const box = this.#model.box(drag.id);
    const far = Math.hypot(to[0] - box.x - box.width, to[1] - box.y - box.height / 2);
    if (!over || over !== drag.id) this.#acts.child(drag.id, far > LINK_LEAST && !over ? to : null);
  }

  #tap(drag, event) {
    if (drag.kind === "link") {
      this.#acts.child(drag.id, null);
      return;
    }
    const now = performance.now();
    const twice = now - this.#tapped.time < DOUBLE_MS && Math.hypot(event.clientX - this.#tapped.x, event.clientY - this.#tapped.y) < 24;
    this.#tapped = { time: twice ? 0 : now, x: event.clientX, y: event.clientY };
    if (drag.id) {
      if (drag.shift) this.#selection.toggle(drag.id);
      else this.#selection.set([drag.id]);
      this.#acts.tapped(drag.id, twice);
    } else if (twice) this.#acts.create(this.#view.toMap(event));
    else this.#selection.clear();
  }

  #cancel(event) {
    this.#pointers.delete(event.pointerId);
    if (this.#drag?.kind === "pinch") this.#drag = this.#rest();
    else if (this.#drag?.pointer === event.pointerId) this.#abandon();
  }

  /** What was being dragged stays where it was. */
  #abandon() {
    const drag = this.#drag;
    this.#drag = null;
    this.#calm();
    if (drag?.kind === "size" && drag.began) this.#model.sizeEnd(drag.id, false);
    if (drag?.kind === "move" && drag.began) {
      for (const [id] of drag.from) this.#model.dragged.delete(id);
      this.#model.hold(null);
      this.#model.drop([]);
    }
  }

  #calm() {
    this.#map.classList.remove("drags-pan", "drags-move", "drags-link", "drags-frame", "drags-size");
    this.#edges.linking(null);
    at("frame").hidden = true;
  }

  #pinch() {
    const [[ax, ay], [bx, by]] = [...this.#pointers.values()];
    return { kind: "pinch", far: Math.hypot(ax - bx, ay - by), x: (ax + bx) / 2, y: (ay + by) / 2 };
  }

  #pinched() {
    if (this.#pointers.size < 2) return;
    const next = this.#pinch();
    const box = this.#map.getBoundingClientRect();
    this.#view.panBy(next.x - this.#drag.x, next.y - this.#drag.y);
    this.#view.zoomBy(next.far / Math.max(1, this.#drag.far), [next.x - box.left, next.y - box.top]);
    this.#drag = next;
  }

  /** One finger has left: the other goes on and pans. */
  #rest() {
    const [left] = this.#pointers;
    if (!left || this.#pointers.size > 1) return this.#pointers.size > 1 ? this.#pinch() : null;
    const [pointer, [x, y]] = left;
    return { kind: "pan", pointer, x, y, began: true, id: null, type: "touch" };
  }

  #wheel(event) {
    event.preventDefault();
    const scale = event.deltaMode === 1 ? 33 : event.deltaMode === 2 ? 400 : 1;
    const [across, down] = [event.deltaX * scale, event.deltaY * scale];
    const box = this.#map.getBoundingClientRect();
    const place = [event.clientX - box.left, event.clientY - box.top];
    if (event.ctrlKey || event.metaKey) this.#view.zoomBy(Math.exp(-down * WHEEL * (Math.abs(down) < NOTCH ? 4 : 1)), place);
    else if (event.shiftKey) this.#view.panBy(-(across || down), 0);
    else if (across || (event.deltaMode === 0 && Math.abs(down) < NOTCH)) this.#view.panBy(-across, -down);
    else this.#view.zoomBy(Math.exp(-down * WHEEL), place);
  }
}

/** A note becomes as wide and high as it is drawn, a picture keeps its shape. */
export function sizedBy(node, width, height, across, down) {
  if (node?.type !== "still") return [width + across, height + down];
  const by = Math.max((width + across) / width, (height + down) / height, 0.05);
  return [width * by, height * by];
}
