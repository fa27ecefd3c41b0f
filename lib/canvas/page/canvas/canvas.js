// The canvas: the list of maps at /canvas, one of them at /canvas/NAME.

import { moveIn } from "./device.js";
import { MapList } from "./list.js";
import { roomPage } from "./room_page.js";

const ref = decodeURIComponent(location.pathname.replace(/^\/canvas\/?/, ""));
const begin = () => (ref ? roomPage(ref) : new MapList());

const code = new URLSearchParams(location.search).get("person");
if (code) moveIn(code, begin); // first who it is, then what that person sees
else begin();
