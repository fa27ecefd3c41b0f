// How the show is, in the line at the top and over the picture.

import { at, setText } from "./dom.js";
import { fixed, span } from "./format.js";
import { light } from "./lamps.js";
import { leadTo, TopLine } from "./top_line.js";

const GOES_ON = "The wall goes on without this page, but nothing you press here reaches it at the moment.";

export class Notice {
  #line;

  constructor(live) {
    this.#line = new TopLine(live, GOES_ON);
    live.on("hello", (message) => { if (message.status) this.#show(message.status); });
    live.on("status", (status) => this.#show(status));
    live.on("lost", () => setText(at("note"), "The connection to the primary host is lost"));
  }

  #show({ stream, warnings, stills_port, signals_port, params }) {
    leadTo(at("to-stills"), stills_port, "/stills");
    leadTo(at("to-maps"), stills_port, "/canvas");
    leadTo(at("to-signals"), signals_port, "/signals");
    at("pages").hidden = !stills_port && !signals_port; // the only other pages
    const age = stream?.last_frame_s;
    const flows = stream && age !== null && age < 1.5;
    const still = Boolean(stream?.paused);
    const isLive = flows || still;
    const missing = isLive ? "" : noteFor(stream, age);
    setText(at("note"), missing);
    const well = still ? "Paused: the film or sequence is frozen" : missing || "All is well";
    const all = [onWall(params), ...warnings].filter(Boolean);
    this.#line.show(isLive ? "live" : "quiet", all, well, aboutIt(stream));
  }
}

/** What the public sees that is not the picture as it is made; empty if that is what it sees. */
function onWall(played) {
  const { passthrough, freeze } = played;
  if (light(played) === 0) return "The wall is black";
  if (passthrough) return "The raw source is on the wall";
  return freeze ? "The wall is frozen" : "";
}

function noteFor(stream, age) {
  if (!stream) return "The stream is not running at the moment";
  return age === null ? "Waiting for the first picture" : `No new picture for ${span(age)}`;
}

function aboutIt(stream) {
  if (!stream) return noteFor(stream, null);
  const workers = stream.workers.filter((worker) => worker.state === "active").length;
  const latency = stream.latency_ms ? `, ${fixed(stream.latency_ms[0], 0)} ms behind the source` : "";
  return `${fixed(stream.fps_out, 0)} pictures a second${latency}, made by ${workers} worker${workers === 1 ? "" : "s"}`;
}
