"""Frame numbers that only grow while a primary runs, even when the stream process is replaced."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

BLOCK = 10_000
NOTE = "next_number-"


class FrameNumbers:
    """Takes numbers in blocks: a block is noted as used before its first number is given out.

    The note is the name of an empty file, since a file can be renamed even on a full disk.
    """

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._next = self._end = max(self._noted(), default=0)

    def next(self) -> int:
        if self._next >= self._end:
            self._end = self._next + BLOCK
            try:
                self._note()
            except OSError as error:
                log.warning("frame numbers cannot be noted: %s", error)
        self._next += 1
        return self._next - 1

    def _note(self) -> None:
        before = self._run_dir / f"{NOTE}{self._next}"
        before.touch()  # exists already, except before the first block
        before.replace(self._run_dir / f"{NOTE}{self._end}")

    def _noted(self) -> list[int]:
        found = []
        with suppress(OSError):
            for path in self._run_dir.glob(f"{NOTE}*"):
                with suppress(ValueError):
                    found.append(int(path.name.removeprefix(NOTE)))
        return found
