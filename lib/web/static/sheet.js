// The editor of the cue sheet. Nothing changes until it is saved, and then all of it at once.

import { http } from "./http.js";
import { answer, at, el } from "./dom.js";
import { DAYS } from "./format.js";

const DEFAULT_AFTER_S = 60;
const STALE = 412; // somebody else changed the sheet meanwhile

export class Sheet {
  #names;
  #rows = at("editor-rows");
  #note = at("editor-answer");
  #version = "";

  constructor(names) {
    this.#names = names;
    at("editor-add").addEventListener("click", () => {
      const row = this.#row(this.#following());
      this.#rows.append(row);
      this.#number();
      row.querySelector("select").focus();
    });
    at("editor-form").addEventListener("change", () => this.#kind());
    at("editor-over").addEventListener("click", () => this.#save(""));
    at("editor-cancel").addEventListener("click", () => at("editor").close());
    at("editor-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(this.#version);
    });
  }

  /** A new row takes the preset after the last row's, and a later time. */
  #following() {
    const names = this.#names();
    const last = this.#rows.lastElementChild;
    const preset = names[(names.indexOf(last?.querySelector(".preset").value) + 1) % Math.max(1, names.length)] ?? "";
    const clock = last?.querySelector("[type=time]").value;
    return { preset, ...(this.#byClock && clock ? { at: anHourAfter(clock) } : {}) };
  }

  open({ sheet, version }) {
    this.#version = version ?? "";
    at("editor-over").hidden = true;
    answer(this.#note, this.#names().length ? "" : "Save a preset first; cues recall presets", true);
    at("loop").checked = Boolean(sheet.loop);
    this.#kinds.value = sheet.cues.some((cue) => cue.at) ? "at" : "after";
    this.#rows.replaceChildren(...sheet.cues.map((cue) => this.#row(cue)));
    this.#number();
    this.#kind();
    at("editor").showModal();
  }

  /** version: of the sheet that this one was made from; empty: save it whatever there is. */
  async #save(version) {
    try {
      const cues = [...this.#rows.children].map((row) => row.read());
      const headers = version ? { "If-Match": `"${version}"` } : {};
      await http("PUT", "/cues", { loop: at("loop").checked && !this.#byClock, cues }, { headers });
      at("editor").close();
    } catch (refusal) {
      answer(this.#note, refusal.message, true);
      at("editor-over").hidden = refusal.status !== STALE;
    }
  }

  get #kinds() {
    return at("editor-form").elements.kind;
  }

  get #byClock() {
    return this.#kinds.value === "at";
  }

  /** A sheet is either in seconds or by the clock; one by the clock repeats every day. */
  #kind() {
    at("editor-form").classList.toggle("by-clock", this.#byClock);
  }

  #number() {
    const rows = [...this.#rows.children];
    at("editor-empty").hidden = rows.length > 0;
    rows.forEach((row, index) => {
      row.setAttribute("aria-label", `Cue ${index + 1}`);
      row.querySelector(".up").disabled = index === 0;
      row.querySelector(".down").disabled = index === rows.length - 1;
    });
  }

  #row(cue) {
    const names = [...new Set([...this.#names(), cue.preset].filter(Boolean))];
    const preset = el("select", { class: "preset", "aria-label": "Preset" },
      ...names.map((name) => el("option", { value: name, selected: name === cue.preset }, name)));
    const seconds = el("input", { inputmode: "decimal", class: "number", value: cue.after_s ?? DEFAULT_AFTER_S, "aria-label": "Seconds after the previous cue" });
    const clock = el("input", { type: "time", value: cue.at ?? "18:00", "aria-label": "Time of day" });
    const glide = el("input", {
      inputmode: "decimal", class: "number", placeholder: "auto", "aria-label": "Glide in seconds; empty: the usual glide",
      value: cue.glide_ms === null || cue.glide_ms === undefined ? "" : cue.glide_ms / 1000,
    });
    const days = DAYS.map((name) => el("input", { type: "checkbox", value: name, checked: !cue.days?.length || cue.days.includes(name) }));
    const week = el("span", { class: "days", role: "group", "aria-label": "Days" },
      ...days.map((box) => el("label", {}, box, el("span", {}, box.value[0].toUpperCase() + box.value.slice(1)))));
    const row = el("li", {}, preset,
      el("span", { class: "unit after" }, "after", seconds, "s"), el("span", { class: "unit clock" }, "at", clock), week,
      el("span", { class: "unit" }, "glide", glide, "s"), this.#tools(() => row));
    row.read = () => ({
      preset: preset.value,
      ...(this.#byClock ? { at: clock.value, ...chosen(days) } : { after_s: numberOf(seconds, "The wait") }),
      ...(glide.value.trim() ? { glide_ms: Math.round(1000 * numberOf(glide, "The glide")) } : {}),
    });
    return row;
  }

  #tools(row) {
    const tool = (name, text, label, act) => el("button", {
      type: "button", class: name, "aria-label": label,
      click: (event) => { act(); this.#number(); event.target.focus(); },
    }, text);
    return el("span", { class: "tools" },
      tool("up", "↑", "Earlier", () => row().previousElementSibling?.before(row())),
      tool("down", "↓", "Later", () => row().nextElementSibling?.after(row())),
      tool("remove", "×", "Remove this cue", () => row().remove()));
  }
}

function anHourAfter(clock) {
  const [hours, minutes] = clock.split(":");
  return `${String((Number(hours) + 1) % 24).padStart(2, "0")}:${minutes}`;
}

function chosen(boxes) {
  const days = boxes.filter((box) => box.checked).map((box) => box.value);
  if (!days.length) throw new Error("Choose at least one day");
  return days.length === DAYS.length ? {} : { days };
}

function numberOf(field, what) {
  const value = Number(field.value.trim().replace(",", "."));
  if (field.value.trim() === "" || !Number.isFinite(value) || value < 0) {
    field.focus();
    throw new Error(`${what} must be a number of seconds, not “${field.value}”`);
  }
  return value;
}
