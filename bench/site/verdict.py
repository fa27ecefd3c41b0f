"""What was measured at a site, and whether that is what was wanted."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from bench.report import percentiles
from bench.show import steps
from lib.core.counters import Drop
from lib.core.ladder import RUNGS
from lib.ops.doctor.result import CheckResult

RATE, LEFT_OUT = 0.98, 0.02
EVEN, LONGEST_MS = 2.0, 500.0  # of the time between two frames; of any gap

DROPS: dict[str, str] = {
    Drop.THINNED: "skipped: the workers can't keep up",
    Drop.RELIEF: "skipped evenly by relief",
    Drop.NO_WORKER: "no worker was connected",
    Drop.LOST: "lost with a worker",
    Drop.LATE: "came too late",
    Drop.OVERRUN: "piled up on the primary",
}


def _on_the_way(rung: str) -> tuple[int, str]:
    return (RUNGS.index(rung) if rung in RUNGS else len(RUNGS)), rung


def grown(counts: Sequence[float]) -> float:
    """How much was counted; a count that begins anew began at 0."""
    return sum(b - a if b >= a else b for a, b in pairwise(counts))


def captured(stream: Mapping[str, Any]) -> int:
    """Frames that the source has given since the start."""
    return int(stream["stages"]["capture"]["counts"].get("out", 0))


class Sample(NamedTuple):
    """The stream's own words at one moment."""

    at_s: float
    stream: Mapping[str, Any]
    celsius: float | None

    @property
    def captured(self) -> int:
        return captured(self.stream)


class Worker(NamedTuple):
    """One worker over the whole while."""

    name: str
    address: str
    made_by: str
    fps: float
    share: float
    service_ms: float | None
    timings: dict[str, float]
    lost: int

    @classmethod
    def all(cls, series: Sequence[Sample]) -> list[Worker]:
        seen: dict[str, list[Mapping[str, Any]]] = {}
        for sample in series:
            for one in sample.stream["workers"]:
                seen.setdefault(one["address"], []).append(one)
        found = [cls._of(address, words) for address, words in seen.items()]
        return sorted(found, key=lambda one: (-one.fps, one.name))

    @classmethod
    def _of(cls, address: str, words: Sequence[Mapping[str, Any]]) -> Worker:
        last = words[-1]
        names = {name for one in words for name in one.get("timings") or {}}
        times = [one["service_ms"] for one in words if one["service_ms"] is not None]
        return cls(
            name=str(last["name"]) or "?",
            address=address,
            made_by=" on ".join(str(last[key]) for key in ("engine", "device") if last.get(key)),
            fps=statistics.fmean(one["fps"] for one in words),
            share=statistics.fmean(one["share"] for one in words),
            service_ms=statistics.median(times) if times else None,
            timings={
                name: statistics.median(
                    one["timings"][name] for one in words if name in one["timings"]
                )
                for name in sorted(names, key=_on_the_way)
            },
            lost=int(grown([one["lost"] for one in words])),
        )


class Seen(NamedTuple):
    """A picture as a viewer got it."""

    at_s: float
    latency_ms: float
    number: int
    size: int


