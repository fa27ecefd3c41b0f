"""A show under attack, and what it held and lost meanwhile: one engine for all attackers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.faults.show import RecordedShow
from bench.hostile.attackers import Attacker
from bench.processes import Sample, sample
from bench.show import steps

LOOK_S = 0.5
SILENCE_S = 1.0  # between two pictures: more than that is a frozen wall
TRACE = re.compile(r"Traceback|Assertion|failed\b|Fatal|MemoryError|never retrieved")
GOES_S = 2.5  # a connection that said nothing is let go within two seconds


@dataclass
class Outcome:
    """What was seen while somebody attacked."""

    seconds: float
    sent: int  # messages or connections
    batches: int
    frames: int
    lost: int  # numbers of the feed that never came
    dropped: dict[str, int]  # by the show's own count
    backwards: int
    longest_ms: float
    memory_mb: dict[str, tuple[float, float, float]]  # before, after, most
    descriptors: tuple[int, int, int]
    broken: list[str]

    def line(self) -> str:
        memory = ", ".join(
            f"{name} {before:.0f} > {after:.0f} (most {most:.0f})"
            for name, (before, after, most) in self.memory_mb.items()
        )
        drops = ", ".join(f"{n} {name}" for name, n in self.dropped.items() if n) or "none"
        before, after, most = self.descriptors
        return (
            f"{self.frames} frames, {self.lost} lost, {self.backwards} backwards, longest gap "
            f"{self.longest_ms:.0f} ms; drops: {drops}; MB {memory}; descriptors "
            f"{before} > {after} (most {most})"
        )


class Siege:
    """Begins when it is made; `end` says what it cost."""

    def __init__(self, show: RecordedShow) -> None:
        self._show = show
        self._since_s = time.monotonic()
        self._pids = show.pids_by_name()
        self._samples: list[Sample] = [sample(self._pids)]
        self._drops = dict(show.said.dropped)
        self._next_s = self._since_s + LOOK_S
        self._sent = self._batches = 0
        self.broken: list[str] = []

    def run(
        self,
        attacker: Attacker | None,
        more: Callable[[int, float], bool],
        start: int = 0,
        between: Callable[[], object] = lambda: None,
    ) -> None:
        """Steps for as long as `more` says so of what was sent and the seconds that passed, and
        nothing breaks."""
        while more(self._sent, time.monotonic() - self._since_s):
            self._sent += attacker.step(start + self._batches) if attacker else 0
            self._batches += 1
            between()
            if not self._holds():
                break

    def _holds(self) -> bool:
        """False when something broke; asks only twice a second."""
        now_s = time.monotonic()
        if now_s < self._next_s:
            return not self.broken
        self._next_s = now_s + LOOK_S
        here = self._show.pids_by_name()
        self._samples.append(sample(here))
        if here != self._pids or len(self._samples[-1].held) < len(self._pids):
            self.broken.append(f"processes were {self._pids} and are {here}")
        if now_s - self._since_s > SILENCE_S and not self._show.seen(now_s - SILENCE_S):
            self.broken.append(f"no picture for {SILENCE_S:g} s")
        said = [line.words for line in self._show.log.since(self._since_s)]
        self.broken += [words for words in said if TRACE.search(words)][:5]
        return not self.broken

    def end(self) -> Outcome:
        until_s = time.monotonic()
        self._holds()
        time.sleep(GOES_S)
        lines = self._show.seen(self._since_s)
        before, after = self._samples[0], self._show.sample()
        numbers = steps([line.index for line in lines])
        drops = self._show.said.dropped
        return Outcome(
            until_s - self._since_s,
            self._sent,
            self._batches,
            len(lines),
            int(sum(step - 1 for step in numbers if step > 1)),
            {name: count - self._drops.get(name, 0) for name, count in drops.items()},
            sum(step < 1 for step in numbers),
            1000 * max(steps([line.came_s for line in lines]), default=0.0),
            {
                name: (held.memory_mb, after.held[name].memory_mb, self._most_mb(name))
                for name, held in before.held.items()
                if name in after.held
            },
            (
                before.descriptors,
                after.descriptors,
                max(one.descriptors for one in self._samples),
            ),
            self.broken,
        )

    def _most_mb(self, name: str) -> float:
        return max(one.held[name].memory_mb for one in self._samples if name in one.held)
