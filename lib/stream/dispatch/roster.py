"""The roster: the workers as the status shows them."""

from __future__ import annotations

from collections import Counter, deque
from typing import TypeVar

from lib.core.peer import WorkerPeer
from lib.core.worker_pool import WorkerPool
from lib.wire.messages import Result, WorkerStatus

T = TypeVar("T")

EVERY_NS = 250_000_000
OVER_NS = 3_000_000_000  # rates and shares are of the last three seconds


class Roster:
    """Written by the dispatching thread; `workers` is replaced as a whole, so others may read."""

    def __init__(self) -> None:
        self.workers: list[WorkerStatus] = []
        self._next_ns = 0
        self._done: Counter[int] = Counter()
        self._engines: dict[int, tuple[str, str]] = {}  # the engine and its device
        self._history: deque[tuple[int, Counter[int]]] = deque()

    def answered(self, peer: int) -> None:
        self._done[peer] += 1

    def heard(self, peer: WorkerPeer[T], result: Result) -> None:
        """Take in what the worker reports about itself. Times are smoothed, since single frames
        vary."""
        if len(peer.timings) > 16:
            peer.timings.clear()
        for name, ms in result.timings.items():
            peer.timings[name] = 0.9 * peer.timings.get(name, ms) + 0.1 * ms
        if result.engine:
            self._engines[peer.id] = result.engine, result.device

    def update(self, pool: WorkerPool[T], now_ns: int) -> None:
        if now_ns < self._next_ns:
            return
        self._next_ns = now_ns + EVERY_NS
        for gone in self._done.keys() - pool.peers.keys():
            del self._done[gone]
        for gone in self._engines.keys() - pool.peers.keys():
            del self._engines[gone]
        while self._history and self._history[0][0] < now_ns - OVER_NS:
            self._history.popleft()
        since_ns, before = self._history[0] if self._history else (now_ns, self._done.copy())
        self._history.append((now_ns, self._done.copy()))
        fresh = {peer: self._done[peer] - before[peer] for peer in pool.peers}
        total, seconds = sum(fresh.values()), max(1e-9, (now_ns - since_ns) / 1e9)
        self.workers = [
            self._status(peer, fresh[peer.id] / seconds, fresh[peer.id] / max(total, 1), now_ns)
            for peer in pool.peers.values()
        ]

    def _status(self, peer: WorkerPeer[T], fps: float, share: float, now_ns: int) -> WorkerStatus:
        seen_ns = peer.last_result_ns
        engine, device = self._engines.get(peer.id, ("", ""))
        return WorkerStatus(
            name=peer.name or "new",
            address=peer.address,
            state="active" if peer.active else "probation",
            in_flight=len(peer.in_flight),
            window=peer.window,
            service_ms=round(peer.service_ns / 1e6, 2) if peer.answers else None,
            fps=round(fps, 2),
            share=round(share, 3),
            done=peer.done,
            lost=peer.lost,
            last_seen_s=None if seen_ns is None else round((now_ns - seen_ns) / 1e9, 2),
            timings={name: round(ms, 3) for name, ms in peer.timings.items()},
            engine=engine,
            device=device,
            tunnelled=peer.tunnelled,
            round_trip_ms=round(peer.round_trip_ns / 1e6, 1) if peer.round_trip_ns else None,
        )
