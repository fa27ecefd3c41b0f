// The page with the picture alone. It connects again by itself; until then the last picture stays.

import { at } from "./dom.js";
import { showLight } from "./lamps.js";
import { Live } from "./live.js";
import { Session } from "./session.js";
import { WallPicture } from "./wall_picture.js";

const LOCKED_MS = 5000; // a token was set meanwhile: the page then asks for it

const live = new Live();
const session = new Session(live);
new WallPicture(live, session);

let screen = null;
const show = () => showLight(at("screen"), session.params, screen);
const heard = (status) => {
  screen = status?.screen ?? null;
  show();
};
session.listen(show);
live.on("hello", (message) => {
  document.body.dataset.state = "live";
  heard(message.status);
});
live.on("lost", () => { document.body.dataset.state = "lost"; });
live.on("status", heard);
live.on("locked", () => setTimeout(() => location.reload(), LOCKED_MS));
live.start();
