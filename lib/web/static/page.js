// The control page. Each part listens to the connection and to the session; none knows the others.

import { Controls } from "./controls.js";
import { Cues } from "./cues.js";
import { Session } from "./session.js";
import { at } from "./dom.js";
import { Health } from "./health.js";
import { History } from "./history.js";
import { Keys } from "./keys.js";
import { Lamps } from "./lamps.js";
import { Live } from "./live.js";
import { Moved } from "./moved.js";
import { Notice } from "./notice.js";
import { phone } from "./phone.js";
import { Picture } from "./picture.js";
import { Presets } from "./presets.js";
import { Urgent } from "./urgent.js";
import { markTabs } from "./tabs.js";
import { Words } from "./words.js";

const live = new Live();
const session = new Session(live);
const picture = new Picture(live, session);
const words = new Words(session);
const history = new History(session, (text) => words.take(text));
const presets = new Presets(live, session);
const cues = new Cues(live, presets);
const urgent = new Urgent(live, session);
new Notice(live);
new Controls(session);
new Moved(live);
new Health(live);
new Lamps(live, session);
phone();

const digits = [..."123456789"];
new Keys([
  [["b"], "B", "black, and back", () => urgent.toggle("black")],
  [["h"], "H", "freeze: hold the picture, and go on", () => urgent.toggle("freeze")],
  [["s"], "S", "the safe look", () => urgent.safe()],
  [[" "], "Space", "go: the next cue, or the first", () => cues.press("go")],
  [digits, "1–9", "recall a preset by its number", (key) => presets.recallAt(Number(key))],
  [["/"], "/", "to the prompt", () => at("prompt").focus()],
  [["f"], "F", "the picture alone, full screen", () => picture.toggle()],
  [["Ctrl+z"], "Ctrl Z", "undo", () => history.step("undo")],
  [["Ctrl+Shift+z", "Ctrl+y"], "Ctrl Shift Z", "redo", () => history.step("redo")],
], (again_ms) => (picture.isAlone ? picture.toggle() : cues.escape(again_ms)));

markTabs("-62% 0px -36% 0px"); // below the picture, which stays

// On a phone the picture shrinks as soon as the user scrolls to the controls.
const room = () => document.body.classList.toggle("playing", scrollY > innerHeight / 8);
addEventListener("scroll", room, { passive: true });
room();

live.start();
