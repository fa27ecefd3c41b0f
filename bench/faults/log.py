"""What the programs of a show log, line by line, and when."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from pathlib import Path
from typing import NamedTuple

from bench.processes import Program

KEPT = 50_000  # lines; the file has all


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
