"""Gives each frame to a worker and takes the results back.

Both directions live on one thread, so the ledger of what is in flight needs no lock.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from lib.config.params import Played
from lib.config.settings import Primary
from lib.core.admission import Admission
from lib.core.cuts import Cuts
from lib.core.fleet import Fleet
from lib.core.peer import Flight, Peer, Work
from lib.observe import AFew, Tally, log_debug
from lib.stage import REST_S, Inbox, Stage
from lib.stream.dispatch.live import Live
from lib.stream.dispatch.results import Results
from lib.stream.dispatch.roster import Roster
from lib.stream.frame import Frame
from lib.stream.numbers import Numbers
from lib.stream.publish import Finished, Lost, Publish
from lib.wire import sockets
from lib.wire.door_locked import open_door
from lib.wire.ears import Ears, has_message
from lib.wire.guest import Limits, Place
from lib.wire.keys import primary_key
from lib.wire.messages import Packer, Result, WorkerStatus
from lib.wire.strangers import Strangers
from lib.wire.wake import Wake

log = logging.getLogger(__name__)
comings = AFew(log)  # whoever likes may come and go

CHECK_NS = 50_000_000
NOT_YET_NS = 20_000_000  # a handshake takes a few milliseconds


class Dispatch(Stage):
    """Mailbox in, workers out and back, publish behind."""

    def __init__(
        self, settings: Primary, run_dir: Path, mailbox: Inbox[Frame], before: Publish
    ) -> None:
        super().__init__()
        self.tally = Tally()  # durations: from a frame's capture to its leaving for a worker
        self.service = Tally()  # durations: from leaving to coming back
        self.live = Live(settings)
        self.answered_by: dict[str, str] = {}  # who sent the last one that was dropped, by kind
        self.on_played: Callable[[Played], None] = lambda _: None  # told what is played from now on
        self.admission = Admission()
        self._settings, self._run_dir = settings, run_dir
        self._batch_size = settings.batch_size
        self._mailbox, self._publish = mailbox, before
        self._numbers = Numbers(run_dir)
        self._fleet: Fleet[Frame] = Fleet(settings.batch_size)
        self._roster = Roster()
        self._packer = Packer()
        self._waiting: deque[tuple[Frame, int]] = deque()  # admitted, with their tau
        self._again: deque[Work[Frame]] = deque()  # given up by one worker, not yet by us
        self._last_tau_ns = 0
        self._next_check_ns = 0
        self._capacity = 0.0
        self._wake: Wake | None = None

    def open(self, resources: ExitStack) -> None:
        settings = self._settings
        wake = self._wake = Wake(resources)
        place = Place(settings.bind, settings.job_port)
        limits = Limits(settings.max_peers, settings.max_peers_per_address)
        self._door = open_door(resources, place, limits, primary_key(settings.keys))
        self._results = Results(resources, settings, self._fleet, self.tally, self.answered_by)
        self._changes = sockets.latest_in(resources, self._run_dir, "changes")
        self._ears = Ears(resources)
        self._ears.add_descriptor(wake.fd)
        self._ears.add_descriptor(self._door.source)
        self._ears.add(self._results.intake.source)
        self._ears.add_socket(self._changes)

    def stir(self) -> None:
        if self._wake:
            self._wake.set()

    def cut(self, cuts: Cuts) -> None:
        """What is taken from the pictures from now on. Any thread may say so."""
        self.admission.every = cuts.every
        self.live.cut(cuts)

    @property
    def workers(self) -> list[WorkerStatus]:
        return self._roster.workers

    @property
    def refused(self) -> dict[str, dict[str, int]]:
        """Connections, by port and reason."""
        doors = {"job port": self._door.refused, "result port": self._results.intake.refused}
        return {port: dict(reasons) for port, reasons in doors.items()}

    @property
    def strangers(self) -> list[Strangers]:
        return [self._door.strangers, *self._results.intake.strangers]

    def step(self) -> None:
        intake = self._results.intake
        if intake.more:
            self._take_results()
        wait_s = 0.0 if intake.more else 0.05 if self._fleet.busy else REST_S
        for source in self._ears.wait(wait_s):
            if source == intake.source:
                self._take_results()
            elif source is self._changes:
                self._take_changes()
            elif source == self._door.source:
                self._take_events()
            elif self._wake:
                self._wake.clear()
                self._take_frame()
        if self._again or self._waiting:
            self._give()
        now_ns = time.monotonic_ns()
        if now_ns >= self._next_check_ns:
            self._check(now_ns)

    def _take_changes(self) -> None:
        while has_message(self._changes):
            if self.live.change(self._changes.recv(), time.monotonic_ns()):
                self._follow(self.live.params)

    def _follow(self, played: Played) -> None:
        self._batch_size = played.batch_size
        self._fleet.batch = played.batch_size
        log_debug(played.debug)
        self.on_played(played)

    # --- frames out

    def _take_frame(self) -> None:
        frame = self._mailbox.get(0)
        if frame is None:
            return
        self.tally.count("in")
        tau_ns = self.admission.offer(frame.captured_ns, self._capacity)
        if tau_ns is None:
            self.tally.count("relief" if self.admission.left_out else "thinned")
            return
        # A place in the batch that the next free worker takes is room too.
        room = len(self._waiting) < self._batch_size - 1 or self._fleet.pick() is not None
        self.admission.found_room(room or not self._fleet.any_active)
        self._waiting.append((frame, tau_ns))
        while len(self._waiting) > self._batch_size:
            self._waiting.popleft()
            self.tally.count("thinned" if self._fleet.any_active else "no_worker")

    def _give(self) -> None:
        """What waits goes out while somebody has room for it."""
        while self._again and (peer := self._fleet.pick()):
            work = self._again.popleft()
            if self._worth_showing(work):
                self._send(peer, [work])
            else:
                self._lose(work)
        while self._waiting:
            peer = self._fleet.pick()
            if peer is None:
                break
            self._send_new(peer)
        if self._waiting and not self._fleet.any_active:
            peer = self._newcomer()
            if peer:  # nobody is proven yet, so somebody gets the frame itself
                self._send_new(peer)

    def _send_new(self, peer: Peer[Frame]) -> None:
        now_ns = time.monotonic_ns()
        works: list[Work[Frame]] = []
        first = self._waiting[0][0]  # all of a job are alike: the size may have been changed since
        while self._waiting and self._waiting[0][0].alike(first) and len(works) < self._batch_size:
            frame, tau_ns = self._waiting.popleft()
            before_ns = self._last_tau_ns or tau_ns
            works.append(Work(self._numbers.next(), tau_ns, before_ns, frame, now_ns))
            self._last_tau_ns = tau_ns
        for work in works:
            self.tally.count("out")
            self.tally.took(now_ns - work.item.captured_ns)
        self._send(peer, works)
        while copy_to := self._newcomer():
            self._send(copy_to, works, copy=True)

    def _newcomer(self) -> Peer[Frame] | None:
        """A peer that has to show what it can do, and that a frame would reach."""
        now_ns = time.monotonic_ns()
        while peer := self._fleet.pick_for_copy(now_ns):
            if self._door.ready(peer.id):
                return peer
            peer.retry_ns = now_ns + NOT_YET_NS
        return None

    def _send(self, peer: Peer[Frame], works: list[Work[Frame]], copy: bool = False) -> None:
        tokens: list[float] = []
        for work in works:
            tokens.append(self._fleet.token(work.item.timestamp, tokens))
        message = self._packer.job(
            tokens,
            [work.number for work in works],
            [work.item.jpg for work in works],
            self.live.encoded(works[0].left_ns, works[0].item.size, works[0].item.shown),
        )
        now_ns = time.monotonic_ns()
        self._fleet.sent(peer, zip(tokens, works, strict=True), now_ns, copy)
        if not self._door.send(peer.id, message):
            self.tally.count("stuck")
            self._again.extend(self._fleet.demote(peer, now_ns))

    # --- results in

    def _take_results(self) -> None:
        for flight, result in self._results.take():
            now_ns = time.monotonic_ns()
            if result is None:
                self._again.extend(self._fleet.demote(flight.peer, now_ns))
                continue
            self._again.extend(self._fleet.overtaken(flight))
            answer = self._fleet.answer(flight, str(result.worker_id), now_ns)
            if answer == "first":
                self._deliver(flight, result, now_ns)
            else:
                self.tally.count(answer)
            self._roster.heard(flight.peer, result)

    def _deliver(self, flight: Flight[Frame], result: Result, now_ns: int) -> None:
        work = flight.work
        self.tally.count("answered")
        self.service.took(now_ns - flight.sent_ns)
        self._roster.answered(flight.peer.id)
        self._door.trust(flight.peer.id)
        self._publish.finished.put(
            Finished(
                work.number,
                work.tau_ns,
                work.tau_before_ns,
                work.item,
                result.jpg,
                flight.sent_ns,
                now_ns,
                result.timings,
            )
        )

    # --- workers come and go

    def _take_events(self) -> None:
        for event in self._door.news():
            if event.kind == "join":
                self._fleet.join(event.peer, event.address, time.monotonic_ns())
                comings.info("worker at %s joined", event.address)
            else:
                peer = self._fleet.peers.get(event.peer)
                self._again.extend(self._fleet.leave(event.peer))
                comings.info("worker %s at %s left", peer.name if peer else "", event.address)

    def _check(self, now_ns: int) -> None:
        """A few times a second: who is overdue, what they can do together."""
        self._next_check_ns = now_ns + CHECK_NS
        if not self._door.alive or not self._results.intake.alive:
            raise RuntimeError("the door has ended")
        self._results.intake.tend(now_ns / 1e9)
        self._take_events()
        late, works = self._fleet.expire(now_ns)
        for peer in late:
            log.warning("worker %s at %s is silent: on probation", peer.name, peer.address)
        self._again.extend(works)
        for work in [work for work in self._again if not self._worth_showing(work)]:
            self._again.remove(work)
            self._lose(work)
        self._capacity = self._fleet.capacity
        self._publish.allow_for(self._fleet.slowest_ns)
        self._roster.update(self._fleet, now_ns)

    def _worth_showing(self, work: Work[Frame]) -> bool:
        """Whether another worker could still bring it in time for its slot."""
        eta_ns = time.monotonic_ns() + self._fleet.fastest_ns
        latest_ns = work.tau_ns + self._publish.delay_ns + self._publish.interval_ns
        wanted = not work.answered and work.number > self._publish.last_number
        return wanted and eta_ns <= latest_ns

    def _lose(self, work: Work[Frame]) -> None:
        if work.answered:
            return  # the worker that was given up brought it after all
        self.tally.count("lost")
        self._publish.finished.put(Lost(work.number))
