// Asking once more for what was made before.

import { newSeed } from "./seed.js";

const TAKEN = ["kind", "negative", "steps", "guidance", "strength", "width", "height", "samples", "scheduler", "left", "top"];
const OF_A_PICTURE = ["strength", "left", "top"];

/** What was asked for, as it can be asked for again. */
export function requestOf(job) {
  const params = job.params ?? {};
  const names = TAKEN.filter((name) => params[name] !== undefined && params[name] !== null && params[name] !== "");
  const request = Object.fromEntries(names.map((name) => [name, params[name]]));
  if (request.kind === "txt2img") for (const name of OF_A_PICTURE) delete request[name];
  if (request.kind !== "outpaint") { delete request.left; delete request.top; }
  request.prompt = job.prompt;
  request.seed = params.seed;
  if (job.model) request.model = job.model;
  for (const name of ["image", "mask"]) if (job[name]) request[name] = job[name];
  if (job.keep === "none") request.keep = "none";
  return request;
}

/** Ask again; with `seed` for another picture of the same words. */
export function again(jobs, job, { seed }) {
  const request = requestOf(job);
  if (seed) request.seed = newSeed();
  return jobs.ask(request);
}
