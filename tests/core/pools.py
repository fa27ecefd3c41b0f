"""A pool at hand."""

from __future__ import annotations

from lib.core.peer import Work, WorkerPeer
from lib.core.worker_pool import WorkerPool

MS = 1_000_000


class Bench:
    """A pool, a clock, and tokens that count."""

    def __init__(self, batch: int = 1) -> None:
        self.pool = WorkerPool[str](batch)
        self.now = 1_000 * MS
        self.token = 0.0
        self.number = 0
        self.numbers: dict[float, int] = {}

    def join(self, peer: int, service_ms: float = 0) -> WorkerPeer[str]:
        """A peer; with a service time it has proven itself already."""
        self.pool.join(peer, f"10.0.0.{peer}:1", self.now)
        if service_ms:
            token = self.send(peer)
            self.now += int(service_ms * MS)
            self.answer(token)
        return self.pool.peers[peer]

    def work(self) -> Work[str]:
        self.number += 1
        return Work(self.number, self.now, self.now - 20 * MS, "frame")

    def send(self, peer: int, work: Work[str] | None = None, copy: bool = False) -> float:
        self.token += 1
        self.now += 1
        one = work or self.work()
        self.numbers[self.token] = one.number
        self.pool.sent(self.pool.peers[peer], [(self.token, one)], self.now, copy)
        return self.token

    def answer(self, token: float) -> str:
        number = self.numbers[token]
        flight = self.pool.find(token, number)
        if flight is None:
            return "dup" if self.pool.answered_before(token, number) else "foreign"
        return self.pool.answer(flight, f"w{flight.peer.id}", self.now)
