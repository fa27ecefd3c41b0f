// Formats values as text.

const DASH = "–";

export function fixed(value, digits = 1) {
  return value === null || value === undefined || !Number.isFinite(value) ? DASH : value.toFixed(digits);
}

/** The number of decimals of a control: as many as the step of its slider has. */
export function digitsOf(control) {
  if (control.kind === "int") return 0;
  const step = String(control.step ?? 0.1);
  return step.includes(".") ? step.split(".")[1].length : 0;
}

export function valueText(control, value) {
  if (control?.kind === "bool" || typeof value === "boolean") return value ? "on" : "off";
  if (control?.field === "glide_ms") return span(value / 1000);
  if (control?.kind === "float" && typeof value === "number") return withUnit(value.toFixed(digitsOf(control)), control);
  if (value === "") return "empty";
  return withUnit(String(value), control);
}

function withUnit(text, control) {
  return control?.unit ? `${text} ${control.unit}` : text;
}

/** A length of time in words. */
export function span(seconds) {
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 90) return `${seconds.toFixed(0)} s`;
  if (seconds < 5400) return `${(seconds / 60).toFixed(0)} min`;
  return seconds < 172800 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86400).toFixed(1)} days`;
}

/** 0:07, 12:30, 3:05:00: for counting down. */
export function countdown(seconds) {
  if (seconds > 172800) return span(seconds);
  const whole = Math.max(0, Math.ceil(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat([], { day: "numeric", month: "short" });

/** Unix seconds as a time of day, with the date if it is not today. */
export function timeOf(unix) {
  const when = new Date(unix * 1000);
  const today = when.toDateString() === new Date().toDateString();
  return today ? clock.format(when) : `${day.format(when)} ${clock.format(when)}`;
}

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export function daysText(days) {
  const set = new Set(days?.length ? days : DAYS);
  const key = DAYS.map((name) => (set.has(name) ? 1 : 0)).join("");
  if (key === "1111111") return "every day";
  if (key === "1111100") return "weekdays";
  if (key === "0000011") return "weekends";
  return DAYS.filter((name) => set.has(name)).map((name) => name[0].toUpperCase() + name.slice(1)).join(" ");
}
