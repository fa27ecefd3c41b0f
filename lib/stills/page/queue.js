// The queue: what is made and what waits, whose it is, how far it is.

import { answer, at, el, setText } from "./dom.js";
import { howOf } from "./how_far.js";
import { twice } from "./press.js";

const PREVIEW_MS = 700; // a worker sends at most two previews a second

export class Queue {
  #jobs;
  #rights;
  #again;
  #rows = new Map();
  #onlyMine = false;

  constructor(jobs, rights, again) {
    this.#jobs = jobs;
    this.#rights = rights;
    this.#again = again;
    jobs.listen(() => this.#show());
    rights.listen(() => this.#show());
    at("queue-mine").addEventListener("click", () => {
      this.#onlyMine = !this.#onlyMine;
      at("queue-mine").setAttribute("aria-pressed", String(this.#onlyMine));
      this.#show();
    });
  }

  #show() {
    const open = this.#jobs.open;
    const shown = [...open.filter((job) => job.owner_is_me || !this.#onlyMine), ...this.#jobs.failed];
    const ids = new Set(shown.map((job) => job.id));
    for (const [id, row] of this.#rows) {
      if (ids.has(id)) continue;
      row.end();
      this.#rows.delete(id);
    }
    shown.forEach((job, index) => {
      if (!this.#rows.has(job.id)) this.#rows.set(job.id, new Row(job, this.#jobs, this.#again));
      const row = this.#rows.get(job.id);
      row.show(job, this.#rights);
      const there = at("jobs").children[index];
      if (there !== row.node) at("jobs").insertBefore(row.node, there ?? null);
    });
    at("no-jobs").hidden = shown.length > 0;
    setText(at("no-jobs"), this.#onlyMine && open.length ? "Nothing of yours is in the queue." : "The queue is empty.");
    setText(at("queue-title"), open.length ? `Queue (${open.length})` : "Queue");
  }
}

class Row {
  #jobs;
  #job;
  #what = el("p", { class: "what", dir: "auto" });
  #how = el("p", { class: "how" });
  #bar = el("progress", { max: 1, value: 0 });
  #picture = el("img", { alt: "", hidden: true });
  #cancel = el("button", { type: "button" }, "Cancel");
  #again = el("button", { type: "button", hidden: true }, "Try again");
  #dismiss = el("button", { type: "button", class: "bare", hidden: true }, "×");
  #previewed = 0;
  #loading = false;
  node;

  constructor(job, jobs, again) {
    this.#jobs = jobs;
    this.#job = job;
    const acts = el("div", { class: "acts" }, this.#again, this.#cancel, this.#dismiss);
    this.node = el("li", { class: "job", "data-id": job.id },
      el("div", { class: "preview" }, this.#picture),
      el("div", { class: "told" }, this.#what, this.#how, this.#bar), acts);
    const words = "Press again to cancel it for everybody who is waiting for it";
    const forAll = twice(this.#cancel, at("queue-answer"), words,
      () => this.#ask(() => this.#jobs.cancel(job.id, { all: true }), "Cancelled for everybody"));
    this.#cancel.addEventListener("click", () => {
      if (this.#job.owner_is_me) this.#ask(() => this.#jobs.cancel(job.id), "Cancelled");
      else forAll();
    });
    this.#again.addEventListener("click", () => this.#ask(async () => {
      await again(this.#job, { seed: true });
      this.#jobs.dismiss(job.id);
    }, "Added to the queue again"));
    this.#dismiss.addEventListener("click", () => this.#jobs.dismiss(job.id));
  }

  show(job, rights) {
    this.#job = job;
    const failed = job.state === "failed";
    const words = job.prompt || "a private job";
    setText(this.#what, words);
    this.#what.title = words;
    setText(this.#how, howOf(job));
    this.node.classList.toggle("failed", failed);
    this.node.classList.toggle("mine", Boolean(job.owner_is_me));
    this.node.classList.toggle("running", job.state === "running");
    const part = job.total ? Math.min(1, job.step / job.total) : 0;
    this.#bar.hidden = job.state !== "running";
    this.#bar.value = part;
    this.#bar.setAttribute("aria-label", `Progress of ${words}`);
    this.#cancel.hidden = failed || !(job.owner_is_me || rights.operator);
    this.#cancel.classList.toggle("bare", !job.owner_is_me);
    this.#cancel.setAttribute("aria-label", `Cancel ${words}`);
    this.#again.hidden = !failed;
    this.#dismiss.hidden = !failed;
    this.#dismiss.setAttribute("aria-label", `Take ${words} off the list`);
    if (job.state === "running" && job.preview) this.#preview(job.id);
  }

  end() {
    this.node.remove();
  }

  /** The newest preview takes the place of the one before when it is there, so nothing flashes. */
  #preview(id) {
    const now = performance.now();
    if (this.#loading || now - this.#previewed < PREVIEW_MS || document.hidden) return;
    this.#previewed = now;
    this.#loading = true;
    const next = el("img", { alt: "", src: `/jobs/${id}/preview?at=${Math.round(now)}` });
    next.decode().then(() => {
      this.#picture.replaceWith(next);
      this.#picture = next;
    }, () => {}).finally(() => { this.#loading = false; });
  }

  async #ask(act, done) {
    try {
      await act();
      answer(at("queue-answer"), done);
    } catch (refusal) {
      answer(at("queue-answer"), refusal.message, true);
    }
  }
}
