// How stills are, in the line at the top: what is made and what waits, and why.

import { at } from "./dom.js";
import { leadTo, TopLine } from "./top_line.js";

const GOES_ON = "Pictures you asked for are still being made, but nothing you press here arrives at the moment.";

export class Notice {
  #jobs;
  #line;
  #warnings = [];

  constructor(events, jobs) {
    this.#jobs = jobs;
    this.#line = new TopLine(events, GOES_ON);
    events.on("state", (state) => {
      this.#warnings = state.warnings ?? [];
      leadTo(at("to-live"), state.live_port, "/");
      leadTo(at("to-signals"), state.signals_port, "/signals");
      this.#show();
    });
    jobs.listen(() => { if (document.body.dataset.state === "live") this.#show(); });
  }

  #show() {
    const waits = this.#jobs.open.filter((job) => job.waits_for).map((job) => `a picture waits for ${job.waits_for}`);
    const well = this.#well();
    this.#line.show("live", [...new Set([...this.#warnings, ...waits])], well, well);
  }

  #well() {
    const open = this.#jobs.open;
    const running = open.filter((job) => job.state === "running").length;
    if (!open.length) return "Ready";
    const waiting = open.length - running;
    return [running && `${running} being made`, waiting && `${waiting} waiting`].filter(Boolean).join(", ");
  }
}