@dataclass
class Measured:
    """Everything that the page is made of."""

    wanted: float
    seconds: float
    seen: list[Seen]
    series: list[Sample]
    about: list[CheckResult] = field(default_factory=list)

    @cached_property
    def at_s(self) -> list[float]:
        """Of each picture, since the first."""
        return [one.at_s - self.seen[0].at_s for one in self.seen]

    @cached_property
    def latencies_ms(self) -> list[float]:
        return [one.latency_ms for one in self.seen]

    @cached_property
    def gaps_ms(self) -> list[float]:
        return steps([1000 * at_s for at_s in self.at_s])

    @property
    def gap(self) -> dict[str, float]:
        return percentiles(self.gaps_ms)

    @property
    def latency(self) -> dict[str, float]:
        return percentiles(self.latencies_ms)

    @property
    def backwards(self) -> int:
        return sum(step <= 0 for step in steps([one.number for one in self.seen]))

    @property
    def mbit(self) -> float:
        return 8e-6 * sum(one.size for one in self.seen) / self.seconds

    @property
    def stream(self) -> Mapping[str, Any]:
        """Its latest words."""
        return self.series[-1].stream

    @property
    def workers(self) -> list[Worker]:
        return Worker.all(self.series)

    @property
    def fps(self) -> float:
        return len(self.seen) / self.seconds

    @property
    def captured(self) -> float:
        return grown([one.captured for one in self.series])

    @property
    def fps_in(self) -> float:
        """By the stream's own clock: what it says is up to 0.4 s old."""
        span_s = grown([float(one.stream["uptime_s"]) for one in self.series])
        return self.captured / span_s if span_s > 0 else 0.0

    @property
    def replaced(self) -> int:
        """How often the stream's process began anew meanwhile."""
        times = [float(one.stream["uptime_s"]) for one in self.series]
        return sum(later < earlier for earlier, later in pairwise(times))

    @property
    def drops(self) -> dict[str, int]:
        """By reason, meanwhile."""
        names = self.stream["drops"]
        said = {name: [one.stream["drops"].get(name, 0) for one in self.series] for name in names}
        return {name: int(grown(counts)) for name, counts in said.items()}

    @property
    def left_out(self) -> float:
        """Share of the captured frames that were not shown."""
        return sum(self.drops.values()) / self.captured if self.captured > 0 else 0.0

    @property
    def ladder(self) -> dict[str, tuple[float, float]]:
        """Each rung: the median of its p50, and the worst of its p99."""
        rungs: dict[str, list[tuple[float, float, float]]] = {}
        for sample in self.series:
            for name, times in sample.stream["ladder"].items():
                rungs.setdefault(name, []).append(times)
        return {
            name: (statistics.median(one[0] for one in times), max(one[2] for one in times))
            for name, times in rungs.items()
        }

    @property
    def warnings(self) -> list[str]:
        """Each once, however its figures moved."""
        said = [text for one in self.series for text in one.stream["warnings"]]
        return list({re.sub(r"\d+", "N", text): text for text in said}.values())

    @property
    def celsius(self) -> list[tuple[float, float]]:
        return [(one.at_s, one.celsius) for one in self.series if one.celsius is not None]


class Check(NamedTuple):
    """One of the things that make the verdict."""

    what: str
    good: bool
    says: str


class Verdict(NamedTuple):
    """Kept or not, and by what that is judged."""

    good: bool
    says: str
    checks: list[Check]

    def reasons(self) -> list[str]:
        return [f"  {'yes' if one.good else 'NO '}  {one.what}: {one.says}" for one in self.checks]


def judge(seen: Measured) -> Verdict:
    interval_ms = 1000 / seen.wanted
    longest = max(seen.gaps_ms, default=float("inf"))
    slow_source = seen.fps_in < RATE * seen.wanted
    rate = f"{seen.fps:.2f} shown a second, {seen.wanted:g} wanted"
    if slow_source:
        rate += f"; the source gives {seen.fps_in:.2f}"
    known = [one for one in seen.about if "slowed" in one.facts]
    slowed = [one.what for one in known if one.facts["slowed"]]
    heat = f"slowed down: {', '.join(slowed)}" if slowed else "no GPU here is slowed down by heat"
    raw = any(one.stream["params"].get("passthrough") for one in seen.series)
    painted = "an engine made the pictures"
    if raw:
        painted = "the raw source was on the wall (passthrough): no engine was measured"
    checks = [
        Check("pictures are made", not raw, painted),
        Check("rate", seen.fps >= RATE * seen.wanted, rate),
        Check(
            "nothing left out",
            seen.left_out <= LEFT_OUT,
            f"{100 * seen.left_out:.1f} % of the captured frames were not shown, "
            f"{100 * LEFT_OUT:g} % allowed",
        ),
        Check(
            "even cadence",
            seen.gap["p99"] <= EVEN * interval_ms,
            f"99 of 100 gaps within {seen.gap['p99']:.1f} ms, {EVEN * interval_ms:.1f} allowed",
        ),
        Check(
            "no standstill",
            longest <= LONGEST_MS,
            f"longest gap {longest:.0f} ms, {LONGEST_MS:.0f} allowed",
        ),
        Check(
            "no process replaced", not seen.replaced, f"the stream began anew {seen.replaced} times"
        ),
        Check("in order", seen.backwards == 0, f"{seen.backwards} steps back"),
        *([Check("cool enough", not slowed, heat)] if known else []),
    ]
    good = all(one.good for one in checks)
    kept = "keeps" if good else "does not keep"
    if raw:
        return Verdict(False, "Not measured: the raw source was on the wall.", checks)
    says = f"This installation {kept} {seen.wanted:g} frames a second."
    return Verdict(good, says, checks)
