// A map: each part listens to what is known of it; what is done goes through the actions.

import { at, isWriting, setText } from "../dom.js";
import { http } from "../http.js";
import { leadTo } from "../top_line.js";
import { Actions } from "./actions.js";
import { askText } from "./ask_text.js";
import { Bar } from "./bar.js";
import { Bin } from "./bin.js";
import { Cards } from "./cards.js";
import { Cursors } from "./cursors.js";
import { Describe } from "./describe.js";
import { secondDevice } from "./device.js";
import { Edges } from "./edges.js";
import { Gestures } from "./gestures.js";
import { importMap } from "./import_map.js";
import { Keys } from "./keys.js";
import { LivePictures } from "./live.js";
import { MiniMap } from "./minimap.js";
import { MapModel } from "./model.js";
import { ENDS } from "./room.js";
import { Paint } from "./paint.js";
import { Selection } from "./selection.js";
import { Status } from "./status.js";
import { toast } from "./toast.js";
import { Tour } from "./tour.js";
import { View } from "./view.js";

export function roomPage(ref) {
  for (const id of ["room", "words", "acts"]) at(id).hidden = false;
  const model = new MapModel(ref);
  const view = new View();
  const selection = new Selection(model);
  const acts = new Actions(model, view, selection);
  const cards = new Cards(model, view, selection, acts);
  acts.cards = cards;
  const edges = new Edges(model, view, selection);
  acts.describe = new Describe(model, view, selection, acts);
  acts.paintDialog = new Paint(model, (asked, fields) => acts.painted(asked, fields));
  const gestures = new Gestures(model, view, selection, edges, acts);
  const tour = new Tour();
  const bar = new Bar(model, view, acts, gestures, { tour, bin: new Bin(model, acts), chooseMap: () => importMap(toast) });
  new Status(model);
  new Keys(model, view, selection, acts, bar);
  new MiniMap(model, view);
  new Cursors(model, view);
  new LivePictures(model, cards);
  secondDevice(ref);
  drops(view, acts);
  places(model, view, acts, tour);
  closings(model, ref);
  model.room.start();
}

/** Where the page looks at first: where it looked before, else at everything. */
function places(model, view, acts, tour) {
  let key = "";
  model.room.on("welcome", ({ map, live_port: live, signals_port: signals }) => {
    leadTo(at("to-live"), live, "/");
    leadTo(at("to-signals"), signals, "/signals");
    if (key) return;
    key = `afterimage.canvas.${map.id}`;
    const before = kept(key);
    if (before && model.isEverUsed) view.take(before);
    else view.fit(model.nodes.map(([id, node]) => model.box(id, node)), { glide: false });
    if (model.you.draws && !model.isEverUsed) {
      view.take({ x: view.width / 2 - 128, y: view.height / 2 - 128, zoom: 1 });
      acts.create([128, 128]);
      tour.offer();
    }
  });
  view.listen(() => {}, () => {
    try {
      if (key) localStorage.setItem(key, JSON.stringify({ x: view.x, y: view.y, zoom: view.zoom }));
    } catch {
      // Storage may be switched off; then a reload looks at everything.
    }
  });
}

function kept(key) {
  try {
    const place = JSON.parse(localStorage.getItem(key));
    return ["x", "y", "zoom"].every((name) => Number.isFinite(place?.[name])) ? place : null;
  } catch {
    return null;
  }
}

/** Pictures that are dropped or pasted. */
function drops(view, acts) {
  let drags = 0;
  const isFile = (event) => event.dataTransfer?.types.includes("Files");
  const over = (by) => {
    drags = Math.max(0, by ? drags + by : 0);
    at("dropping").hidden = !drags;
  };
  document.addEventListener("dragenter", (event) => { if (isFile(event)) over(1); });
  document.addEventListener("dragleave", (event) => { if (isFile(event)) over(-1); });
  document.addEventListener("dragover", (event) => { if (isFile(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    over(0);
    acts.files([...event.dataTransfer.files], view.toMap(event));
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (!files.length || isWriting(event.target)) return;
    event.preventDefault();
    acts.files(files);
  });
}

/** The map is closed to this page: because of its password, or because it is gone. */
function closings(model, ref) {
  model.room.on("closed", ({ why, detail }) => {
    if (!ENDS.includes(why)) { // it is tried again, and says so until it is let in
      at("looking").hidden = false;
      setText(at("looking"), detail);
      return;
    }
    document.body.dataset.state = "closed";
    if (why === "password") {
      let opened = false;
      askText({ title: "This map has a password", label: "Password", yes: "Open", secret: true, most: 100 }, async (password) => {
        const { id } = await http("GET", `/maps/${encodeURIComponent(ref)}`);
        await http("POST", `/maps/${id}/open`, { password });
        opened = true;
        location.reload();
      });
      at("asks").addEventListener("close", () => { if (!opened) location.assign("/canvas"); }, { once: true });
      return;
    }
    at("looking").hidden = false;
    setText(at("looking"), detail);
  });
}
