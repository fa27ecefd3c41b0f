"""A show in virtual time.

All decisions of its primary are the real ones: `lib.core.scheduler` decides what becomes of a frame
until it is back, `lib.core.release` what becomes of it then. What stands here is what carries them:
events in place of sockets and threads, which the real stream has in `lib.stream.dispatch` and
`publish`, workers that need a lognormal time for a frame, and a network that is never quite even.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from bench.simulated.scenarios import Kind, Scenario
from lib.core.drop_ledger import DropLedger
from lib.core.peer import Work
from lib.core.playout import Playout
from lib.core.release import Release
from lib.core.scheduler import Assignment, Scheduler

SECOND = 1_000_000_000
MS = 1_000_000
WAY_NS = MS // 2  # the least that a message needs in one direction
CAMERA_MS = 0.5  # standard deviation of a camera's moments
FIRST_NS = 5 * MS
DRAIN_NS = 13 * SECOND  # after the last frame: every number has found its fate
CHECK_NS = 50 * MS
NOTICED_NS = 3 * SECOND  # TCP_USER_TIMEOUT: until then a dead worker's connection looks alive
READY_NS = 2 * MS  # from a picture's capture to the mailbox
LATE_MS = 0.15  # a thread wakes that much after its moment (measured, p50 0.13 to 0.17)

Back = Callable[[float, int, float], None]  # token, number, milliseconds of a frame


class Events:
    """What is due at the same moment happens in the order in which it was planned."""

    def __init__(self) -> None:
        self.now_ns = 0
        self._planned: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, when_ns: int, what: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._planned, (max(when_ns, self.now_ns), self._count, what))

    def run(self, until_ns: int) -> None:
        while self._planned and self._planned[0][0] <= until_ns:
            self.now_ns, _, what = heapq.heappop(self._planned)
            what()
        self.now_ns = until_ns


class Worker:
    """Does one job after the other, the frames of a job together, as one connection brings them."""

    def __init__(
        self, kind: Kind, loss: float, dies_ns: int | None, dice: random.Random, events: Events
    ) -> None:
        self._kind, self._loss, self._dice, self._events = kind, loss, dice, events
        self._dies_ns = math.inf if dies_ns is None else dies_ns
        self._free_ns = self._last_back_ns = 0

    def send(self, frames: list[tuple[float, int]], back: Back) -> None:
        """A job: token and number of each frame; `back` is called with each result."""
        dice = self._dice
        each_ms = dice.lognormvariate(math.log(self._kind.median_ms), self._kind.spread)
        start_ns = max(self._free_ns, self._events.now_ns + self._way_ns())
        self._free_ns = start_ns + int(each_ms * MS * len(frames))
        back_ns = max(self._last_back_ns, self._free_ns + self._way_ns())
        self._last_back_ns = back_ns
        for token, number in frames:
            lost = dice.random() < self._loss
            if not lost and self._free_ns < self._dies_ns:
                self._events.at(back_ns, partial(back, token, number, each_ms))

    def _way_ns(self) -> int:
        return WAY_NS + int(self._dice.lognormvariate(0, 1) * 0.2 * MS)


@dataclass(frozen=True)
class Made:
    """What a run left: one entry for each frame that got a number, and each that was shown."""

    taken: dict[int, int] = field(default_factory=dict)  # number: captured
    shown: list[tuple[int, int, int]] = field(default_factory=list)  # number, came, left
    offered: list[int] = field(default_factory=list)  # captured
    drops: DropLedger = field(default_factory=DropLedger)


class Primary:
    """Asked with each captured frame; workers answer through the events."""

    def __init__(self, show: Scenario, how: str, seed: int, middle_ns: int, events: Events) -> None:
        self._release: Release[int] = Release(Playout(how))
        self.made = Made(drops=self._release.drops)
        self._events = events
        self._dice = random.Random(f"{seed} primary")
        self._scheduler: Scheduler[int] = Scheduler(show.batch, itertools.count().__next__)
        self._workers: list[Worker] = []
        self._tokens = itertools.count(1)
        self._wakes_ns: int | None = None
        for number, kind in enumerate(show.kinds):
            dies_ns = middle_ns if kind.dies else None
            dice = random.Random(f"{seed} worker {number}")
            self._workers.append(Worker(kind, show.loss, dies_ns, dice, events))
            self._scheduler.pool.join(number, f"worker {number}", 0)
            if dies_ns is not None:
                events.at(dies_ns + NOTICED_NS, partial(self._gone, number))
        self._check()

    # --- as Dispatch has it

    def take(self, captured_ns: int) -> None:
        self.made.offered.append(captured_ns)
        self._scheduler.offer(captured_ns, captured_ns)
        self._give()

    def _give(self) -> None:
        now_ns = self._events.now_ns
        for job in self._scheduler.assign(now_ns, self._release.state):
            self._send(job, now_ns)
        self._lose()

    def _send(self, job: Assignment[int], now_ns: int) -> None:
        if job.why == "new":
            self.made.taken.update({work.number: work.item for work in job.works})
        frames = [(float(next(self._tokens)), work.number) for work in job.works]
        self._scheduler.sent(job, [token for token, _ in frames], now_ns)
        self._workers[job.peer.id].send(frames, self._answered)

    def _answered(self, token: float, number: int, each_ms: float) -> None:
        flight = self._scheduler.pool.find(token, number)
        if flight is None:
            return
        now_ns = self._events.now_ns
        if self._scheduler.answered(flight, "", now_ns) == "first":
            self._place(flight.work, now_ns)
        timings = flight.peer.timings
        timings["engine"] = 0.9 * timings.get("engine", each_ms) + 0.1 * each_ms
        self._give()

    def _gone(self, peer: int) -> None:
        self._scheduler.left(peer)
        self._give()

    def _check(self) -> None:
        self._scheduler.check(self._events.now_ns, self._release.state)
        self._give()
        self._events.at(self._events.now_ns + CHECK_NS, self._check)

    def _lose(self) -> None:
        for work in self._scheduler.take_lost():
            self._release.lost(work.number, self._events.now_ns)
            self._show()

    # --- as Publish has it

    def _place(self, work: Work[int], now_ns: int) -> None:
        self._release.allow_for(self._scheduler.slowest_ns)
        self._release.came(work.number, work.tau_ns, work.tau_before_ns, now_ns, now_ns)
        self._show()

    def _show(self) -> None:
        now_ns = self._events.now_ns
        for shown in self._release.due(now_ns):
            self.made.shown.append((shown.number, shown.item, now_ns))
        next_ns = self._release.next_ns()
        if next_ns is not None and next_ns != self._wakes_ns:
            self._wakes_ns = next_ns
            late_ns = int(self._dice.lognormvariate(0, 0.5) * LATE_MS * MS)
            self._events.at(max(next_ns, now_ns) + late_ns, partial(self._wake, next_ns))

    def _wake(self, wanted_ns: int) -> None:
        if wanted_ns == self._wakes_ns:
            self._wakes_ns = None
            self._show()


def run(scenario: Scenario, how: str, seconds: float, seed: int) -> Made:
    """What was on its way when the source ended is waited for."""
    events = Events()
    primary = Primary(scenario, how, seed, int(seconds / 2 * SECOND), events)
    dice = random.Random(f"{seed} camera")
    for number in range(int(seconds * scenario.at)):
        captured_ns = FIRST_NS + int(number * SECOND / scenario.at + dice.gauss(0, CAMERA_MS) * MS)
        events.at(captured_ns + READY_NS, partial(primary.take, captured_ns))
    events.run(int(seconds * SECOND) + DRAIN_NS)
    return primary.made
