// One picture large, with what made it and what can be done with it.

import { http } from "./http.js";
import { answer, at, el, setText } from "./dom.js";
import { timeOf } from "./format.js";
import { again, requestOf } from "./again.js";
import { ToCanvas } from "./to_canvas.js";

const KINDS = { txt2img: "from words", img2img: "from a picture", inpaint: "a part of a picture", outpaint: "around a picture" };

export class Large {
  #jobs;
  #gallery = null;
  #rights;
  #ask;
  #trash;
  #picture = "";
  #canvas = new ToCanvas();

  constructor(jobs, rights, ask, trash) {
    this.#jobs = jobs;
    this.#rights = rights;
    this.#ask = ask;
    this.#trash = trash;
    jobs.listen(() => this.#refresh());
    rights.listen(() => this.#refresh());
    at("large-close").addEventListener("click", () => at("large").close());
    at("large").addEventListener("close", () => this.#gallery.focus(this.#picture));
    at("large").addEventListener("click", (event) => { if (event.target === at("large")) at("large").close(); });
    at("large").addEventListener("keydown", (event) => this.#key(event));
    at("large-before").addEventListener("click", () => this.#turn(-1));
    at("large-after").addEventListener("click", () => this.#turn(1));
    at("to-wall").addEventListener("click", () => this.#toWall());
    at("again").addEventListener("click", () => this.#again({ seed: false }));
    at("again-seed").addEventListener("click", () => this.#again({ seed: true }));
    at("as-start").addEventListener("click", () => this.#asStart());
    at("into-form").addEventListener("click", () => this.#intoForm());
    at("forget").addEventListener("click", () => this.#forget());
  }

  /** The gallery opens this, and this walks through the gallery. */
  walks(gallery) {
    this.#gallery = gallery;
  }

  open(picture) {
    this.#show(picture);
    if (!at("large").open) at("large").showModal();
  }

  get #shown() {
    return this.#gallery.shown;
  }

  get #at() {
    return this.#shown.findIndex(({ picture }) => picture === this.#picture);
  }

  get #job() {
    return this.#shown[this.#at]?.job;
  }

  #show(picture) {
    answer(at("large-answer"), "");
    this.#picture = picture;
    at("large-picture").src = `/pictures/${picture}`;
    this.#refresh();
  }

  #refresh() {
    if (!this.#picture) return;
    const index = this.#at;
    const job = this.#job;
    if (!job) {
      if (at("large").open) at("large").close(); // somebody deleted it
      return;
    }
    const words = job.prompt || "a private picture";
    setText(at("large-prompt"), words);
    at("large-picture").alt = words;
    const used = job.prompt_used && job.prompt_used !== job.prompt ? `Painted as: ${job.prompt_used}` : "";
    at("large-used").hidden = !used;
    setText(at("large-used"), used);
    at("large-before").disabled = index <= 0;
    at("large-after").disabled = index >= this.#shown.length - 1;
    at("large-wall").hidden = !this.#rights.wall;
    this.#canvas.show(this.#picture, { isPrivate: Boolean(job.private) });
    const mine = job.owner_is_me;
    at("forget").hidden = !(mine || this.#rights.operator);
    at("download").href = `/pictures/${this.#picture}`;
    at("download").download = `${nameOf(words)}-${this.#picture.slice(0, 6)}.png`;
    this.#facts(job);
  }

  #facts(job) {
    const params = job.params ?? {};
    const nth = job.pictures.indexOf(this.#picture);
    const facts = {
      Size: params.width ? `${params.width} × ${params.height}${job.machine_size ? ` (machine size ${job.machine_size})` : ""}` : "–",
      Seed: params.seed === undefined ? "–" : String(params.seed + Math.max(0, nth)),
      Steps: params.steps ?? "–",
      Made: KINDS[params.kind] ?? "–",
      ...(params.negative ? { Without: params.negative } : {}),
      By: [job.engine, job.model].filter(Boolean).join(", ") || "–",
      When: Number.isFinite(job.created) ? timeOf(job.created) : "–",
      Asked: job.owner_is_me ? "by you" : "by somebody else",
    };
    at("large-facts").replaceChildren(...Object.entries(facts).map(([name, text]) =>
      el("div", {}, el("dt", {}, name), el("dd", { dir: "auto" }, String(text)))));
  }

  #turn(step) {
    const to = this.#shown[this.#at + step];
    if (to) this.#show(to.picture);
  }

  #key(event) {
    if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft") this.#turn(-1);
    else if (event.key === "ArrowRight") this.#turn(1);
    else if (event.key === "Delete" && !at("forget").hidden) this.#forget();
    else return;
    event.preventDefault();
  }

  async #toWall() {
    const seconds = at("wall-s").value.trim().replace(",", ".");
    if (seconds && !(Number(seconds) >= 0 && Number(seconds) <= 600)) {
      answer(at("large-answer"), `The glide must be a number of seconds from 0 to 600, not “${seconds}”`, true);
      return;
    }
    const glide = seconds ? { glide_s: Number(seconds) } : {};
    await this.#do(() => http("POST", "/to-wall", { picture: this.#picture, ...glide }), "On its way to the wall");
  }

  async #again(how) {
    await this.#do(() => again(this.#jobs, this.#job, how), "Added to the queue");
  }

  #asStart() {
    const { params } = this.#job;
    const picture = { id: this.#picture, width: params.width, height: params.height };
    at("large").close();
    this.#ask.startFrom(picture);
  }

  #intoForm() {
    const request = requestOf(this.#job);
    at("large").close();
    this.#ask.take(request);
  }

  /** The picture goes from the page at once, and from the disk when there was time to undo it. */
  #forget() {
    const gone = this.#picture;
    const next = this.#shown[this.#at + 1] ?? this.#shown[this.#at - 1];
    if (next) this.#show(next.picture);
    this.#trash.put(gone);
    if (!next) at("large").close();
  }

  async #do(act, done) {
    try {
      const said = await act();
      answer(at("large-answer"), said?.remark ? `${done}; ${said.remark}` : done);
    } catch (refusal) {
      answer(at("large-answer"), refusal.message, true);
    }
  }
}

const nameOf = (words) => words.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 40) || "still";
