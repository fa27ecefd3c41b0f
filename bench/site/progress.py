"""Says how far a measurement is: one changing line on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from typing import TextIO

EVERY_S = 10.0  # where each line stays, as in a log


class Progress:
    """Writes to stderr, so that the verdict can be piped."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._terminal = self._out.isatty()
        self._said_s = float("-inf")

    def tell(self, text: str) -> None:
        now_s = time.monotonic()
        if self._terminal:
            print(f"\r\x1b[K{text}", end="", file=self._out, flush=True)
        elif now_s - self._said_s >= EVERY_S:
            self._said_s = now_s
            print(text, file=self._out, flush=True)

    def end(self) -> None:
        if self._terminal:
            print("\r\x1b[K", end="", file=self._out, flush=True)
