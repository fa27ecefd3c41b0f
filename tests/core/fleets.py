"""A fleet at hand."""

from __future__ import annotations

from lib.core.fleet import Fleet
from lib.core.peer import Peer, Work

MS = 1_000_000


class Bench:
    """A fleet, a clock, and tokens that count."""

    def __init__(self, batch: int = 1) -> None:
        self.fleet = Fleet[str](batch)
        self.now = 1_000 * MS
        self.token = 0.0
        self.number = 0
        self.numbers: dict[float, int] = {}

    def join(self, peer: int, service_ms: float = 0) -> Peer[str]:
        """A peer; with a service time it has proven itself already."""
        self.fleet.join(peer, f"10.0.0.{peer}:1", self.now)
        if service_ms:
            token = self.send(peer)
            self.now += int(service_ms * MS)
            self.answer(token)
        return self.fleet.peers[peer]

    def work(self) -> Work[str]:
        self.number += 1
        return Work(self.number, self.now, self.now - 20 * MS, "frame")

    def send(self, peer: int, work: Work[str] | None = None, copy: bool = False) -> float:
        self.token += 1
        self.now += 1
        one = work or self.work()
        self.numbers[self.token] = one.number
        self.fleet.sent(self.fleet.peers[peer], [(self.token, one)], self.now, copy)
        return self.token

    def answer(self, token: float) -> str:
        number = self.numbers[token]
        flight = self.fleet.find(token, number)
        if flight is None:
            return "dup" if self.fleet.was_answered(token, number) else "foreign"
        return self.fleet.answer(flight, f"w{flight.peer.id}", self.now)
