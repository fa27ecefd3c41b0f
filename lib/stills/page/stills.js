// The page of stills. Each part listens to the jobs that are known; none knows the others.

import { Ask } from "./ask.js";
import { again } from "./again.js";
import { at, isWriting } from "./dom.js";
import { Events } from "./events.js";
import { Gallery } from "./gallery.js";
import { Jobs } from "./jobs.js";
import { Large } from "./large.js";
import { Notice } from "./notice.js";
import { phone } from "./phone.js";
import { Protocols } from "./protocols.js";
import { Queue } from "./queue.js";
import { Rights } from "./rights.js";
import { markTabs } from "./tabs.js";
import { Trash } from "./trash.js";

const events = new Events();
const jobs = new Jobs(events);
const rights = new Rights(events);
const trash = new Trash(jobs);
const ask = new Ask(jobs, rights);
const large = new Large(jobs, rights, ask, trash);
const gallery = new Gallery(jobs, (picture) => large.open(picture), (prompt) => ask.take({ prompt }));
large.walks(gallery);
events.on("state", () => gallery.retry());
new Notice(events, jobs);
new Protocols(rights);
phone();
new Queue(jobs, rights, (job, how) => again(jobs, job, how));

addEventListener("keydown", (event) => {
  if (isWriting(event.target) || event.altKey) return;
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (command && key === "z") trash.undo();
  else if (!command && key === "/" && !at("large").open) ask.focus();
  else return;
  event.preventDefault();
});

markTabs("-30% 0px -65% 0px");
events.start();
