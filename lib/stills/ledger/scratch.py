"""Folders for what is only on its way: gone at the end, or by the next who comes after a kill."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "stills-scratch-"


@contextmanager
def scratch(within: Path) -> Iterator[Path]:
    """A fresh one in this folder, held by a lock until it goes."""
    remove_left(within)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=within) as name:
        there = os.open(name, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(there, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(there)


def remove_left(folder: Path) -> None:
    """What was killed has let go of its lock; what it left has words and pictures in it."""
    for left in folder.glob(f"{PREFIX}*"):
        try:
            there = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(there, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(there)
