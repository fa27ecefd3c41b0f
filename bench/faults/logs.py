"""What the programs of a show write to their log, with the moment each line came."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections import deque
from pathlib import Path
from typing import NamedTuple

KEPT = 50_000  # lines in memory; the file has all


class Said(NamedTuple):
    at_s: float
    who: str
    words: str


class Logs:
    """One thread for each process; who ends takes its thread along."""

    def __init__(self, path: Path) -> None:
        self._out = path.open("w", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()
        self._said: deque[Said] = deque(maxlen=KEPT)

    def follow(self, who: str, process: subprocess.Popen[bytes]) -> None:
        threading.Thread(target=self._read, args=(who, process), daemon=True).start()

    def _read(self, who: str, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            said = Said(time.monotonic(), who, line.decode("utf-8", "replace").rstrip())
            with self._lock:
                self._said.append(said)
                if not self._out.closed:
                    print(f"{said.at_s:.3f} {who}: {said.words}", file=self._out)
        process.stderr.close()

    def since(self, at_s: float) -> list[Said]:
        with self._lock:
            return [said for said in self._said if said.at_s >= at_s]

    def first(self, pattern: str, since_s: float) -> Said | None:
        """The first line that holds this pattern."""
        wanted = re.compile(pattern)
        return next((said for said in self.since(since_s) if wanted.search(said.words)), None)

    def close(self) -> None:
        with self._lock:
            self._out.close()
