"""One of a kind: a key that is pressed twice does its work once."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class BusyError(RuntimeError):
    """It is being done already."""


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """The kernel lets go of the lock however this process ends."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(runtime if os.access(runtime, os.W_OK) else tempfile.gettempdir())
    path = folder / f"afterimage-{os.getuid()}-{name}.lock"
    number = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"{name} is at work already") from None
        yield
    finally:
        os.close(number)
