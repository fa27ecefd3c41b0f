// The control page. Each part listens to the connection and to the session; none knows the others.

import { Controls } from "./controls.js";
import { Cues } from "./cues.js";
import { Session } from "./session.js";
import { at, isWriting } from "./dom.js";
import { Health } from "./health.js";
import { History } from "./history.js";
import { Lamps } from "./lamps.js";
import { Live } from "./live.js";
import { Notice } from "./notice.js";
import { phone } from "./phone.js";
import { Picture } from "./picture.js";
import { Presets } from "./presets.js";
import { Words } from "./words.js";

const live = new Live();
const session = new Session(live);
const picture = new Picture(live);
const words = new Words(session);
const history = new History(session, (text) => words.take(text));
const presets = new Presets(live, session);
new Notice(live);
new Controls(session);
new Cues(live, presets);
new Health(live);
phone();
const lamps = new Lamps(live, session);

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && picture.isAlone) picture.toggle();
  if (isWriting(event.target) || at("editor").open || event.altKey) return;
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (command && key === "z") history.step(event.shiftKey ? "redo" : "undo");
  else if (command && key === "y") history.step("redo");
  else if (!command && key === "f") picture.toggle();
  else if (!command && key === "b") lamps.black();
  else if (!command && key === "/") at("prompt").focus();
  else return;
  event.preventDefault();
});

// Marks the part of the page that is in view, in the bar at the bottom of a phone.
const tabs = [...at("tabs").children];
const near = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) target.dataset.near = isIntersecting ? "yes" : "";
  const first = tabs.find((tab) => document.querySelector(tab.hash).dataset.near);
  for (const tab of tabs) {
    if (tab === first) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}, { rootMargin: "-62% 0px -36% 0px" });
for (const tab of tabs) near.observe(document.querySelector(tab.hash));

// On a phone the picture shrinks as soon as the user scrolls to the controls.
const room = () => document.body.classList.toggle("playing", scrollY > innerHeight / 8);
addEventListener("scroll", room, { passive: true });
room();

live.start();
