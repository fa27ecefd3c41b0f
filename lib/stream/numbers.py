"""Frame numbers only ever grow while a primary runs, also when the stream process is replaced."""

from __future__ import annotations

import logging
from pathlib import Path

log = logging.getLogger(__name__)

BLOCK = 10_000


class Numbers:
    """Takes numbers in blocks: a block is noted as used before its first number is given."""

    def __init__(self, run_dir: Path) -> None:
        self._path = run_dir / "next_number"
        try:
            self._next = int(self._path.read_text())
        except (OSError, ValueError):
            self._next = 0
        self._end = self._next

    def next(self) -> int:
        if self._next >= self._end:
            self._end = self._next + BLOCK
            try:
                fresh = self._path.with_suffix(".new")
                fresh.write_text(str(self._end))
                fresh.replace(self._path)
            except OSError as error:
                log.warning("frame numbers can not be noted: %s", error)
        self._next += 1
        return self._next - 1
