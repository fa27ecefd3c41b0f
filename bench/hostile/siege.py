"""A show that strangers knock at, and what it held and lost meanwhile."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from bench.faults.sample import Sample, sample
from bench.faults.stage import Stage

LOOK_S = 0.5
SILENCE_S = 1.0  # between two pictures: more than that is a frozen wall
TRACE = re.compile(r"Traceback|Assertion|failed\b|Fatal|MemoryError|never retrieved")


@dataclass
class Outcome:
    """What was seen while somebody knocked."""

    seconds: float = 0.0
    frames: int = 0
    lost: int = 0  # numbers of the feed that never came
    dropped: dict[str, int] = field(default_factory=dict)  # by the show's own count
    backwards: int = 0
    longest_ms: float = 0.0
    memory_mb: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    descriptors: tuple[int, int] = (0, 0)
    broken: list[str] = field(default_factory=list)

    def line(self) -> str:
        memory = ", ".join(
            f"{name} {before:.0f} > {after:.0f} (most {most:.0f})"
            for name, (before, after, most) in self.memory_mb.items()
        )
        drops = ", ".join(f"{n} {name}" for name, n in self.dropped.items() if n) or "none"
        return (
            f"{self.frames} frames, {self.lost} lost, {self.backwards} backwards, longest gap "
            f"{self.longest_ms:.0f} ms; drops: {drops}; MB {memory}; descriptors "
            f"{self.descriptors[0]} > {self.descriptors[1]}"
        )


class Siege:
    """`look` between two batches; `end` when it is over."""

    def __init__(self, stage: Stage, more: Mapping[str, int] | None = None) -> None:
        self._stage, self._more = stage, dict(more or {})
        self._since_s = time.monotonic()
        self._pids = self._here()
        self._before = sample(self._pids)
        self._samples: list[Sample] = [self._before]
        self._drops = dict(stage.look.dropped)
        self._next_s = self._since_s + LOOK_S
        self.broken: list[str] = []

    def _here(self) -> dict[str, int]:
        return {**self._stage.pids_by_name(), **self._more}

    def look(self) -> bool:
        """False when something broke; asks only twice a second."""
        now_s = time.monotonic()
        if now_s < self._next_s:
            return not self.broken
        self._next_s = now_s + LOOK_S
        here = self._here()
        self._samples.append(sample(here))
        if here != self._pids or len(self._samples[-1].held) < len(self._pids):
            self.broken.append(f"processes were {self._pids} and are {here}")
        lines = self._stage.seen(now_s - SILENCE_S)
        if not lines and now_s - self._since_s > SILENCE_S:
            self.broken.append(f"no picture for {SILENCE_S:g} s")
        traces = [said.words for said in self._stage.log(self._since_s) if TRACE.search(said.words)]
        self.broken += traces[:5]
        return not self.broken

    def end(self) -> Outcome:
        until_s = time.monotonic()
        self.look()
        time.sleep(2.5)  # who said nothing is let go within two seconds
        lines = self._stage.seen(self._since_s)
        after = sample(self._here())
        drops = self._stage.look.dropped
        memory = {
            name: (held.memory_mb, after.held[name].memory_mb, self._most(name))
            for name, held in self._before.held.items()
            if name in after.held
        }
        steps = [later.index - earlier.index for earlier, later in pairwise(lines)]
        gaps = [later.came_s - earlier.came_s for earlier, later in pairwise(lines)]
        return Outcome(
            until_s - self._since_s,
            len(lines),
            sum(step - 1 for step in steps if step > 1),
            {n.removeprefix("drops."): c - self._drops.get(n, 0) for n, c in drops.items()},
            sum(step < 1 for step in steps),
            1000 * max(gaps, default=0.0),
            memory,
            (self._before.descriptors, after.descriptors),
            self.broken,
        )

    def _most(self, name: str) -> float:
        return max(one.held[name].memory_mb for one in self._samples if name in one.held)
