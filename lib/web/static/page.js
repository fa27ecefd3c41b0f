// Everything that strangers may have written is shown through textContent and never as HTML.

const POLL_MS = 1000;
const PATIENCE_MS = 3000;
const at = (id) => document.getElementById(id);
const picture = at("picture");
let pictureCount = 0;
let uptime = 0;
let timer = 0;

async function ask(path) {
  const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  return { ok: answer.ok, body: await answer.json() };
}

async function poll() {
  clearTimeout(timer);
  try {
    const { ok, body } = await ask("/status");
    if (!ok) throw new Error(body.detail);
    // Back again, or another process answers: the picture's old connection is worth nothing.
    if (document.body.dataset.state === "lost" || body.control_uptime_s < uptime) showPicture();
    uptime = body.control_uptime_s;
    show(body);
  } catch {
    lost();
  }
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(poll, POLL_MS);
}

function lost() {
  document.body.dataset.state = "lost";
  at("state-text").textContent = "Connection lost, trying again";
  at("note").textContent = "The connection to the primary host is lost";
}

function show(status) {
  const stream = status.stream;
  const age = stream?.last_frame_s;
  const flows = stream && age !== null && age < 1.5;
  document.body.dataset.state = flows ? "live" : "quiet";
  at("state-text").textContent = flows ? "Live" : stream ? "No picture" : "Stream is down";
  at("note").textContent = flows ? "" : noteFor(stream, age);
  showFlow(stream);
  showWorkers(stream?.workers ?? []);
  showWarnings(status.warnings);
  showParams(status.params);
}

function noteFor(stream, age) {
  if (!stream) return "The stream is not running at the moment";
  return age === null ? "Waiting for the first picture" : `No new picture for ${seconds(age)}`;
}

function showFlow(stream) {
  const number = (value, digits = 1) => (value ?? null) === null ? "–" : value.toFixed(digits);
  at("fps-in").textContent = number(stream?.fps_in);
  at("fps-out").textContent = number(stream?.fps_out);
  at("latency-50").textContent = number(stream?.latency_ms?.[0], 0);
  at("latency-95").textContent = number(stream?.latency_ms?.[1], 0);
  at("source").textContent = stream?.source || stream?.mode || "–";
  at("size").textContent = stream?.size.replace("x", " × ") ?? "–";
  at("playout").textContent = stream ? `${stream.playout}, ${stream.delay_ms.toFixed(0)} ms` : "–";
  at("uptime").textContent = stream ? seconds(stream.uptime_s) : "–";
  if (stream) document.body.style.setProperty("--shape", stream.size.replace("x", " / "));
}

function showWorkers(workers) {
  at("workers-table").hidden = !workers.length;
  at("no-workers").hidden = workers.length > 0;
  at("workers").replaceChildren(...workers.map((worker) => {
    const row = document.createElement("tr");
    const service = worker.service_ms === null ? "–" : worker.service_ms.toFixed(0);
    const cells = [worker.name, worker.state, worker.fps.toFixed(1), service,
      `${(100 * worker.share).toFixed(0)} %`, worker.lost];
    cells.forEach((text) => { row.insertCell().textContent = text; });
    row.cells[0].title = worker.address;
    row.cells[1].className = worker.state === "active" ? "active" : "probation";
    return row;
  }));
}

function showWarnings(warnings) {
  at("warnings-panel").hidden = !warnings.length;
  at("warnings").replaceChildren(...warnings.map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
}

function showParams(params) {
  for (const name of ["prompt", "seed"]) {
    const field = at(name);
    // What somebody is writing at the moment is not overwritten.
    if (document.activeElement !== field && !field.dataset.edited) field.value = params[name];
    else if (String(params[name]) === field.value) delete field.dataset.edited;
  }
  at("passthrough").setAttribute("aria-checked", String(params.passthrough));
}

function seconds(value) {
  if (value < 90) return `${value.toFixed(0)} s`;
  if (value < 5400) return `${(value / 60).toFixed(0)} min`;
  return value < 172800 ? `${(value / 3600).toFixed(1)} h` : `${(value / 86400).toFixed(1)} days`;
}

async function play(name, value, answerId) {
  const answer = at(answerId);
  try {
    const { ok, body } = await ask(`/${name}/${encodeURIComponent(value)}`);
    answer.classList.toggle("refused", !ok);
    answer.textContent = ok ? "Played" : body.detail;
    if (ok && at(name)) delete at(name).dataset.edited;
    if (ok) setTimeout(() => { if (answer.textContent === "Played") answer.textContent = ""; }, 2000);
  } catch {
    answer.classList.add("refused");
    answer.textContent = "Not sent: the connection is lost";
  }
  poll();
}

function showPicture() {
  pictureCount += 1; // a new address, or the browser takes the old connection for good
  picture.src = `/preview.mjpg?${pictureCount}`;
}

picture.addEventListener("load", () => { picture.hidden = false; });
picture.addEventListener("error", () => { if (!document.hidden) setTimeout(showPicture, 2000); });
document.addEventListener("visibilitychange", () => {
  if (document.hidden) picture.removeAttribute("src"); // who does not look costs nothing
  else { showPicture(); poll(); }
});
for (const name of ["prompt", "seed"]) {
  at(name).addEventListener("input", () => { at(name).dataset.edited = "yes"; });
  at(`${name}-form`).addEventListener("submit", (event) => {
    event.preventDefault();
    play(name, at(name).value, name === "prompt" ? "prompt-answer" : "play-answer");
  });
}
at("dice").addEventListener("click", () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  at("seed").value = seed;
  play("seed", seed, "play-answer");
});
at("passthrough").addEventListener("click", () => {
  play("passthrough", at("passthrough").getAttribute("aria-checked") !== "true", "play-answer");
});

showPicture();
poll();
