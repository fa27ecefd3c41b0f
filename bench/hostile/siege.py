"""A show under attack, and what it held and lost meanwhile: one engine for all attackers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import NamedTuple

from bench.faults.show import RecordedShow
from bench.hostile.attackers import Attacker
from bench.processes import Sample, sample
from bench.show import steps

LOOK_S = 0.5
SILENCE_S = 1.0  # between two pictures: more than that is a frozen wall
TRACE = re.compile(r"Traceback|Assertion|failed\b|Fatal|MemoryError|never retrieved")
GOES_S = 2.5  # a connection that said nothing is let go within two seconds


class Outcome(NamedTuple):
    """What was seen while somebody attacked."""

    seconds: float
    sent: int  # messages or connections
    batches: int
    frames: int
    lost: int  # numbers of the feed that never came
    backwards: int
    broken: list[str]
    line: str  # all of it in words


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
        seconds = time.monotonic() - self._since_s
        self._holds()
        time.sleep(GOES_S)
        lines, after = self._show.seen(self._since_s), self._show.sample()
        numbers = steps([line.index for line in lines])
        lost = int(sum(step - 1 for step in numbers if step > 1))
        backwards = sum(step < 1 for step in numbers)
        longest_ms = 1000 * max(steps([line.came_s for line in lines]), default=0.0)
        words = (
            f"{len(lines)} frames, {lost} lost, {backwards} backwards, longest gap "
            f"{longest_ms:.0f} ms; drops: {self._dropped()}; {self._held(after)}"
        )
        sent, batches, broken = self._sent, self._batches, self.broken
        return Outcome(seconds, sent, batches, len(lines), lost, backwards, broken, words)

    def _dropped(self) -> str:
        """By the show's own count."""
        grown = {name: n - self._drops.get(name, 0) for name, n in self._show.said.dropped.items()}
        return ", ".join(f"{count} {name}" for name, count in grown.items() if count) or "none"

    def _held(self, after: Sample) -> str:
        """Before, after, and the most of each."""
        before, memory = self._samples[0], []
        for name in filter(after.held.get, before.held):
            most = max(one.held[name].memory_mb for one in self._samples if name in one.held)
            first, last = before.held[name].memory_mb, after.held[name].memory_mb
            memory.append(f"{name} {first:.0f} > {last:.0f} (most {most:.0f})")
        most = max(one.descriptors for one in self._samples)
        return (
            f"MB {', '.join(memory)}; descriptors {before.descriptors} > {after.descriptors} "
            f"(most {most})"
        )
