"""All workers and everything in flight: decides which worker gets a frame.

Pure: times come in as nanoseconds of one monotonic clock. A peer is one connection to the job
port. A new, slow, silent or hostile peer is on probation and gets only a copy of a frame that
another already has, so it never costs a frame.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Container, Iterable
from typing import Generic, Literal, TypeVar

from lib.core.peer import BACKOFF_NS, Flight, Work, WorkerPeer

T = TypeVar("T")

TOO_SLOW, SLACK_NS = 3, 8_000_000  # so many times the fastest, and slower by at least the slack
ALIKE = 1.2  # workers that would finish within this factor take turns, to stay warm
EXPIRY_NS = 500_000_000
BACKOFF_MOST_NS = 8_000_000_000
SLOW_TRY_NS = 1_000_000_000  # how often a peer that is too slow may try again
IDLE_TRY_NS = (
    250_000_000  # how often an active peer that is not chosen may try: cold answers are no verdict
)
# A worker that loses a larger share of its frames is no longer proved alive by its other answers;
# and the weight of each frame in that share.
MISSED_MOST, MISSED_WEIGHT = 0.2, 0.02
REMEMBERED = 4096  # tokens of answered flights, to recognise a second answer
FORGET_NS = 10_000_000_000  # an answer that comes later than this is foreign


Answer = Literal["first", "copy"]


class WorkerPool(Generic[T]):
    """All peers and their frames."""

    def __init__(self, batch_size: int = 1) -> None:
        self.batch = batch_size  # most frames that travel together from now on
        self.fastest_ns = 0.0  # what a frame takes with the fastest active peer
        self.any_active = False
        self.peers: dict[int, WorkerPeer[T]] = {}
        # Flights without an answer, oldest first, including those given up, which may still be
        # answered. They hold frames; of answered flights only token, number and peer are kept.
        self._flights: OrderedDict[float, Flight[T]] = OrderedDict()
        self._answered: OrderedDict[float, tuple[int, WorkerPeer[T]]] = OrderedDict()

    def join(
        self, peer_id: int, address: str, now_ns: int, key: bytes = b"", tunnelled: bool = False
    ) -> None:
        self.peers[peer_id] = WorkerPeer(peer_id, address, now_ns, key, tunnelled, retry_ns=now_ns)

    def measured(self, peer_id: int, round_trip_ns: int) -> None:
        """How long it takes to this peer and back."""
        peer = self.peers.get(peer_id)
        if peer is not None and peer.round_trip_ns != round_trip_ns:
            peer.measured(round_trip_ns)
            self._survey()

    def leave(self, peer_id: int) -> list[Work[T]]:
        """The peer is gone; return the frames that it alone had."""
        peer = self.peers.pop(peer_id, None)
        if peer is None:
            return []
        peer.gone = True
        self._survey()
        return self._give_up(peer)

    def pick(self) -> WorkerPeer[T] | None:
        """The active peer expected to finish first among those with room."""
        limit_ns = self._limit_ns
        room = [
            # Written out for the many that are near: it is reckoned for each frame and worker.
            (
                peer.finish_ns
                if peer.round_trip_ns
                else peer.service_ns * (len(peer.in_flight) + 1),
                peer,
            )
            for peer in self.peers.values()
            if peer.active and peer.jobs < peer.window and peer.latency_ns <= limit_ns
        ]
        if len(room) <= 1:
            return room[0][1] if room else None
        alike_ns = min(room, key=_finish)[0] * ALIKE
        return min([peer for ns, peer in room if ns <= alike_ns], key=_last_sent)

    def pick_for_copy(self, now_ns: int) -> WorkerPeer[T] | None:
        """An idle peer that is due for a try to show its speed."""
        limit_ns = self._limit_ns
        for peer in self.peers.values():
            if peer.in_flight or now_ns < peer.retry_ns:
                continue
            if not peer.active:
                return peer
            pause_ns = SLOW_TRY_NS if peer.latency_ns > limit_ns else IDLE_TRY_NS
            if now_ns - peer.last_sent_ns >= pause_ns:
                return peer
        return None

    @property
    def slowest_ns(self) -> float:
        """What a frame takes with the slowest peer that gets frames of its own."""
        limit_ns = self._limit_ns
        times = [peer.latency_ns for peer in self.peers.values() if peer.active]
        return max((one for one in times if one <= limit_ns), default=0.0)

    @property
    def busy(self) -> bool:
        """Whether anything is in flight that could be overdue."""
        return any(peer.in_flight for peer in self.peers.values())

    @property
    def capacity(self) -> float:
        """Frames a second that the useful peers seem to manage; 0 when unknown.

        Assumes that a full batch takes no longer than the batches seen: if that is wrong, it shows
        once more frames are let in, and without more frames no batch would ever fill.
        """
        limit_ns = self._limit_ns
        return sum(
            1e9 / max(peer.interval_ns, 1.0) * self.batch / peer.batch
            for peer in self.peers.values()
            if peer.active and peer.latency_ns <= limit_ns
        )

    def sent(
        self,
        peer: WorkerPeer[T],
        tokens: Iterable[tuple[float, Work[T]]],
        now_ns: int,
        copy: bool = False,
    ) -> None:
        """A job went out; each frame travels under a token of its own."""
        peer.jobs += 1
        peer.last_sent_ns = now_ns
        if not peer.active:
            peer.retry_ns = now_ns + peer.backoff_ns
        for token, work in tokens:
            flight = Flight(token, work, peer, now_ns, self.batch, copy)
            work.flights += 1
            peer.in_flight[token] = flight
            self._flights[token] = flight

    def token(self, timestamp: float, taken: Container[float] = ()) -> float:
        """The job's timestamp, made unique: it identifies the result."""
        while timestamp in taken or timestamp in self._flights or timestamp in self._answered:
            timestamp += 1e-6
        return timestamp

    def find(self, token: float, number: int) -> Flight[T] | None:
        """The flight that a result answers, or None when it answers no open flight."""
        flight = self._flights.get(token)
        return flight if flight and flight.work.number == number else None

    def answered_before(self, token: float, number: int) -> WorkerPeer[T] | None:
        """The peer whose flight it was that has been answered already."""
        answered, peer = self._answered.get(token, (-1, None))
        return peer if answered == number else None

    def answer(self, flight: Flight[T], name: str, now_ns: int) -> Answer:
        """A good result came for this flight."""
        del self._flights[flight.token]
        self._answered[flight.token] = flight.work.number, flight.peer
        if len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)
        peer, work = flight.peer, flight.work
        if self._land(flight) or not peer.answers:
            # A first answer counts however late it is: a worker that needs seconds for a frame
            # would otherwise be given up each time before its speed is known.
            peer.learn(flight, now_ns)
        peer.name = name or peer.name
        peer.done += 1
        if not peer.gone and not peer.active and now_ns - flight.sent_ns <= _expiry_ns(flight):
            peer.active, peer.backoff_ns = True, BACKOFF_NS
        self._survey()
        if work.answered:
            return "copy"
        work.answered = True
        return "first"

    def overtaken(self, flight: Flight[T]) -> list[Work[T]]:
        """The frames that the peer was given before the flight it answers now, still unanswered.

        A worker does one job after the other over one connection, so those frames got lost: they
        need not become overdue first, and the worker is not dead. For a worker that loses many,
        they are left to become overdue. An answer that comes after all still counts.
        """
        peer, works = flight.peer, []
        peer.missed -= MISSED_WEIGHT * peer.missed
        for other in list(peer.in_flight.values()):
            if other.sent_ns >= flight.sent_ns or peer.missed > MISSED_MOST:
                break
            self._land(other)
            peer.missed += MISSED_WEIGHT
            peer.lost += not other.copy
            if not other.work.answered and other.work.flights == 0:
                works.append(other.work)
        return works

    def demote(self, peer: WorkerPeer[T], now_ns: int) -> list[Work[T]]:
        """Put a peer on probation, each time for longer; return the frames it alone had."""
        peer.active = False
        self._survey()
        peer.retry_ns = now_ns + peer.backoff_ns
        peer.backoff_ns = min(2 * peer.backoff_ns, BACKOFF_MOST_NS)
        return self._give_up(peer)

    def expire(self, now_ns: int) -> tuple[list[WorkerPeer[T]], list[Work[T]]]:
        """Put peers whose oldest frame is overdue on probation; return them, and the frames that
        they alone had."""
        while self._flights and now_ns - next(iter(self._flights.values())).sent_ns > FORGET_NS:
            self._flights.popitem(last=False)
        late: list[WorkerPeer[T]] = []
        works: list[Work[T]] = []
        for peer in self.peers.values():
            oldest = next(iter(peer.in_flight.values()), None)
            if oldest and now_ns - oldest.sent_ns > _expiry_ns(oldest):
                works += self.demote(peer, now_ns)
                late.append(peer)
        return late, works

    def _survey(self) -> None:
        """Called after any change of which peers are active, or how fast."""
        fastest_ns = 0.0
        for peer in self.peers.values():
            if peer.active and (not fastest_ns or peer.latency_ns < fastest_ns):
                fastest_ns = peer.latency_ns
        self.fastest_ns = fastest_ns
        self.any_active = fastest_ns > 0

    @property
    def _limit_ns(self) -> float:
        """A peer slower than this would delay all pictures: it gets no frames of its own."""
        return max(self.fastest_ns * TOO_SLOW, self.fastest_ns + SLACK_NS)

    def _give_up(self, peer: WorkerPeer[T]) -> list[Work[T]]:
        works = []
        for flight in peer.in_flight.values():
            flight.work.flights -= 1
            peer.lost += not flight.copy
            if not flight.work.answered and flight.work.flights == 0:
                works.append(flight.work)
        peer.in_flight.clear()
        peer.jobs = 0
        return works

    def _land(self, flight: Flight[T]) -> bool:
        """False when the flight had been given up before: its time tells nothing about speed."""
        peer = flight.peer
        if peer.in_flight.pop(flight.token, None) is None:
            return False
        flight.work.flights -= 1
        # Frames of one job left together: the job is done when none sent at that time is left.
        if not any(other.sent_ns == flight.sent_ns for other in peer.in_flight.values()):
            peer.jobs -= 1
        return True


def _expiry_ns(flight: Flight[T]) -> float:
    """How long an answer may take before it is overdue."""
    peer = flight.peer
    usual_ns = peer.service_ns * peer.window * flight.batch + peer.round_trip_ns
    return max(EXPIRY_NS, 4 * usual_ns)


def _finish(one: tuple[float, WorkerPeer[T]]) -> float:
    return one[0]


def _last_sent(peer: WorkerPeer[T]) -> int:
    return peer.last_sent_ns
