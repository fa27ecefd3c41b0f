"""Schedules captured frames onto workers, until a frame's picture is here or it is lost.

It decides which frames enter, which worker gets the next job, whether a frame that one worker lost
is given to another, and when a frame is declared lost, for the real stream and for the simulated
one alike. The caller sends the jobs that are decided and reports what came back.

Pure: times come in as nanoseconds of one monotonic clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, Literal, NamedTuple, TypeVar

from lib.core.admission import Admission
from lib.core.counters import Drop
from lib.core.peer import Flight, Work, WorkerPeer
from lib.core.playout import PlayoutState
from lib.core.worker_pool import Answer, WorkerPool

T = TypeVar("T")

NOT_YET_NS = 20_000_000  # before an unreachable peer is tried again: a handshake takes ms


class Assignment(NamedTuple, Generic[T]):
    """Frames that go to one worker together, in one message."""

    peer: WorkerPeer[T]
    works: list[Work[T]]
    why: Literal["new", "again", "copy"]  # again: another worker lost it; copy: another has it too


class Scheduler(Generic[T]):
    """Belongs to one thread."""

    def __init__(
        self,
        batch: int,
        number: Callable[[], int],
        alike: Callable[[T, T], bool] = lambda one, other: True,  # noqa: ARG005 - all are alike
    ) -> None:
        """`number` returns a new frame number, `alike` whether two frames may share a job."""
        self.admission = Admission()
        self.pool: WorkerPool[T] = WorkerPool(batch)
        self.slowest_ns = 0.0  # what the slowest useful worker takes, as of the last check
        self._number, self._alike = number, alike
        self._waiting: deque[tuple[T, int]] = deque()  # admitted, with their tau
        self._again: deque[Work[T]] = deque()  # given up by one worker, not yet by us
        self._lost: list[Work[T]] = []
        self._last_tau_ns = 0
        self._capacity = 0.0

    @property
    def waits(self) -> bool:
        """Whether anything waits for a worker."""
        return bool(self._again or self._waiting)

    def offer(self, item: T, captured_ns: int) -> list[Drop]:
        """Offer a captured frame; return a reason for each frame that is dropped by that."""
        tau_ns = self.admission.offer(captured_ns, self._capacity)
        if tau_ns is None:
            return [Drop.RELIEF if self.admission.left_out else Drop.THINNED]
        # A free place in the next worker's batch is room, too.
        room = len(self._waiting) < self.pool.batch - 1 or self.pool.pick() is not None
        self.admission.found_room(room or not self.pool.any_active)
        self._waiting.append((item, tau_ns))
        left_out = []
        while len(self._waiting) > self.pool.batch:
            self._waiting.popleft()
            left_out.append(Drop.THINNED if self.pool.any_active else Drop.NO_WORKER)
        return left_out

    def assign(
        self,
        now_ns: int,
        playout: PlayoutState,
        reachable: Callable[[int], bool] = lambda peer: True,  # noqa: ARG005 - all of them
    ) -> Iterator[Assignment[T]]:
        """The jobs that go out while a worker has room. The caller reports each by `sent` before it
        takes the next one. `reachable` tells whether a frame would reach a peer."""
        while self._again and (peer := self.pool.pick()):
            work = self._again.popleft()
            if worth_showing(work, self.pool.fastest_ns, playout, now_ns):
                yield Assignment(peer, [work], "again")
            else:
                self._lost.append(work)
        while self._waiting and (peer := self.pool.pick()):
            yield from self._new(peer, now_ns, reachable)
        if self._waiting and not self.pool.any_active:
            newcomer = self._newcomer(now_ns, reachable)
            if newcomer:  # no worker is proven yet, so one on probation gets the frame itself
                yield from self._new(newcomer, now_ns, reachable)

    def sent(self, job: Assignment[T], tokens: Iterable[float], now_ns: int) -> None:
        """The job left for its worker, each frame under a token of its own."""
        flights = zip(tokens, job.works, strict=True)
        self.pool.sent(job.peer, flights, now_ns, job.why == "copy")

    def answered(self, flight: Flight[T], name: str, now_ns: int) -> Answer:
        """A good result came. Earlier frames that its worker skipped are given to others."""
        self._again.extend(self.pool.overtaken(flight))
        return self.pool.answer(flight, name, now_ns)

    def failed(self, peer: WorkerPeer[T], now_ns: int) -> None:
        """The worker did not take a job, or returned no valid picture: put it on probation."""
        self._again.extend(self.pool.demote(peer, now_ns))

    def left(self, peer_id: int) -> None:
        """The worker's connection has ended."""
        self._again.extend(self.pool.leave(peer_id))

    def check(self, now_ns: int, playout: PlayoutState) -> list[WorkerPeer[T]]:
        """A few times a second: measure the workers' capacity, give up frames that no worker can
        return in time any more, and put silent workers on probation; return those."""
        silent, works = self.pool.expire(now_ns)
        self._again.extend(works)
        fastest_ns = self.pool.fastest_ns
        for work in [
            one for one in self._again if not worth_showing(one, fastest_ns, playout, now_ns)
        ]:
            self._again.remove(work)
            self._lost.append(work)
        self._capacity = self.pool.capacity
        self.slowest_ns = self.pool.slowest_ns
        return silent

    def take_lost(self) -> list[Work[T]]:
        """The frames that have been declared lost since the last call."""
        if not self._lost:
            return []
        lost, self._lost = self._lost, []
        return [work for work in lost if not work.answered]  # it may have been answered since

    def _new(
        self, peer: WorkerPeer[T], now_ns: int, reachable: Callable[[int], bool]
    ) -> Iterator[Assignment[T]]:
        works = self._numbered(now_ns)
        yield Assignment(peer, works, "new")
        while copy_to := self._newcomer(now_ns, reachable):
            yield Assignment(copy_to, works, "copy")

    def _numbered(self, now_ns: int) -> list[Work[T]]:
        """Number as many of the waiting frames as go into one job."""
        works: list[Work[T]] = []
        first = self._waiting[0][0]  # a job's frames are alike; the size may have changed
        while self._waiting and len(works) < self.pool.batch:
            if not self._alike(self._waiting[0][0], first):
                break
            item, tau_ns = self._waiting.popleft()
            before_ns = self._last_tau_ns or tau_ns
            works.append(Work(self._number(), tau_ns, before_ns, item, now_ns))
            self._last_tau_ns = tau_ns
        return works

    def _newcomer(self, now_ns: int, reachable: Callable[[int], bool]) -> WorkerPeer[T] | None:
        """A peer on probation that is due for a try, and that a frame would reach."""
        while peer := self.pool.pick_for_copy(now_ns):
            if reachable(peer.id):
                return peer
            peer.retry_ns = now_ns + NOT_YET_NS
        return None


def worth_showing(work: Work[T], fastest_ns: float, playout: PlayoutState, now_ns: int) -> bool:
    """Whether the fastest worker could still return it in time for its slot."""
    latest_ns = work.tau_ns + playout.delay_ns + playout.interval_ns
    wanted = not work.answered and work.number > playout.last_number
    return wanted and now_ns + fastest_ns <= latest_ns
