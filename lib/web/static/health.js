// The show's health: figures, the latency ladder, the workers.

import { at, el, setText } from "./dom.js";
import { fixed, span } from "./format.js";
import { Ladder } from "./ladder.js";
import { Spark } from "./spark.js";

const TILES = [
  ["fps", "Frames out", "fps", 2],
  ["latency", "Latency", "ms", 20],
  ["late", "Slowest, p99", "ms", 20],
  ["flicker", "Flicker", "×", 0.5],
];
const PER_MINUTE = 150; // a status comes 2.5 times a second

export class Health {
  #ladder = new Ladder();
  #tiles = new Map();
  #workers = new Map();

  constructor(live) {
    for (const [key, name, unit, least] of TILES) {
      const number = el("b", { id: `tile-${key}` }, "–");
      const spark = new Spark({ most: PER_MINUTE, width: 150, height: 30, least });
      at("tiles").append(el("div", { class: "tile" }, el("span", {}, name), el("p", {}, number, ` ${unit}`), spark.node));
      this.#tiles.set(key, { number, spark });
    }
    live.on("hello", (message) => { if (message.status) this.#show(message.status); });
    live.on("status", (status) => this.#show(status));
  }

  #show({ stream }) {
    this.#tile("fps", stream?.fps_out, 1);
    this.#tile("latency", stream?.latency_ms?.[0], 0);
    this.#tile("late", stream?.latency_ms?.[2], 0);
    this.#tile("flicker", stream?.flicker, 2);
    setText(at("vital-fps"), fixed(stream?.fps_out, 1));
    setText(at("vital-ms"), fixed(stream?.latency_ms?.[0], 0));
    this.#ladder.show(stream?.ladder, stream?.latency_ms);
    this.#facts(stream);
    this.#showWorkers(stream?.workers ?? []);
  }

  #tile(key, value, digits) {
    const { number, spark } = this.#tiles.get(key);
    setText(number, fixed(value, digits));
    spark.push(value);
  }

  #facts(stream) {
    const drops = Object.entries(stream?.drops ?? {}).filter(([, count]) => count);
    const facts = {
      Source: stream?.source || stream?.mode || "–",
      Size: stream?.size.replace("x", " × ") ?? "–",
      "Frames in": stream ? `${fixed(stream.fps_in)} fps` : "–",
      Playout: stream ? `${stream.playout}, ${fixed(stream.delay_ms, 0)} ms` : "–",
      "Left out": drops.length ? drops.map(([reason, count]) => `${reason.replaceAll("_", " ")} ${count}`).join(", ") : "none",
      Running: stream ? span(stream.uptime_s) : "–",
    };
    const made = at("facts").children.length > 0;
    Object.entries(facts).forEach(([name, text], index) => {
      if (made) setText(at("facts").children[index].lastChild, text);
      else at("facts").append(el("div", {}, el("dt", {}, name), el("dd", {}, text)));
    });
  }

  #showWorkers(workers) {
    at("workers-table").hidden = !workers.length;
    at("no-workers").hidden = workers.length > 0;
    at("painter-only").hidden = !workers.length || workers.some((worker) => worker.engine !== "painter");
    const seen = new Set();
    for (const worker of workers) {
      const key = `${worker.name}\n${worker.address}`;
      seen.add(key);
      const row = this.#workers.get(key) ?? this.#worker(key, worker);
      row.spark.push(worker.fps);
      const far = worker.tunnelled && (worker.round_trip_ms === null ? "tunnel" : `tunnel, ${fixed(worker.round_trip_ms, 0)} ms`);
      const about = [worker.engine, worker.device, far].filter(Boolean).join(", ");
      setText(row.about, worker.state === "active" ? about : [worker.state, about].filter(Boolean).join(", "));
      row.node.className = worker.state;
      const texts = [fixed(worker.fps), fixed(worker.service_ms, 0), String(worker.lost)];
      texts.forEach((text, index) => setText(row.cells[index], text));
      row.node.title = `${worker.address}; ${worker.done} frames, ${fixed(100 * worker.share, 0)} % of all, last ${worker.last_seen_s === null ? "never" : `${span(worker.last_seen_s)} ago`}`;
    }
    for (const [key, row] of this.#workers) {
      if (seen.has(key)) continue;
      row.node.remove();
      this.#workers.delete(key);
    }
  }

  #worker(key, worker) {
    const spark = new Spark({ most: PER_MINUTE, width: 56, height: 16, least: 4 });
    const about = el("small");
    const cells = [el("td"), el("td"), el("td")];
    const name = el("th", { scope: "row" }, el("span", { class: "name" }, worker.name), about);
    const node = el("tr", {}, name, el("td", {}, spark.node), ...cells);
    at("workers").append(node);
    const row = { node, spark, about, cells };
    this.#workers.set(key, row);
    return row;
  }
}
