// How far a picture is that was asked for.

import { span } from "./format.js";

/** How a job is, in one sentence. */
export function howOf(job) {
  const whose = job.owner_is_me ? "" : "Somebody else’s; ";
  if (job.state === "failed") return job.error || "It failed.";
  if (job.state === "queued") {
    if (job.waits_for) return whose + sentenceCase(`waits for ${job.waits_for}`, whose);
    return whose + sentenceCase(job.place ? `${job.place} before it` : "next", whose);
  }
  const left = Number.isFinite(job.estimate_s) && job.estimate_s >= 0.5 ? `, about ${span(Math.round(job.estimate_s))} left` : "";
  if (job.phase === "loading") return whose + sentenceCase("loading its model", whose);
  const samples = job.params?.samples > 1 ? `picture ${Math.min((job.pictures?.length ?? 0) + 1, job.params.samples)} of ${job.params.samples}, ` : "";
  const steps = job.step ? `step ${job.step} of ${job.total}` : "starting";
  return whose + sentenceCase(`${samples}${steps}${left}`, whose);
}

const sentenceCase = (text, before) => (before ? text : text[0].toUpperCase() + text.slice(1));
