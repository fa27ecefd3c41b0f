"""What a show says of itself: the answers of its /status, over time."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, NamedTuple

from bench.asking import Asker
from bench.background import Background

EVERY_S = 0.1  # between two samples of the status
KEPT = 50_000  # samples, more than an hour
NOBODY = ("nobody answers",)  # in place of warnings, while the control port is silent


class StatusSample(NamedTuple):
    """The status at one moment."""

    at_s: float
    warnings: tuple[str, ...]
    delay_ms: float = 0.0  # the playout's
    workers: Mapping[str, str] = {}  # name -> state
    counts: Mapping[str, int] = {}  # stage.name -> count, and drops.name -> count
    uptime_s: float = 0.0
    relief: Mapping[str, Any] = {}

    @property
    def captured(self) -> int:
        return self.counts.get("capture.out", 0)

    @property
    def shown(self) -> int:
        return self.counts.get("publish.out", 0)

    @property
    def dropped(self) -> dict[str, int]:
        drops = {name: n for name, n in self.counts.items() if name.startswith("drops.")}
        return {name.removeprefix("drops."): count for name, count in drops.items()}

    @property
    def underway(self) -> int:
        """Captured, and neither shown nor counted as dropped so far."""
        return self.captured - self.shown - sum(self.dropped.values())


def sample_of(status: Mapping[str, Any], at_s: float) -> StatusSample:
    """An answer of /status."""
    warnings, stream = tuple(status["warnings"]), status["stream"]
    if stream is None:
        return StatusSample(at_s, warnings)
    counts: Counter[str] = Counter()
    for stage, said in stream["stages"].items():
        counts.update({f"{stage}.{name}": count for name, count in said["counts"].items()})
    counts.update({f"drops.{name}": count for name, count in stream["drops"].items()})
    states = {worker["name"]: worker["state"] for worker in stream["workers"]}
    return StatusSample(
        at_s, warnings, stream["delay_ms"], states, counts, stream["uptime_s"], stream["relief"]
    )


class StatusPoller(Background):
    """Asks now and then; `samples` only grows at its end."""

    def __init__(self, port: int, headers: Mapping[str, str], every_s: float = EVERY_S) -> None:
        super().__init__()
        self._port, self._headers, self._every_s = port, headers, every_s
        self.samples: deque[StatusSample] = deque(maxlen=KEPT)

    @property
    def last(self) -> StatusSample:
        return self.samples[-1] if self.samples else StatusSample(time.monotonic(), NOBODY)

    def since(self, at_s: float) -> list[StatusSample]:
        return [one for one in self.samples.copy() if one.at_s >= at_s]

    def run(self) -> None:
        line = Asker(self._port, self._headers, timeout_s=1)
        while not self.quit.wait(self._every_s):
            try:
                status = line.ask("GET", "/status")
                self.samples.append(sample_of(status, time.monotonic()))
            except (OSError, ValueError, KeyError):
                self.samples.append(StatusSample(time.monotonic(), NOBODY))
        line.close()
