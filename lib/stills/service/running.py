"""How far each still is: held in memory, since it changes several times a second."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from lib.core.still import LEASE_NS, SECOND_NS, Still
from lib.core.still_workers import WorkerName

WRITE_EVERY_NS = 1_500_000_000  # beats between are answered without the ledger
PREVIEW_EVERY_NS = 450_000_000
# A worker that beats and gets nowhere is asked to end by itself much sooner; this is for one that
# does not.
STUCK_NS = 1200 * SECOND_NS
# What a worker says that it does meanwhile: how long a model loads is a setting of its own, and for
# a live picture that wants all of the engine a still waits for as long as it takes.
WAITING = frozenset({"loading", "queued"})
SILENT_NS = LEASE_NS + 2 * SECOND_NS  # and the lease has run out
MEMORY = 20  # stills whose times make the estimates


class HowFar(NamedTuple):
    """As its worker says."""

    step: int = 0
    total: int = 0
    phase: str = ""


@dataclass(slots=True)
class RunningStill:
    token: int
    who: WorkerName | None  # not known of what was claimed before the service started
    started_ns: int
    moved_ns: int  # when its step or phase was another one than before
    heard_ns: int
    beaten: bool = False
    missed: bool = False  # that its worker fell silent was noticed
    how_far: HowFar = field(default_factory=HowFar)
    written_ns: int = -WRITE_EVERY_NS  # its latest beat that the ledger has
    preview: bytes = b""
    preview_ns: int = 0

    @property
    def waits(self) -> bool:
        return self.how_far.phase in WAITING


class RunningStills:
    """Of the stills that run. Used on the event loop's thread."""

    def __init__(self) -> None:
        self._running: dict[str, RunningStill] = {}
        self._took_s: deque[float] = deque(maxlen=MEMORY)  # for each sample
        self._silent: set[WorkerName] = set()

    def begin(self, job: str, token: int, who: WorkerName | None, now_ns: int) -> None:
        there = self._running.get(job)
        if there and there.token == token:
            there.heard_ns = now_ns
            return
        if there:  # nobody gave it back, and another worker has it
            self._miss(there)
        self._running[job] = RunningStill(token, who, now_ns, now_ns, now_ns)

    def _miss(self, one: RunningStill) -> None:
        if one.who and not one.missed:
            self._silent.add(one.who)
        one.missed = True

    def of(self, job: str) -> RunningStill | None:
        return self._running.get(job)

    def at(self, job: str, token: int, now_ns: int) -> RunningStill:
        """That of this token, whose claim may have been answered by an earlier process."""
        self.begin(job, token, None, now_ns)
        return self._running[job]

    def moved(self, job: str, token: int, how_far: HowFar, now_ns: int) -> bool:
        """Note how far it is; False if nothing is new."""
        one = self.at(job, token, now_ns)
        one.beaten = True
        if how_far == one.how_far:
            return False
        one.how_far, one.moved_ns = how_far, now_ns
        return True

    def end(self, job: str, samples: int = 0, now_ns: int = 0) -> None:
        """Forget it; of one that is done its time is kept for the estimates."""
        one = self._running.pop(job, None)
        if one and samples and one.who:
            self._took_s.append((now_ns - one.started_ns) / 1e9 / samples)

    def handed_in(self, job: str, token: int, now_ns: int) -> None:
        """A picture of it came, whether or not there was room for it."""
        one = self._running.get(job)
        if one and one.token == token:
            one.beaten, one.heard_ns, one.moved_ns = True, now_ns, now_ns

    def stuck(self, now_ns: int, wait_ns: int) -> list[tuple[str, RunningStill]]:
        """What a worker is heard of, and gets nowhere with; `wait_ns`: how long it may wait."""
        return [
            (job, one)
            for job, one in self._running.items()
            if now_ns - one.moved_ns >= (wait_ns if one.waits else STUCK_NS)
            and now_ns - one.heard_ns <= SILENT_NS
        ]

    def fell_silent(self, now_ns: int) -> set[WorkerName]:
        """The workers whose leases ran out since this was asked last."""
        for one in self._running.values():
            if now_ns - one.heard_ns > SILENT_NS:
                self._miss(one)
        silent, self._silent = self._silent, set()
        return silent

    def unheard(self) -> Counter[WorkerName]:
        """How many leases each worker has and has not said a word about."""
        return Counter(
            one.who
            for one in self._running.values()
            if one.who and not one.beaten and not one.missed
        )

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
