// MIDI controllers of the machine that shows this page, by Web MIDI.

import { answer, el } from "../dom.js";
import { meters } from "../meters.js";

const STEP = 1 / 127;
const EVERY_MS = 50; // the page sends at most 20 messages a second

export function block(box, page) {
  const says = el("p", { class: "answer", role: "status" });
  const ports = el("p", { class: "hint" });
  const list = el("ul", { class: "meters" });
  const ask = el("button", { type: "button" }, "Use this machine's controllers");
  box.append(ask, says, ports, list);
  const why = missing();
  if (why) {
    ask.disabled = true;
    answer(says, why, true);
    return;
  }
  const controls = new Controls((name, value) => page.put(name, value, true));
  ask.addEventListener("click", async () => {
    ask.disabled = true;
    try {
      const access = await navigator.requestMIDIAccess();
      listen(access, controls, ports);
      access.addEventListener("statechange", () => listen(access, controls, ports));
    } catch {
      ask.disabled = false;
      answer(says, "The browser did not allow it: the sign beside the address says how to.", true);
    }
  });
  const show = meters(list);
  page.onState((state) => show(state.signals.filter((one) => one.source === "webmidi")));
}

/** Why there is no Web MIDI, in one sentence. */
function missing() {
  if (!window.isSecureContext) {
    return "Browsers give controllers only to pages over https or on localhost: see the proxy in the docs of setup.";
  }
  return navigator.requestMIDIAccess ? "" : "This browser has no Web MIDI; Chromium, Edge and Firefox have.";
}

function listen(access, controls, ports) {
  const inputs = [...access.inputs.values()];
  for (const input of inputs) input.onmidimessage = (event) => controls.take(event.data);
  ports.textContent = inputs.length
    ? `Listens to ${inputs.map((input) => input.name).join(", ")}.`
    : "No controller is connected to this machine.";
}

/** What messages mean, and when their values are sent: the newest of each control. */
export class Controls {
  constructor(put) {
    this.put = put;
    this.waiting = new Map();
    this.timer = 0;
  }

  take(data) {
    const found = meaning(data);
    if (!found) return;
    this.waiting.set(`webmidi.${found[0]}`, found[1]);
    if (!this.timer) this.timer = setTimeout(() => this.send(), EVERY_MS);
  }

  send() {
    this.timer = 0;
    for (const [name, value] of this.waiting) this.put(name, value);
    this.waiting.clear();
  }
}

/** The name of a control and its position, or nothing: as for controllers of the show's machine. */
export function meaning([status, first = 0, second = 0]) {
  const channel = (status & 15) + 1;
  switch (status >> 4) {
    case 8: return [`${channel}.note${first}`, 0];
    case 9: return [`${channel}.note${first}`, second * STEP];
    case 11: return first < 120 ? [`${channel}.cc${first}`, second * STEP] : undefined;
    case 13: return [`${channel}.pressure`, first * STEP];
    case 14: return [`${channel}.pitch`, (second * 128 + first) / 16383];
    default: return undefined;
  }
}
