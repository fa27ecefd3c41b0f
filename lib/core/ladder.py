"""The latency ladder: where the time between a frame's capture and the feed goes, step by step.

The rungs of one frame add up to its latency. The times that a worker reports are measured by its
own clock; what remains of the time it had the frame is the network, there and back, and its queue.
Times are nanoseconds of one clock and come in as arguments; rungs are in milliseconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from enum import StrEnum

import numpy as np


class Rung(StrEnum):
    """In the order in which a frame passes them."""

    CAPTURE = "capture"
    WAIT = "wait"
    NETWORK = "network"
    DECODE = "decode"
    ENGINE = "engine"
    LOOK = "look"  # moderation; only where it is on
    ENCODE = "encode"
    REORDER = "reorder"
    PUBLISH = "publish"


RUNGS = tuple(rung.value for rung in Rung)
BY_WORKER = (Rung.DECODE, Rung.ENGINE, Rung.LOOK, Rung.ENCODE)
KEPT = 300
OLD_NS = 10_000_000_000
NAN = float("nan")

Times = tuple[float, float, float]


class Ladder:
    """The rungs of the latest frames. One thread adds, another may read."""

    def __init__(self) -> None:
        self._rungs: deque[tuple[float, ...]] = deque(maxlen=KEPT)

    def add(self, at_ns: tuple[int, int, int, int, int, int], said_ms: Mapping[str, float]) -> None:
        """Add a frame that was shown: when it was captured, ready, sent, back, let go and
        published, and the times that its worker reports. If a worker reports nothing, or more than
        it can have needed, all its time goes on the rung `network`."""
        captured_ns, ready_ns, sent_ns, back_ns, let_go_ns, published_ns = at_ns
        service_ms = (back_ns - sent_ns) / 1e6
        decode, engine, look, encode = (said_ms.get(name, NAN) for name in BY_WORKER)
        network = service_ms - sum(said_ms.get(name, 0.0) for name in BY_WORKER)
        if network < 0:
            network, decode, engine, look, encode = service_ms, NAN, NAN, NAN, NAN
        self._rungs.append(
            (
                (ready_ns - captured_ns) / 1e6,
                (sent_ns - ready_ns) / 1e6,
                network,
                decode,
                engine,
                look,
                encode,
                (let_go_ns - back_ns) / 1e6,
                (published_ns - let_go_ns) / 1e6,
                published_ns,
            )
        )

    def read(self, now_ns: int) -> dict[str, Times]:
        """p50, p95 and p99 of each rung, in a frame's order; rungs without a time are left out."""
        kept = np.array(self._rungs.copy(), np.float64).reshape(-1, len(RUNGS) + 1)
        recent = np.sort(kept[kept[:, -1] > now_ns - OLD_NS, :-1], axis=0)  # nan comes last
        found = {}
        for name, column in zip(RUNGS, recent.T, strict=True):
            last = len(column) - int(np.isnan(column).sum()) - 1
            if last >= 0:
                p50, p95, p99 = (float(column[round(last * q)]) for q in (0.5, 0.95, 0.99))
                found[name] = (round(p50, 2), round(p95, 2), round(p99, 2))
        return found
