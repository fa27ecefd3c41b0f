"""Reads regular files, and of them no more than a limit.

Whoever can write into a folder can put there a FIFO, for whose other end opening waits, a device
that never ends, or a file that is larger than the memory. Standard library only: it also runs on
machines where no package is installed.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

MEGABYTE = 1024 * 1024
_AT_ONCE = os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class UnfitFileError(OSError):
    """A FIFO, a socket or a device instead of a file, or a file beyond the limit."""


class OpenSecretError(OSError):
    """Others than its owner can read or change it."""


def open_regular(path: str | Path) -> BufferedReader:
    """Open a file to read from it; OSError, without any wait, unless it is a regular one."""
    return os.fdopen(_checked(os.open(path, os.O_RDONLY | _AT_ONCE), path), "rb")


def append_regular(path: str | Path, mode: int = 0o666) -> BinaryIO:
    """Open a file to read from it and add to its end, or make it."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
    return os.fdopen(_checked(os.open(path, flags | _AT_ONCE, mode), path), "ab+")


def create_fresh(path: str | Path, mode: int = 0o666) -> BinaryIO:
    """Make a file in place of whatever has that name: nothing that is there is written to."""
    file = Path(path)
    file.unlink(missing_ok=True)
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _AT_ONCE, mode), "wb")


def read_regular(path: str | Path, most: int = MEGABYTE) -> bytes:
    """All of a regular file; OSError if that is more than `most` bytes."""
    with open_regular(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        unit, size = ("MB", MEGABYTE) if most >= MEGABYTE else ("kB", 1024)
        raise UnfitFileError(errno.EFBIG, f"it has more than {most / size:.3g} {unit}", str(path))
    return data


def read_secret(path: str | Path, most: int = 4096) -> bytes:
    """The same of what its owner alone may read; OpenSecretError."""
    with open_regular(path) as file:
        if is_open_to_others(os.fstat(file.fileno())):
            raise OpenSecretError(errno.EPERM, "it is open to others", str(path))
        return file.read(most)


def is_open_to_others(found: os.stat_result) -> bool:
    """What root lends to our group, as clusters do, may stay so."""
    lent = found.st_uid == 0 and os.geteuid() != 0
    return bool(stat.S_IMODE(found.st_mode) & (0o037 if lent else 0o077))


def read_end(path: str | Path, most: int) -> bytes:
    """The last bytes of a regular file."""
    with open_regular(path) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - most))
        return file.read(most)


def read_text(path: str | Path, most: int = MEGABYTE, errors: str = "strict") -> str:
    """All of a text in UTF-8, with the ends of its lines as in Python's text files."""
    text = read_regular(path, most).decode("utf-8", errors)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _checked(descriptor: int, path: str | Path) -> int:
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise UnfitFileError(errno.EINVAL, "it is no regular file", str(path))
