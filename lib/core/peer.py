"""One worker's connection, its frames in flight, and its measured speed.

Pure: times come in as nanoseconds of one monotonic clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")

WINDOW = 2
# Below the first service time the network is a good part of it: a window of 3 made 5 to 15 % more
# frames at full speed. Above the second a window of 1 keeps the latency down.
BRIEF_NS, SLOW_NS = 10_000_000, 100_000_000
BACKOFF_NS = 250_000_000
MOST_ON_THE_WAY = 16  # jobs that a long line may hold, besides those that its worker has


@dataclass(slots=True, eq=False)
class Work(Generic[T]):
    """One frame, until it is answered or given up."""

    number: int
    tau_ns: int
    tau_before_ns: int
    item: T
    left_ns: int = 0  # when it first went to a worker: the moment its gliding values are taken at
    answered: bool = False
    flights: int = 0  # how many workers have it now


@dataclass(slots=True, eq=False)
class Flight(Generic[T]):
    """One frame on its way through one worker."""

    token: float
    work: Work[T]
    peer: WorkerPeer[T]
    sent_ns: int
    batch: int  # most frames that travelled together when it left
    copy: bool  # another peer has the same frame: this flight only measures the peer


class Sender(Protocol):
    """A connection that answers come over."""

    @property
    def host(self) -> str: ...
    @property
    def key(self) -> bytes: ...  # that it has proved to hold; empty where there are no keys
    @property
    def is_open(self) -> bool: ...


@dataclass(slots=True, eq=False)
class WorkerPeer(Generic[T]):
    """One worker's connection."""

    id: int
    address: str
    joined_ns: int
    key: bytes = b""  # that it has proved to hold; empty where there are no keys
    tunnelled: bool = False
    # There and back, apart from service_ns, where frames follow each other over a long line; 0: not
    # known, or so short that service_ns may have it.
    round_trip_ns: int = 0
    latency_ns: float = 0.0  # both together: what one frame takes until it is back
    sender: Sender | None = None  # that brings its good answers
    name: str = ""
    active: bool = False
    gone: bool = False
    service_ns: float = 0.0  # 0: not known yet
    interval_ns: float = 0.0  # between two results while it is kept busy, as far as known
    answers: int = 0
    done: int = 0
    lost: int = 0
    missed: float = 0.0  # share of its frames that it overtook with later ones
    last_result_ns: int | None = None
    job_done_ns: int = 0
    landed: int = 0  # frames that came back since job_done_ns
    batch: float = 1.0  # the recent average of frames in a job
    backoff_ns: int = BACKOFF_NS
    retry_ns: int = 0
    in_flight: dict[float, Flight[T]] = field(default_factory=dict)
    jobs: int = 0
    window: int = WINDOW  # jobs in flight at most
    last_sent_ns: int = 0
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return self.address.rpartition(":")[0]

    @property
    def finish_ns(self) -> float:
        """In which time a further frame would be back: what is still on the way to the worker, or
        back from it, keeps it from nothing."""
        return max(self.latency_ns, self.service_ns * (len(self.in_flight) + 1))

    def may_send(self, sender: Sender) -> bool:
        """Whether an answer over this connection can be its own: with keys, that is known."""
        return sender.key == self.key

    def owns(self, sender: Sender) -> bool:
        """Whether it is to be blamed for what comes over this connection. Hosts alone do not tell:
        several workers may share one, and one worker may have several addresses."""
        if self.sender is not None and self.sender.is_open:
            return sender is self.sender
        return bool(self.key) or sender.host == self.host

    def brought(self, sender: Sender) -> None:
        """A good answer to a job of this worker came over this connection. A stranger may have
        been first, but not from the worker's own host."""
        known = self.sender
        if known is None or not known.is_open or sender.host == self.host != known.host:
            self.sender = sender

    def learn(self, flight: Flight[T], now_ns: int) -> None:
        """A frame of this peer came back: update how long it takes for a frame."""
        self.last_result_ns = now_ns
        self.answers += 1
        self.landed += 1
        if self.service_ns and any(o.sent_ns == flight.sent_ns for o in self.in_flight.values()):
            return  # a job's frames come back together: only with the last is each one's time known
        frames, self.landed = self.landed, 0
        begun_ns = flight.sent_ns + self.round_trip_ns
        since_ns = max(begun_ns, self.job_done_ns)
        self.job_done_ns = now_ns
        sample_ns = max(1, (now_ns - since_ns) // frames)
        self.batch += 0.1 * (frames - self.batch)
        # The first answers of a cold worker weigh less and less, so that one slow start is soon
        # forgotten; a peer that seldom gets a frame learns faster from each.
        weight = max(0.5 if flight.copy else 1 - 0.8**frames, 1 / self.answers)
        self.service_ns += weight * (sample_ns - self.service_ns)
        if since_ns > begun_ns and self.interval_ns:
            self.interval_ns += weight * (sample_ns - self.interval_ns)
        else:  # it was idle before: this is a latency, an upper bound of the interval
            slowest_stage_ns = 1e6 * max(self.timings.values(), default=0.0)
            bounds = (self.interval_ns, sample_ns, slowest_stage_ns)
            self.interval_ns = min(bound for bound in bounds if bound)
        self._reckon()

    def measured(self, round_trip_ns: int) -> None:
        """How long its line takes. Until that was known for the first time, its frames were thought
        to take as much longer."""
        if self.answers and not self.round_trip_ns:
            self.service_ns = max(1.0, self.service_ns - round_trip_ns)
            self.interval_ns = max(1.0, self.interval_ns - round_trip_ns)
        self.round_trip_ns = round_trip_ns
        if self.answers:
            self._reckon()

    def _reckon(self) -> None:
        self.latency_ns = self.service_ns + self.round_trip_ns
        job_ns = self.service_ns * self.batch
        self.window = WINDOW + (job_ns < BRIEF_NS) - (job_ns > SLOW_NS)
        if self.round_trip_ns:
            self.window += min(MOST_ON_THE_WAY, math.ceil(self.round_trip_ns / job_ns))
