// The page of voices. The chat tells its parts what comes; none of them knows the others.

import { answer, at, setText } from "../dom.js";
import { http } from "../http.js";
import { phone } from "../phone.js";
import { markTabs } from "../tabs.js";
import { leadTo, TopLine } from "../top_line.js";
import { Chat } from "./chat.js";
import { Illustrations } from "./illustrate.js";
import { Microphone } from "./microphone.js";
import { Player } from "./player.js";
import { Turns } from "./turns.js";
import { Wall } from "./wall.js";
import { BrowserWords } from "./words.js";

const GOES_ON = "What was said stays on this page. Nothing that you say arrives at the moment.";

const chat = new Chat();
const line = new TopLine(chat, GOES_ON);
const turns = new Turns();
const player = new Player();
const words = new BrowserWords(chat);
const microphone = new Microphone(chat, words);
const illustrations = new Illustrations(turns);
let about = null;
let wall = null;
let chats = 0;

chat.on("chat_metadata", () => {
  if (turns.any) turns.cut("a new conversation begins: the connection was lost");
  ready();
  chats += 1;
  if (chats > 1 && about?.operator) http("GET", "/voice/about").then((now) => wall.show(now.wall)).catch(() => {});
  microphone.introduce();
  if (at("pause").getAttribute("aria-pressed") === "true") chat.tell({ type: "pause_assistant_message" });
});
chat.on("user_message", (message) => turns.user(message));
chat.on("assistant_message", (message) => {
  turns.assistant(message);
  if (about?.speaks === "browser") player.say(message.message?.content ?? "");
});
chat.on("assistant_prosody", (message) => turns.prosody(message));
chat.on("audio_output", (message) => player.play(message.data));
chat.on("assistant_end", () => {
  if (at("illustrate").checked && turns.reply) illustrations.ask(turns.reply);
});
chat.on("user_interruption", () => {
  if (player.stop()) turns.cut("[interrupted]");
});
chat.on("error", (message) => answer(at("talk-answer"), message.message, true));
chat.on("lost", () => player.stop());

at("say-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = at("text").value.trim();
  if (!text) return at("text").focus();
  answer(at("talk-answer"), "");
  player.wake();
  if (chat.say({ type: "user_input", text })) at("text").value = "";
  else answer(at("talk-answer"), "Not sent: the connection is lost", true);
});
at("pause").addEventListener("click", () => {
  const pausing = at("pause").getAttribute("aria-pressed") !== "true";
  at("pause").setAttribute("aria-pressed", String(pausing));
  if (pausing) player.stop();
  chat.tell({ type: pausing ? "pause_assistant_message" : "resume_assistant_message" });
});
at("forget").addEventListener("click", () => {
  player.stop();
  turns.forget();
  at("text").focus();
});
at("aloud").addEventListener("change", () => player.setAloud(at("aloud").checked));

/** The line at the top: that all is well, or what of the settings cannot be used. */
function ready() {
  const well = about?.upstream ? `Heard by ${about.upstream}` : "Heard on this machine";
  line.show("live", about?.troubles ?? [], well, well);
}

async function begin() {
  try {
    about = await http("GET", "/voice/about");
  } catch (refusal) {
    if (refusal.status === 401 || refusal.status === 403) chat.emit("locked", {});
    else setTimeout(begin, 3000);
    return;
  }
  leadTo(at("to-live"), about.live_port, "/");
  leadTo(at("to-stills"), about.stills_port, "/stills");
  at("to-signals").hidden = !about.operator;
  microphone.explain(about);
  words.explain(about);
  illustrations.explain(about);
  player.explain(about);
  wall = new Wall(about);
  setText(at("source"), about.upstream
    ? `Emotions come from ${about.upstream}, which hears all that is said here.`
    : "A local estimate: arousal from level, pitch, pace and sharpness of the voice, valence from the words, both made on this machine.");
  // A server elsewhere is called with the first word or sound, and not because a page is open.
  if (about.upstream) ready();
  else chat.begin();
}

phone();
markTabs("-30% 0px -65% 0px");
begin();
