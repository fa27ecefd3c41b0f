"""Asks for the status of a show ten times a second and keeps what it said."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, NamedTuple

EVERY_S = 0.1
KEPT = 50_000  # more than an hour
NOBODY = ("nobody answers",)  # in place of warnings, while the control port is silent


class Look(NamedTuple):
    """The status at one moment."""

    at_s: float
    warnings: tuple[str, ...]
    delay_ms: float = 0.0  # the playout's
    fps_in: float = 0.0
    fps_out: float = 0.0
    workers: Mapping[str, str] = {}  # name -> state
    counts: Mapping[str, int] = {}  # stage.name -> count, and drops.name -> count
    uptime_s: float = 0.0

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


def look_at(status: Mapping[str, Any], at_s: float) -> Look:
    """An answer of /status."""
    warnings, stream = tuple(status["warnings"]), status["stream"]
    if stream is None:
        return Look(at_s, warnings)
    counts: Counter[str] = Counter()
    for stage, said in stream["stages"].items():
        counts.update({f"{stage}.{name}": count for name, count in said["counts"].items()})
    counts.update({f"drops.{name}": count for name, count in stream["drops"].items()})
    return Look(
        at_s,
        warnings,
        stream["delay_ms"],
        stream["fps_in"],
        stream["fps_out"],
        {worker["name"]: worker["state"] for worker in stream["workers"]},
        counts,
        stream["uptime_s"],
    )


class Watch:
    """A thread of its own; `looks` only grows at its end."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._port, self._headers = port, headers
        self.looks: deque[Look] = deque(maxlen=KEPT)
        self._quit = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._quit.set()
        self._thread.join()

    @property
    def last(self) -> Look:
        return self.looks[-1] if self.looks else Look(time.monotonic(), NOBODY)

    def since(self, at_s: float) -> list[Look]:
        return [look for look in self.looks.copy() if look.at_s >= at_s]

    def warnings_since(self, at_s: float) -> list[tuple[float, tuple[str, ...]]]:
        return [(look.at_s, look.warnings) for look in self.since(at_s)]

    def _run(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=1)
        while not self._quit.wait(EVERY_S):
            self.looks.append(self._look(line))
        line.close()

    def _look(self, line: http.client.HTTPConnection) -> Look:
        try:
            line.request("GET", "/status", headers=self._headers)
            status = json.load(line.getresponse())
            return look_at(status, time.monotonic())
        except (OSError, http.client.HTTPException, ValueError, KeyError):
            line.close()  # it dials again by itself
            return Look(time.monotonic(), NOBODY)
