"""How far each still is: held in memory, since it changes several times a second."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from lib.core.still import SECOND_NS, Still

WRITE_EVERY_NS = 1_500_000_000  # beats between are answered without the ledger
PREVIEW_EVERY_NS = 450_000_000
# A worker that beats and gets nowhere is asked to end by itself much sooner; this is for one that
# does not.
STUCK_NS = 1200 * SECOND_NS
MEMORY = 20  # stills whose times make the estimates


class HowFar(NamedTuple):
    """As its worker says."""

    step: int = 0
    total: int = 0
    phase: str = ""


@dataclass(slots=True)
class RunningStill:
    token: int
    who: str  # the worker's name in the roster
    started_ns: int
    moved_ns: int  # when its step or phase was another one than before
    how_far: HowFar = field(default_factory=HowFar)
    written_ns: int = -WRITE_EVERY_NS  # its latest beat that the ledger has
    preview: bytes = b""
    preview_ns: int = 0


class RunningStills:
    """Of the stills that run. Used on the event loop's thread."""

    def __init__(self) -> None:
        self._running: dict[str, RunningStill] = {}
        self._took_s: deque[float] = deque(maxlen=MEMORY)  # for each sample

    def begin(self, job: str, token: int, who: str, now_ns: int) -> None:
        there = self._running.get(job)
        if there is None or there.token != token:
            self._running[job] = RunningStill(token, who, now_ns, now_ns)

    def of(self, job: str) -> RunningStill | None:
        return self._running.get(job)

    def at(self, job: str, token: int, now_ns: int) -> RunningStill:
        """That of this token, whose claim may have been answered by an earlier process."""
        self.begin(job, token, "", now_ns)
        return self._running[job]

    def moved(self, job: str, token: int, how_far: HowFar, now_ns: int) -> bool:
        """Note how far it is; False if nothing is new."""
        one = self.at(job, token, now_ns)
        if how_far == one.how_far:
            return False
        one.how_far, one.moved_ns = how_far, now_ns
        return True

    def end(self, job: str, samples: int = 0, now_ns: int = 0) -> None:
        """Forget it; of one that is done its time is kept for the estimates."""
        one = self._running.pop(job, None)
        if one and samples and one.who:
            self._took_s.append((now_ns - one.started_ns) / 1e9 / samples)

    def stuck(self, now_ns: int) -> list[tuple[str, RunningStill]]:
        there = self._running.items()
        return [(job, one) for job, one in there if now_ns - one.moved_ns >= STUCK_NS]

    def estimate_s(self, still: Still, place: int, workers: int, now_ns: int) -> float | None:
        """Until it is done, by how long others took; None while that is not known."""
        if not self._took_s:
            return None
        one_s = median(tuple(self._took_s))
        running = self._running.get(still.id)
        if running:
            left_s = one_s * still.samples - (now_ns - running.started_ns) / 1e9
            return round(max(0.5, left_s), 1)
        return round(one_s * (still.samples + place / max(1, workers)), 1)
