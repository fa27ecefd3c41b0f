// The page of signals. Each part listens to the state; none knows the others.

import { ChartConnection } from "./chart_connection.js";
import { at, setText } from "./dom.js";
import { Mapping } from "./mapping.js";
import { phone } from "./phone.js";
import { Sources } from "./sources.js";
import { Strips } from "./strips.js";
import { markTabs } from "./tabs.js";
import { leadTo, TopLine } from "./top_line.js";

const GOES_ON = "The show goes on, and so do the signals, but nothing you press here arrives at the moment.";

const connection = new ChartConnection();
const line = new TopLine(connection, GOES_ON);
connection.on("state", (state) => {
  leadTo(at("to-live"), state.live_port, "/");
  leadTo(at("to-stills"), state.stills_port, "/stills");
  const troubles = state.sources.filter((one) => one.trouble).map((one) => `${one.name}: ${one.trouble}`);
  const unknown = state.known ? [] : ["The show does not say what is played, so no row moves anything"];
  const running = state.sources.filter((one) => one.state === "running").length;
  const well = state.armed ? `${state.armed} armed, ${running} ${running === 1 ? "source" : "sources"}` : "No row is armed";
  line.show("live", [...unknown, ...troubles], well, "Signals move only what an armed row names.");
  document.body.dataset.known = String(state.known);
  setText(at("silent"), state.on && state.silent ? "silent: the wall is black or frozen" : "");
});
new Mapping(connection);
new Strips(connection);
new Sources(connection);
phone();
markTabs("-30% 0px -65% 0px");
connection.start();
