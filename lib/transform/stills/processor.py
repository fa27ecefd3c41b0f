"""What the system says of memory and processors, and how a process steps back behind others.

Linux; elsewhere nothing is known, and stepping back is what POSIX has for it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from lib.files import read_text
from lib.memory import available_bytes

_MOST = 64 * 1024  # of a file of /proc


def step_back() -> None:
    """Have the calling thread, and those that it starts, run only while a processor is idle."""
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.nice(19)


def processors() -> int:
    """That this process may use."""
    known = getattr(os, "sched_getaffinity", None)
    return len(known(0)) if known else os.cpu_count() or 1


def processor_time_ns(pid: int) -> tuple[int, int]:
    """How long the threads of a process ran, all together, and how long the one that waited most
    for a processor did."""
    ran = waited = 0
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError, ValueError):
                said = read_text(task / "schedstat", _MOST).split()
                ran, waited = ran + int(said[0]), max(waited, int(said[1]))
    return ran, waited


def delayed_ns() -> int:
    """How long this process waited for a processor."""
    return processor_time_ns(os.getpid())[1]


def available_mb() -> int | None:
    available = available_bytes()
    return None if available is None else available // (1024 * 1024)


def used_mb(pid: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        pages = int(read_text(Path(f"/proc/{pid}/statm"), _MOST).split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // (1024 * 1024)
    return 0
