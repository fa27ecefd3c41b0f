"""What came of a trial of stills: each ended once or not, and its course as a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.charts import Curve, Mark, Panel, draw

ENDS = ("done", "failed", "cancelled")
WINDOW = 5  # samples that a rate is the mean of


@dataclass
class Counts:
    """What was done to the processes."""

    worker_kills: int = 0
    service_kills: int = 0
    database_kills: int = 0
    cuts: int = 0
    stalls: int = 0

    def __str__(self) -> str:
        return (
            f"{self.stalls} stalls; killed: {self.worker_kills} workers, {self.service_kills} "
            f"services, {self.database_kills} databases; {self.cuts} power cuts"
        )


@dataclass(frozen=True)
class Sample:
    """What the service says once a second; nothing while none answers."""

    at_s: float
    done: int | None = None
    lost: int | None = None  # leases
    oldest_s: float | None = None


@dataclass
class Ended:
    """How it went."""

    states: Counter[str]
    reasons: Counter[str]
    lost: int  # leases that ran out
    claims: int
    counts: Counts
    took_s: float
    broken: list[str] = field(default_factory=list)


def judged(
    shown: list[dict[str, Any]],
    events: list[tuple[str, str]],
    jobs: int,
    counts: Counts,
    took_s: float,
) -> Ended:
    """From what the service says of each job, and the ledger's events."""
    ends = Counter(job for job, what in events if what in ENDS)
    told = Counter(events)
    claims = sum(count for (_, what), count in told.items() if what == "running")
    lost = sum(count for (_, what), count in told.items() if what == "queued") - len(shown)
    broken = [] if len(shown) == jobs else [f"{len(shown)} of {jobs} stills are there"]
    for job in shown:
        id_, state, samples = job["id"], job["state"], job["params"]["samples"]
        if state not in ENDS:
            broken.append(f"{id_} is still {state} after {took_s:.0f} s")
        elif ends[id_] != 1:
            broken.append(f"{id_} ended {ends[id_]} times")
        if state == "done" and len(set(job["pictures"])) != samples:
            broken.append(f"{id_} is done with {len(job['pictures'])} pictures of {samples}")
        twice = [at for at in range(samples) if told[id_, f"sample {at}"] > 1]
        if twice:
            broken.append(f"{id_}: sample {twice[0]} was taken twice")
        if state in ("failed", "cancelled") and not job["error"]:
            broken.append(f"{id_} is {state} without a reason")
    states = Counter(job["state"] for job in shown)
    reasons = Counter(job["error"] for job in shown if job["state"] in ENDS and job["error"])
    return Ended(states, reasons, lost, claims, counts, took_s, broken)


def forgotten(samples: Sequence[Sample]) -> list[str]:
    """Where fewer were done than a moment before: what was told to be done was lost."""
    known = [one for one in samples if one.done is not None]
    return [
        f"at {now.at_s:.0f} s {now.done} were done, and {before.done} before"
        for before, now in pairwise(known)
        if (now.done or 0) < (before.done or 0)
    ]


def draw_course(path: Path, title: str, samples: Sequence[Sample], marks: Sequence[Mark]) -> None:
    times_s = [one.at_s for one in samples]
    rates: list[float | None] = [None] * len(samples)
    for at in range(WINDOW, len(samples)):
        before, now = samples[at - WINDOW], samples[at]
        if before.done is not None and now.done is not None:
            rates[at] = (now.done - before.done) / (now.at_s - before.at_s)
    panels = [
        Panel("stills done a second", [Curve("throughput", times_s, rates)]),
        Panel("claims beyond the first of a still, since a lease was lost, in all",
              [Curve("tries", times_s, [one.lost for one in samples])]),
        Panel("s that the oldest has waited",
              [Curve("age of the oldest", times_s, [one.oldest_s for one in samples])]),
    ]  # fmt: skip
    draw(path, title, panels, marks)
