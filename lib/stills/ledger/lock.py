"""The lock of a folder of stills, whose file says how the service before ended.

After an orderly end the ledger is what it was when it was closed, if its file is: reading a million
rows again would only make the start long. What was damaged while it was in use is looked for in
every row, and after any other end the file is checked and a part of the rows.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from enum import Enum
from pathlib import Path

from lib.stills.ledger.errors import LedgerInUseError

LOCK = "stills.lock"
_DAMAGED = "damaged"
_MOST_BYTES = 200


class LastEnd(Enum):
    ORDERLY = "the file is as it was closed"
    UNKNOWN = "killed, or changed by something else since, or never there"
    DAMAGED = "something was found to be damaged"


class FolderLock:
    """LedgerInUseError where another service has it."""

    def __init__(self, folder: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        self._file = os.open(folder / LOCK, flags, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise LedgerInUseError(
                f"Another service uses the stills in {folder}; --state_dir chooses another folder."
            ) from None

    def last_end(self, ledger: Path) -> LastEnd:
        said = os.pread(self._file, _MOST_BYTES, 0).decode(errors="replace")
        if said == _DAMAGED:
            return LastEnd.DAMAGED
        return LastEnd.ORDERLY if said and said == _state(ledger) else LastEnd.UNKNOWN

    def note_orderly_end(self, ledger: Path) -> None:
        self._note(_state(ledger))

    def note_damage(self) -> None:
        self._note(_DAMAGED)

    def note_opened(self) -> None:
        """From now on nothing but an orderly end counts as one."""
        self._note("")

    def _note(self, said: str) -> None:
        os.ftruncate(self._file, 0)
        with suppress(OSError):  # on a full disk nothing is noted, and the next start checks
            os.pwrite(self._file, said.encode(), 0)
            os.fsync(self._file)

    def close(self) -> None:
        os.close(self._file)


def _state(ledger: Path) -> str:
    """What changes with each change of the file; empty where its log has more."""
    try:
        log = ledger.with_name(f"{ledger.name}-wal")
        if log.exists() and log.stat().st_size:
            return ""
        there = ledger.stat()
    except OSError:
        return ""
    return f"{there.st_ino} {there.st_size} {there.st_mtime_ns} {there.st_ctime_ns}"
