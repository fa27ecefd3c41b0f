"""Gives each frame to a worker and takes the results back.

`lib.core.scheduler` makes all decisions. Both directions run on one thread, so the record of frames
in flight needs no lock.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from lib.config.params import Played
from lib.config.settings import PrimarySettings
from lib.core.counters import Drop, Mishap
from lib.core.peer import Flight
from lib.core.scheduler import Assignment, Scheduler
from lib.core.shedding.levels import Levels
from lib.observe import BurstLimitedLog, Tally, log_debug
from lib.stage import REST_S, Stage
from lib.stream.dispatch.live_params import LiveParams, NowPlaying
from lib.stream.dispatch.results import Results
from lib.stream.dispatch.roster import Roster
from lib.stream.frame import Entrance, Frame
from lib.stream.frame_numbers import FrameNumbers
from lib.stream.publish import Finished, Lost, Publish
from lib.wire import sockets
from lib.wire.handover import HandoverTo
from lib.wire.keys import primary_key
from lib.wire.messages import Packer, Result, WorkerStatus
from lib.wire.poller import Poller, has_message
from lib.wire.refusals import RefusalLog
from lib.wire.tcp import Endpoint, Limits
from lib.wire.worker_listener import WorkerListener

log = logging.getLogger(__name__)
comings = BurstLimitedLog(log)  # limited, since anybody may connect and disconnect at any rate

CHECK_NS = 50_000_000


class Dispatch(Stage):
    """Takes frames from the mailbox, exchanges jobs and results with workers, feeds Publish."""

    def __init__(
        self,
        settings: PrimarySettings,
        run_dir: Path,
        entrance: Entrance,
        before: Publish,
        on_played: Callable[[Played], None],
    ) -> None:
        """`on_played` is called with what is played from now on."""
        super().__init__()
        self.tally = Tally()  # durations: from a frame's capture until it is sent to a worker
        self.service = Tally()  # durations: from sending a frame until its answer
        self._live = LiveParams(settings)
        self.answered_by: dict[str, str] = {}  # by kind: the host whose answer was dropped last
        self._settings, self._run_dir = settings, run_dir
        self._mailbox, self._wake = entrance
        self._publish, self._on_played = before, on_played
        self._scheduler: Scheduler[Frame] = Scheduler(
            settings.batch_size, FrameNumbers(run_dir).next, Frame.alike
        )
        self._levels = Levels()
        self._roster = Roster()
        self._packer = Packer()
        self._next_check_ns = 0

    def open(self, resources: ExitStack) -> None:
        settings = self._settings
        endpoint = Endpoint(settings.bind, settings.job_port)
        limits = Limits(settings.max_peers, settings.max_peers_per_address)
        keys = primary_key(settings.keys)
        self._workers = WorkerListener(resources, endpoint, limits, keys)
        self._workers.take_over(resources, self._run_dir, HandoverTo.JOBS)
        pool = self._scheduler.pool
        self._results = Results(resources, settings, pool, self.tally, self.answered_by)
        self._results.listener.take_over(resources, self._run_dir, HandoverTo.RESULTS)
        self._changes = sockets.latest_in(resources, self._run_dir, sockets.Topic.CHANGES)
        # Not polled for: what signals move is read when a job is packed, and wakes nobody.
        self._signals = None
        if settings.signals_port:
            self._signals = sockets.latest_in(resources, self._run_dir, sockets.Topic.SIGNALS)
        self._poller = Poller(resources)
        self._poller.add_descriptor(self._wake.fd)
        self._poller.add_descriptor(self._workers.source)
        self._poller.add_descriptor(self._results.listener.source)
        self._poller.add_socket(self._changes)

    def stir(self) -> None:
        self._wake.set()

    def cut(self, levels: Levels) -> None:
        """Take these levels of relief from now on. Any thread may call this."""
        self._levels = levels

    @property
    def playing(self) -> NowPlaying:
        return self._live.playing

    @property
    def source_rate(self) -> float:
        """Frames a second that are captured."""
        return self._scheduler.admission.source_rate

    @property
    def workers(self) -> list[WorkerStatus]:
        return self._roster.workers

    @property
    def refused(self) -> dict[str, dict[str, int]]:
        """Connections, by port and reason."""
        ports = {"job port": self._workers.refused, "result port": self._results.listener.refused}
        return {port: dict(reasons) for port, reasons in ports.items()}

    @property
    def refusals(self) -> list[RefusalLog]:
        return [self._workers.refusals, self._results.listener.refusals]

    def step(self) -> None:
        listener = self._results.listener
        if listener.more:
            self._take_results()
        wait_s = 0.0 if listener.more else 0.05 if self._scheduler.pool.busy else REST_S
        for source in self._poller.wait(wait_s):
            if source == listener.source:
                self._take_results()
            elif source is self._changes:
                self._take_changes()
            elif source == self._workers.source:
                self._take_events()
            else:
                self._wake.clear()
                self._take_frame()
        if self._scheduler.waits:
            self._give()
        now_ns = time.monotonic_ns()
        if now_ns >= self._next_check_ns:
            self._check(now_ns)

    def _take_changes(self) -> None:
        while has_message(self._changes):
            if self._live.change(self._changes.recv(), time.monotonic_ns()):
                self._follow(self._live.playing.params)

    def _follow(self, played: Played) -> None:
        self._scheduler.pool.batch = played.batch_size
        log_debug(played.debug)
        self._on_played(played)

    # --- frames out

    def _take_frame(self) -> None:
        frame = self._mailbox.get(0)
        if frame is None:
            return
        self.tally.count("in")
        self._scheduler.admission.every = self._levels.every
        self._live.cut(self._levels)
        for reason in self._scheduler.offer(frame, frame.captured_ns):
            self.tally.count(reason)

    def _give(self) -> None:
        """Send waiting frames while a worker has room."""
        now_ns = time.monotonic_ns()
        if self._signals and has_message(self._signals):
            self._live.move(self._signals.recv(), now_ns)
        for job in self._scheduler.assign(now_ns, self._publish.playout, self._workers.ready):
            if job.why == "new":
                for work in job.works:
                    self.tally.count("out")
                    self.tally.took(now_ns - work.item.captured_ns)
            self._send(job)
        self._lose()

    def _send(self, job: Assignment[Frame]) -> None:
        works = job.works
        tokens: list[float] = []
        for work in works:
            tokens.append(self._scheduler.pool.token(work.item.timestamp, tokens))
        message = self._packer.job(
            tokens,
            [work.number for work in works],
            [work.item.jpg for work in works],
            self._live.encoded(works[0].left_ns, works[0].item.size, works[0].item.shown),
        )
        now_ns = time.monotonic_ns()
        self._scheduler.sent(job, tokens, now_ns)
        if not self._workers.send(job.peer.id, message):
            self.tally.count(Mishap.STUCK)
            self._scheduler.failed(job.peer, now_ns)

    # --- results in

    def _take_results(self) -> None:
        for flight, result, is_own in self._results.take():
            now_ns = time.monotonic_ns()
            if result is None:
                self._scheduler.failed(flight.peer, now_ns)
                continue
            name = str(result.worker_id) if is_own else ""
            answer = self._scheduler.answered(flight, name, now_ns)
            if answer == "first":
                self._deliver(flight, result, now_ns)
            else:
                self.tally.count(answer)
            if is_own:
                self._roster.heard(flight.peer, result)

    def _deliver(self, flight: Flight[Frame], result: Result, now_ns: int) -> None:
        work = flight.work
        self.tally.count("answered")
        self.service.took(now_ns - flight.sent_ns)
        self._roster.answered(flight.peer.id)
        self._workers.trust(flight.peer.id)
        self._publish.take(
            Finished(
                work.number,
                work.tau_ns,
                work.tau_before_ns,
                work.item,
                result.jpg,
                flight.sent_ns,
                now_ns,
                result.timings,
                self._scheduler.slowest_ns,
                self._live.passed_at(flight.sent_ns),
            )
        )

    # --- workers come and go

    def _take_events(self) -> None:
        for event in self._workers.news():
            if event.kind == "join":
                now_ns = time.monotonic_ns()
                self._scheduler.pool.join(
                    event.peer, event.address, now_ns, event.key, event.tunnelled
                )
                comings.info(
                    "worker at %s joined%s", event.address, ", tunnelled" * event.tunnelled
                )
            else:
                peer = self._scheduler.pool.peers.get(event.peer)
                self._scheduler.left(event.peer)
                comings.info("worker %s at %s left", peer.name if peer else "", event.address)

    def _check(self, now_ns: int) -> None:
        """A few times a second: find overdue workers, and measure what all can do together."""
        self._next_check_ns = now_ns + CHECK_NS
        if not self._workers.alive or not self._results.listener.alive:
            raise RuntimeError("a listener has ended")
        self._results.listener.tend(now_ns / 1e9)
        self._take_events()
        for peer_id, round_trip_ns in self._workers.round_trips_ns():
            self._scheduler.pool.measured(peer_id, round_trip_ns)
        for peer in self._scheduler.check(now_ns, self._publish.playout):
            log.warning("worker %s at %s is silent: on probation", peer.name, peer.address)
        self._lose()
        self._roster.update(self._scheduler.pool, now_ns)

    def _lose(self) -> None:
        for work in self._scheduler.take_lost():
            self.tally.count(Drop.LOST)
            self._publish.take(Lost(work.number))
