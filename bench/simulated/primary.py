"""The primary's decisions in virtual time.

All of them are the real ones: `lib.core.scheduler` decides what becomes of a frame until it is
back, `lib.core.release` what becomes of it then. What stands here is what carries them: events in
place of sockets and threads, which the real stream has in `lib.stream.dispatch` and `publish`.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from functools import partial

from bench.simulated.events import MS, SECOND, Events
from bench.simulated.policies import policy
from bench.simulated.scenarios import Scenario
from bench.simulated.workers import Worker
from lib.core.drop_ledger import DropLedger
from lib.core.peer import Work
from lib.core.release import Release
from lib.core.scheduler import Assignment, Scheduler

CHECK_NS = 50 * MS
NOTICED_NS = 3 * SECOND  # TCP_USER_TIMEOUT: until then a dead worker's connection looks alive
READY_NS = 2 * MS  # from a picture's capture to the mailbox
LATE_MS = 0.15  # a thread wakes that much after its moment (measured, p50 0.13 to 0.17)


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
        self._release: Release[int] = Release(policy(how))
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
        for job in self._scheduler.jobs(now_ns, self._release.state):
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
