// What the page knows of jobs: those that are open, and those that have pictures.

import { http } from "./http.js";

const OPEN = ["queued", "running"];
const MOST_FAILED = 5;
const PAGE = 60; // jobs of the gallery that are read at once
const MOST_LISTED = 200;
const NOT_KEPT = "The service was started again, and nothing is kept of private jobs.";
const TELL_MS = 60; // events that come together are shown together

const isOpen = (job) => OPEN.includes(job.state);

export class Jobs {
  #listeners = [];
  #known = new Map();
  #gallery = []; // newest first
  #private = new Map(); // finished ones of ours, which are in no gallery
  #dismissed = new Set();
  #reading = new Map();
  #telling = 0;
  #search = "";
  #searches = 0;
  hidden = new Set(); // pictures that are being deleted
  hasMore = false;
  loaded = false;

  constructor(events) {
    events.on("state", (state) => this.#begin(state));
    events.on("places", ({ places }) => this.#placed(places));
    events.on("job", (event) => this.#happened(event));
  }

  listen(told) {
    this.#listeners.push(told);
  }

  /** Running first, then by their place. */
  get open() {
    return [...this.#known.values()].filter(isOpen).sort((a, b) => rank(a) - rank(b));
  }

  /** My latest that came to nothing, until they are dismissed. */
  get failed() {
    const mine = [...this.#known.values()].filter((job) => job.state === "failed" && job.owner_is_me);
    return mine.filter((job) => !this.#dismissed.has(job.id)).slice(-MOST_FAILED).reverse();
  }

  /** Jobs with pictures, the newest first. */
  get made() {
    return [...[...this.#private.values()].filter((job) => fits(job, this.#search)), ...this.#gallery];
  }

  get search() {
    return this.#search;
  }

  of(id) {
    return this.#known.get(id) ?? this.#private.get(id) ?? this.#gallery.find((job) => job.id === id);
  }

  dismiss(id) {
    this.#dismissed.add(id);
    this.#tell();
  }

  /** The job itself comes with its event, as for everybody. */
  ask(request) {
    return http("POST", "/jobs", request);
  }

  async cancel(id, { all = false } = {}) {
    await http("DELETE", `/jobs/${id}?${all ? "all" : "stop"}=1`);
  }

  async find(words) {
    this.#search = words;
    await this.#readGallery();
  }

  async more() {
    const last = this.#gallery.at(-1);
    if (last) await this.#readGallery(last.number);
  }

  changed() {
    this.#tell();
  }

  /** All that is open, as the service says it to a page that comes or comes back. */
  async #begin({ jobs }) {
    const there = new Set(jobs.map((job) => job.id));
    const known = [...this.#known.values()];
    const failed = known.filter((job) => job.state === "failed");
    const ours = [...known.filter((job) => isOpen(job) && isOurs(job)), ...this.#private.values()];
    this.#known = new Map([...failed, ...jobs].map((job) => [job.id, job]));
    this.#tell();
    try {
      await this.#readGallery();
      const { jobs: listed } = await http("GET", `/jobs?limit=${MOST_LISTED}`);
      for (const job of listed) if (isOurs(job) && job.state === "done") this.#take(job);
      await Promise.all(ours.filter((job) => !there.has(job.id)).map((job) => this.#look(job)));
    } catch {
      // The connection is lost again; it reads everything when it is back.
    }
  }

  /** A private job of ours is gone with the service that made it, and that is said. */
  async #look(job) {
    try {
      this.#take(await http("GET", `/jobs/${job.id}`));
    } catch (refusal) {
      if (refusal.status !== 404) throw refusal;
      this.#drop(job.id);
      if (isOpen(job)) this.#take({ ...job, state: "failed", error: NOT_KEPT });
    }
  }

  async #readGallery(before = "") {
    this.#searches += 1;
    const mine = this.#searches;
    const query = new URLSearchParams({ limit: PAGE });
    if (before) query.set("before", before);
    if (this.#search) query.set("q", this.#search);
    const { jobs, more } = await http("GET", `/gallery?${query}`);
    if (mine !== this.#searches) return; // other words were typed meanwhile
    const first = before ? this.#gallery : [];
    const seen = new Set(first.map((job) => job.id));
    this.#gallery = [...first, ...jobs.filter((job) => !seen.has(job.id))];
    this.hasMore = more;
    this.loaded = true;
    this.#tell();
  }

  /** An event says all of its job; only of a private one its words are asked for. */
  #happened({ seq, job: id, what, ...facts }) {
    const known = this.#known.get(id);
    if (what === "progress" && known) this.#take({ ...known, ...facts });
    else if (what === "progress" || (facts.private && facts.owner_is_me)) this.#read(id);
    else if (facts.state) this.#take({ id, ...facts });
    else this.#drop(id); // with its last picture a job is forgotten
  }

  #placed(places) {
    for (const [id, place] of Object.entries(places)) {
      const known = this.#known.get(id);
      if (known) this.#known.set(id, { ...known, ...place });
    }
    this.#tell();
  }

  /** Read a job, once more if something happened to it meanwhile. */
  async #read(id) {
    if (this.#reading.has(id)) {
      this.#reading.set(id, true);
      return;
    }
    this.#reading.set(id, false);
    try {
      this.#take(await http("GET", `/jobs/${id}`));
    } catch (refusal) {
      if (refusal.status === 404) this.#drop(id);
    }
    const again = this.#reading.get(id);
    this.#reading.delete(id);
    if (again) await this.#read(id);
    this.#tell();
  }

  #take(job) {
    if (job.state === "done") {
      this.#known.delete(job.id);
      if (job.pictures?.length && isOurs(job)) this.#private.set(job.id, job);
      else if (job.pictures?.length) this.#replace(job);
      else this.#drop(job.id);
    } else if (job.state === "cancelled") this.#known.delete(job.id);
    else this.#known.set(job.id, job);
    this.#tell();
  }

  #drop(id) {
    this.#known.delete(id);
    this.#private.delete(id);
    this.#gallery = this.#gallery.filter((job) => job.id !== id);
    this.#tell();
  }

  #replace(job) {
    const index = this.#gallery.findIndex((one) => one.id === job.id);
    if (index >= 0) this.#gallery = this.#gallery.with(index, job);
    else if (fits(job, this.#search)) this.#gallery = [job, ...this.#gallery];
    this.#tell();
  }

  #tell() {
    if (this.#telling) return;
    this.#telling = setTimeout(() => {
      this.#telling = 0;
      for (const told of this.#listeners) told();
    }, TELL_MS);
  }
}

const isOurs = (job) => job.private && job.owner_is_me;
const rank = (job) => (job.state === "running" ? -1 : job.place ?? 1e9);

/** As the service searches: every word, in either text. */
function fits(job, words) {
  const text = `${job.prompt}\n${job.prompt_used}`.toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
