// Each finished reply becomes a picture, if somebody wants that.

import { at, el, setText } from "../dom.js";
import { http } from "../http.js";

const ASK_AGAIN_MS = 1000;
const WITHIN_MS = 300000; // a private picture is gone after five minutes

export class Illustrations {
  explain({ illustrates, wall, operator }) {
    at("illustrate").disabled = !illustrates;
    const kept = wall.history ? "They stay in the history of stills." : "They are private, and gone with this page.";
    setText(at("illustrate-hint"), illustrates ? kept : "Stills are off on this machine.");
    if (operator) at("wall-history").addEventListener("change", () => setText(at("illustrate-hint"),
      at("wall-history").checked ? "They stay in the history of stills." : "They are private, and gone with this page."));
  }

  async ask({ row, text }) {
    const words = el("p", { class: "hint" }, "A picture is asked for");
    const box = el("div", { class: "picture" }, words);
    row.append(box);
    try {
      const { id } = await http("POST", "/voice/illustrate", { text });
      const until = performance.now() + WITHIN_MS;
      while (performance.now() < until && row.isConnected) {
        const how = await http("GET", `/voice/illustrations/${id}`);
        if (how.state === "done") return await this.#show(box, id, text);
        if (how.state === "failed" || how.state === "cancelled") throw new Error(how.error || "no picture was made");
        setText(words, progress(how));
        await new Promise((later) => setTimeout(later, ASK_AGAIN_MS));
      }
    } catch (refusal) {
      setText(words, `No picture: ${refusal.message}`);
    }
  }

  async #show(box, id, text) {
    const image = el("img", { alt: `Picture made by a program of: ${text}`, src: `/voice/illustrations/${id}/picture` });
    await image.decode().catch(() => { throw new Error("it is gone"); });
    box.replaceChildren(image);
    box.scrollIntoView({ block: "nearest" });
  }
}

function progress({ state, step, total, waits_for: waits, place }) {
  if (state === "running" && total) return `A picture is being made: step ${step} of ${total}`;
  if (waits) return `A picture waits for ${waits}`;
  return place ? `A picture waits; ${place} before it` : "A picture waits";
}
