"""The primary's decisions in virtual time.

The parts that judge are the real ones: admission, fleet, playout, fates. What stands here is what
`lib/stream/dispatch/dispatch.py` and `lib/stream/publish.py` do between them, step by step, with
events in place of sockets and threads. A change there belongs here too.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from functools import partial

from bench.simulated.events import MS, SECOND, Events
from bench.simulated.policies import policy
from bench.simulated.scenarios import Scenario
from bench.simulated.workers import Worker
from lib.core.admission import Admission
from lib.core.fates import Fates
from lib.core.fleet import Fleet
from lib.core.peer import Peer, Work
from lib.core.playout import LONGEST_NS

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
    fates: Fates = field(default_factory=Fates)


class Primary:
    """Asked with each captured frame; workers answer through the events."""

    def __init__(self, show: Scenario, how: str, seed: int, middle_ns: int, events: Events) -> None:
        self.made = Made()
        self._events, self._batch = events, show.batch
        self._dice = random.Random(f"{seed} primary")
        self._admission = Admission()
        self._fleet: Fleet[int] = Fleet(show.batch)
        self._playout = policy(how)
        self._workers: list[Worker] = []
        self._waiting: deque[tuple[int, int]] = deque()  # captured, tau
        self._again: deque[Work[int]] = deque()
        self._capacity = 0.0
        self._number = self._last_tau_ns = 0
        self._token = 0.0
        self._wakes_ns: int | None = None
        for number, kind in enumerate(show.kinds):
            dies_ns = middle_ns if kind.dies else None
            dice = random.Random(f"{seed} worker {number}")
            self._workers.append(Worker(kind, show.loss, dies_ns, dice, events))
            self._fleet.join(number, f"worker {number}", 0)
            if dies_ns is not None:
                events.at(dies_ns + NOTICED_NS, partial(self._gone, number))
        self._check()

    # --- as Dispatch has it

    def take(self, captured_ns: int) -> None:
        self.made.offered.append(captured_ns)
        tau_ns = self._admission.offer(captured_ns, self._capacity)
        if tau_ns is None:
            return
        room = len(self._waiting) < self._batch - 1 or self._fleet.pick() is not None
        self._admission.found_room(room or not self._fleet.any_active)
        self._waiting.append((captured_ns, tau_ns))
        while len(self._waiting) > self._batch:
            self._waiting.popleft()
        self._give()

    def _give(self) -> None:
        while self._again and (peer := self._fleet.pick()):
            work = self._again.popleft()
            if self._worth_showing(work):
                self._send(peer, [work])
            else:
                self._lose(work)
        while self._waiting and (peer := self._fleet.pick()):
            self._send_new(peer)
        if self._waiting and not self._fleet.any_active:
            peer = self._fleet.pick_for_copy(self._events.now_ns)
            if peer:
                self._send_new(peer)

    def _send_new(self, peer: Peer[int]) -> None:
        now_ns = self._events.now_ns
        works: list[Work[int]] = []
        while self._waiting and len(works) < self._batch:
            captured_ns, tau_ns = self._waiting.popleft()
            before_ns = self._last_tau_ns or tau_ns
            works.append(Work(self._number, tau_ns, before_ns, captured_ns, now_ns))
            self.made.taken[self._number] = captured_ns
            self._number += 1
            self._last_tau_ns = tau_ns
        self._send(peer, works)
        while copy_to := self._fleet.pick_for_copy(now_ns):
            self._send(copy_to, works, copy=True)

    def _send(self, peer: Peer[int], works: list[Work[int]], copy: bool = False) -> None:
        tokens = []
        for _ in works:
            self._token += 1
            tokens.append(self._token)
        self._fleet.sent(peer, zip(tokens, works, strict=True), self._events.now_ns, copy)
        numbers = [work.number for work in works]
        self._workers[peer.id].send(list(zip(tokens, numbers, strict=True)), self._answered)

    def _answered(self, token: float, number: int, each_ms: float) -> None:
        flight = self._fleet.find(token, number)
        if flight is None:
            return
        now_ns, work = self._events.now_ns, flight.work
        self._again.extend(self._fleet.overtaken(flight))
        if self._fleet.answer(flight, "", now_ns) == "first":
            self._place(work, now_ns)
        timings = flight.peer.timings
        timings["engine"] = 0.9 * timings.get("engine", each_ms) + 0.1 * each_ms
        self._give()

    def _gone(self, peer: int) -> None:
        self._again.extend(self._fleet.leave(peer))
        self._give()

    def _check(self) -> None:
        _, works = self._fleet.expire(self._events.now_ns)
        self._again.extend(works)
        for work in [work for work in self._again if not self._worth_showing(work)]:
            self._again.remove(work)
            self._lose(work)
        self._capacity = self._fleet.capacity
        self._playout.longest_ns = max(LONGEST_NS, int(4 * self._fleet.slowest_ns))
        self._give()
        self._events.at(self._events.now_ns + CHECK_NS, self._check)

    def _worth_showing(self, work: Work[int]) -> bool:
        eta_ns = self._events.now_ns + self._fleet.fastest_ns
        latest_ns = work.tau_ns + self._playout.delay_ns + self._playout.interval_ns
        wanted = not work.answered and work.number > self._playout.last_number
        return wanted and eta_ns <= latest_ns

    def _lose(self, work: Work[int]) -> None:
        if work.answered:
            return
        self._playout.lose(work.number)
        self.made.fates.give_up(work.number, self._playout.last_number, self._events.now_ns)
        self._show()

    # --- as Publish has it

    def _place(self, work: Work[int], now_ns: int) -> None:
        kept = self._playout.push(work.number, work.tau_ns, work.tau_before_ns, now_ns, now_ns)
        if not kept:
            self.made.fates.late(work.number)
        self._show()

    def _show(self) -> None:
        now_ns = self._events.now_ns
        for shown in self._playout.pop(now_ns):
            self.made.shown.append((shown.number, shown.item, now_ns))
            self.made.fates.shown(shown.number)
        self.made.fates.settle(self._playout.last_number, now_ns)
        next_ns = self._playout.next_ns()
        if next_ns is not None and next_ns != self._wakes_ns:
            self._wakes_ns = next_ns
            late_ns = int(self._dice.lognormvariate(0, 0.5) * LATE_MS * MS)
            self._events.at(max(next_ns, now_ns) + late_ns, partial(self._wake, next_ns))

    def _wake(self, wanted_ns: int) -> None:
        if wanted_ns == self._wakes_ns:
            self._wakes_ns = None
            self._show()
