// The gallery: every picture as a small one, the newest first. One of them is reached by Tab, the
// others by the arrow keys.

import { at, el, setText } from "./dom.js";

const SIDE = 384; // of the small ones
const SEARCH_MS = 250;
const EXAMPLES = ["a red house by the sea", "three sailing boats under a full moon", "a fox in a snowy forest, watercolour"];

export class Gallery {
  #jobs;
  #open;
  #tiles = new Map();
  #onlyMine = false;
  #current = "";
  #timer = 0;
  #near = false;

  /** open: shows a picture large; begin: takes words into the form. */
  constructor(jobs, open, begin) {
    this.#jobs = jobs;
    at("examples").append(...EXAMPLES.map((words) => el("button", { type: "button", click: () => begin(words) }, words)));
    this.#open = open;
    jobs.listen(() => this.#show());
    at("gallery-mine").addEventListener("click", () => {
      this.#onlyMine = !this.#onlyMine;
      at("gallery-mine").setAttribute("aria-pressed", String(this.#onlyMine));
      this.#show();
    });
    at("search").addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#find(), SEARCH_MS);
    });
    at("older").addEventListener("click", () => this.#more());
    at("pictures").addEventListener("keydown", (event) => this.#key(event));
    new IntersectionObserver((seen) => {
      this.#near = seen.at(-1).isIntersecting;
      if (this.#near) this.#more();
    }, { rootMargin: "800px" }).observe(at("older"));
  }

  /** {job, picture} of everything that is shown, in its order. */
  get shown() {
    const made = this.#jobs.made.filter((job) => job.owner_is_me || !this.#onlyMine);
    const all = made.flatMap((job) => job.pictures.map((picture) => ({ job, picture })));
    return all.filter(({ picture }) => !this.#jobs.hidden.has(picture));
  }

  /** What did not come while the service was away is asked for once more. */
  retry() {
    for (const { node } of this.#tiles.values()) {
      const image = node.querySelector("img");
      if (image.complete && !image.naturalWidth) image.src = image.src;
    }
  }

  focus(picture) {
    this.#point(picture);
    this.#tiles.get(picture)?.button.focus();
  }

  async #find() {
    try {
      await this.#jobs.find(at("search").value.trim());
    } catch {
      // The line at the top says that the connection is lost.
    }
  }

  async #more() {
    if (!this.#jobs.hasMore || at("older").disabled) return;
    at("older").disabled = true;
    try {
      await this.#jobs.more();
    } catch {
      this.#near = false;
    }
    at("older").disabled = false;
  }

  #show() {
    const shown = this.shown;
    const ids = new Set(shown.map(({ picture }) => picture));
    for (const [picture, tile] of this.#tiles) {
      if (ids.has(picture)) continue;
      tile.node.remove();
      this.#tiles.delete(picture);
    }
    let there = at("pictures").firstElementChild;
    for (const { job, picture } of shown) {
      const tile = this.#tiles.get(picture) ?? this.#tile(job, picture);
      tile.node.classList.toggle("mine", Boolean(job.owner_is_me));
      if (tile.node === there) there = there.nextElementSibling;
      else at("pictures").insertBefore(tile.node, there);
    }
    if (!ids.has(this.#current)) this.#point(shown[0]?.picture ?? "");
    at("older").hidden = !this.#jobs.hasMore;
    if (this.#near) this.#more();
    this.#empty(shown.length);
  }

  #empty(count) {
    at("no-pictures").hidden = count > 0 || !this.#jobs.loaded;
    const open = this.#jobs.open.length > 0;
    const waits = open && this.#jobs.open.every((job) => job.waits_for);
    const words = this.#jobs.search ? `No prompt has “${this.#jobs.search}” in it.`
      : this.#onlyMine && this.#jobs.made.length ? "None of these is yours yet."
        : waits ? "The first picture is made as soon as a worker is there."
          : open ? "The first picture is on its way." : "No picture yet. Describe one, and it appears here.";
    at("examples").hidden = at("no-pictures").hidden || open || Boolean(this.#jobs.search || this.#jobs.made.length);
    if (!at("no-pictures").hidden) setText(at("no-pictures"), words);
  }

  #tile(job, picture) {
    const { width = 1, height = 1 } = job.params ?? {};
    const image = el("img", { loading: "lazy", decoding: "async", fetchpriority: "low", alt: "", width, height, src: `/pictures/${picture}?side=${SIDE}` });
    const whose = job.owner_is_me ? ", yours" : "";
    const words = job.prompt || "a private picture";
    const button = el("button", {
      type: "button", tabindex: "-1", "aria-label": words + whose, "aria-describedby": "pictures-help",
      click: () => { this.#point(picture); this.#open(picture); },
    }, image, el("span", { class: "caption", dir: "auto", "aria-hidden": "true" }, words));
    const node = el("li", { "data-picture": picture }, button);
    node.style.setProperty("--shape", Math.min(3, Math.max(0.4, width / height)));
    image.addEventListener("load", () => node.classList.add("there"));
    const tile = { node, button };
    this.#tiles.set(picture, tile);
    return tile;
  }

  #point(picture) {
    this.#tiles.get(this.#current)?.button.setAttribute("tabindex", "-1");
    this.#current = picture;
    this.#tiles.get(picture)?.button.setAttribute("tabindex", "0");
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const order = this.shown.map(({ picture }) => picture);
    const from = order.indexOf(this.#current);
    const steps = {
      ArrowLeft: () => from - 1,
      ArrowRight: () => from + 1,
      ArrowUp: () => this.#beside(order, from, -1),
      ArrowDown: () => this.#beside(order, from, 1),
      Home: () => 0,
      End: () => order.length - 1,
    };
    if (from < 0 || !steps[event.key]) return;
    event.preventDefault();
    const to = order[steps[event.key]()];
    if (to) this.focus(to);
  }

  /** The one above or below: rows hold different numbers of pictures. */
  #beside(order, from, step) {
    const box = (index) => this.#tiles.get(order[index])?.node.getBoundingClientRect();
    const here = box(from);
    const middle = here.left + here.width / 2;
    let best = -1;
    let row = null;
    for (let index = from + step; index >= 0 && index < order.length; index += step) {
      const there = box(index);
      if (Math.abs(there.top - here.top) < 2) continue;
      row ??= there.top;
      if (Math.abs(there.top - row) > 2) break;
      const far = Math.abs(there.left + there.width / 2 - middle);
      if (best < 0 || far < Math.abs(box(best).left + box(best).width / 2 - middle)) best = index;
    }
    return best;
  }
}
