"""What a show said while something happened to it: its status, and the log of its programs."""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bench.background import Background
from bench.processes import Program

EVERY_S = 0.1  # between two samples of the status
KEPT = 50_000  # samples, more than an hour; lines of the log, whose file has all
NOBODY = ("nobody answers",)  # in place of warnings, while the control port is silent


class StatusSample(NamedTuple):
    """The status at one moment."""

    at_s: float
    warnings: tuple[str, ...]
    delay_ms: float = 0.0  # the playout's
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
    return StatusSample(at_s, warnings, stream["delay_ms"], states, counts, stream["uptime_s"])


class StatusPoller(Background):
    """Asks ten times a second; `samples` only grows at its end."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        super().__init__()
        self._port, self._headers = port, headers
        self.samples: deque[StatusSample] = deque(maxlen=KEPT)

    @property
    def last(self) -> StatusSample:
        return self.samples[-1] if self.samples else StatusSample(time.monotonic(), NOBODY)

    def since(self, at_s: float) -> list[StatusSample]:
        return [one for one in self.samples.copy() if one.at_s >= at_s]

    def run(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=1)
        while not self.quit.wait(EVERY_S):
            try:
                line.request("GET", "/status", headers=self._headers)
                status = json.load(line.getresponse())
                self.samples.append(sample_of(status, time.monotonic()))
            except (OSError, http.client.HTTPException, ValueError, KeyError):
                line.close()  # it dials again by itself
                self.samples.append(StatusSample(time.monotonic(), NOBODY))
        line.close()


class LogLine(NamedTuple):
    at_s: float
    program: str
    words: str


class Log:
    """One thread for each process, which ends with it."""

    def __init__(self, path: Path) -> None:
        self._out = path.open("w", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()
        self._lines: deque[LogLine] = deque(maxlen=KEPT)

    def follow(self, name: str, program: Program) -> None:
        threading.Thread(target=self._read, args=(name, program), daemon=True).start()

    def _read(self, name: str, program: Program) -> None:
        assert program.stderr is not None
        for text in program.stderr:
            line = LogLine(time.monotonic(), name, text.decode("utf-8", "replace").rstrip())
            with self._lock:
                self._lines.append(line)
                if not self._out.closed:
                    print(f"{line.at_s:.3f} {name}: {line.words}", file=self._out)
        program.stderr.close()

    def since(self, at_s: float) -> list[LogLine]:
        with self._lock:
            return [line for line in self._lines if line.at_s >= at_s]

    def first(self, pattern: str, since_s: float) -> LogLine | None:
        """The first line that holds this pattern."""
        return next((one for one in self.since(since_s) if re.search(pattern, one.words)), None)

    def close(self) -> None:
        with self._lock:
            self._out.close()
