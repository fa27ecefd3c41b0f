"""The rate and latency of frames that recently reached the screen. Times come in as arguments."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

SPAN_NS = 3_000_000_000
MOST = 2048


class Reading(NamedTuple):
    fps: float
    p50_ms: float | None  # None if no frame came recently
    p95_ms: float | None


class Meter:
    def __init__(self) -> None:
        self._frames: deque[tuple[int, int]] = deque(maxlen=MOST)  # when shown, latency in ms

    def add(self, now_ns: int, latency_ms: int) -> None:
        self._frames.append((now_ns, latency_ms))

    def read(self, now_ns: int) -> Reading:
        while self._frames and self._frames[0][0] < now_ns - SPAN_NS:
            self._frames.popleft()
        if not self._frames:
            return Reading(0.0, None, None)
        late = sorted(latency for _, latency in self._frames)
        p50, p95 = (float(late[round((len(late) - 1) * share)]) for share in (0.5, 0.95))
        passed_ns = self._frames[-1][0] - self._frames[0][0]
        fps = (len(late) - 1) * 1e9 / passed_ns if passed_ns else 0.0
        return Reading(fps, p50, p95)
