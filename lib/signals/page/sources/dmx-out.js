// Which lamps show which areas of the picture.

import { answer, el } from "../dom.js";
import { http } from "../http.js";

const KINDS = ["rgb", "rgbw", "dimmer", "dimmer16"];
const WIDTHS = { rgb: 3, rgbw: 4, dimmer: 1, dimmer16: 2 };
const SVG = "http://www.w3.org/2000/svg";

export function block(box) {
  const map = document.createElementNS(SVG, "svg");
  map.setAttribute("viewBox", "0 0 160 90");
  map.setAttribute("class", "areas");
  map.setAttribute("role", "img");
  const lines = el("tbody");
  const says = el("p", { class: "answer", role: "status" });
  const grid = gridForm((fixtures) => show(fixtures));
  const save = el("button", { type: "button", class: "main" }, "Use these lamps");
  const add = el("button", { type: "button" }, "Add a lamp");
  box.append(
    map, grid,
    el("div", { class: "scrolls" }, el("table", { class: "fixtures" },
      el("thead", {}, el("tr", {}, ...["Universe", "Channel", "Kind", "Left %", "Top %", "Width %", "Height %", ""]
        .map((text) => el("th", { scope: "col" }, text || el("span", { class: "unseen" }, "Take away"))))),
      lines)),
    el("div", { class: "line" }, add, save), says);

  const read = () => [...lines.rows].map(fixtureOf);
  const draw = () => drawAreas(map, read());
  function show(fixtures) {
    lines.replaceChildren(...fixtures.map((one) => row(one, draw)));
    draw();
  }
  add.addEventListener("click", () => show([...read(), next(read().at(-1))]));
  const ask = async (method, body, done) => {
    try {
      show((await http(method, "/fixtures", body)).fixtures);
      answer(says, done);
    } catch (error) {
      answer(says, error.message, true);
    }
  };
  save.addEventListener("click", () =>
    ask("PUT", { fixtures: read() }, "These lamps show the picture while the output is on."));
  ask("GET", undefined, "");
}

/** A lamp after the last one, on its next channels. */
function next(last) {
  if (!last) return { universe: 1, channel: 1, kind: "rgb", area: { x: 0, y: 0, width: 1, height: 1 } };
  const channel = last.channel + WIDTHS[last.kind];
  return channel + WIDTHS[last.kind] > 513
    ? { ...last, universe: last.universe + 1, channel: 1 }
    : { ...last, channel };
}

function row(fixture, changed) {
  const { area } = fixture;
  const number = (name, value, min, max) =>
    el("td", {}, el("input", { class: "number", type: "number", "aria-label": name, value, min, max, step: "any", change: changed }));
  const percent = (name, share) => number(name, Math.round(share * 10000) / 100, 0, 100);
  const kind = el("select", { "aria-label": "Kind", change: changed }, ...KINDS.map((one) => el("option", {}, one)));
  kind.value = fixture.kind;
  const line = el("tr", {},
    number("Universe", fixture.universe, 0, 63999), number("Channel", fixture.channel, 1, 512), el("td", {}, kind),
    percent("Left, percent", area.x), percent("Top, percent", area.y),
    percent("Width, percent", area.width), percent("Height, percent", area.height),
    el("td", {}, el("button", { type: "button", class: "bare", "aria-label": "Take this lamp away", click: () => { line.remove(); changed(); } }, "×")));
  return line;
}

function fixtureOf(line) {
  const [universe, channel, x, y, width, height] = [...line.querySelectorAll("input")].map((one) => Number(one.value));
  const kind = line.querySelector("select").value;
  return { universe, channel, kind, area: { x: x / 100, y: y / 100, width: width / 100, height: height / 100 } };
}

/** Many lamps at once: columns times rows over the whole picture. */
function gridForm(show) {
  const field = (name, value, max) => el("label", { class: "unit" }, name,
    el("input", { class: "number", type: "number", name: name.toLowerCase(), value, min: 1, max }));
  const form = el("form", { class: "line" },
    field("Columns", 4, 64), field("Rows", 1, 64), field("Universe", 1, 63999),
    el("button", { type: "submit" }, "Fill a grid"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const at = (name) => Math.max(1, Number(form.elements[name].value));
    const [columns, rows] = [at("columns"), at("rows")];
    const fixtures = [];
    for (let index = 0; index < columns * rows && index < 680; index += 1) {
      const area = { x: (index % columns) / columns, y: Math.floor(index / columns) / rows, width: 1 / columns, height: 1 / rows };
      const place = index ? next(fixtures.at(-1)) : { universe: at("universe"), channel: 1, kind: "rgb" };
      fixtures.push({ ...place, area });
    }
    show(fixtures);
  });
  return form;
}

function drawAreas(map, fixtures) {
  map.setAttribute("aria-label", `The picture, with the areas of ${fixtures.length} lamps`);
  map.replaceChildren(...fixtures.map(({ area }, index) => {
    const group = document.createElementNS(SVG, "g");
    const box = document.createElementNS(SVG, "rect");
    for (const [name, value] of Object.entries({ x: area.x * 160, y: area.y * 90, width: area.width * 160, height: area.height * 90 })) {
      box.setAttribute(name, value);
    }
    const text = document.createElementNS(SVG, "text");
    text.setAttribute("x", (area.x + area.width / 2) * 160);
    text.setAttribute("y", (area.y + area.height / 2) * 90);
    text.textContent = index + 1;
    group.append(box, text);
    return group;
  }));
}
