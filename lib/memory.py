"""Memory: what the C library keeps of it for pictures, and who goes when there is none left.

A decoded 512x512 frame is 786 kB. The C library by default takes such a piece from the kernel and
returns it after use, and the kernel clears its 192 pages each time: two workers at full speed on
two cores made 12 to 18 % more frames without that. At most as much is kept as was once in use.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from pathlib import Path

from lib.files import read_text

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
KEEP = 256 * 1024 * 1024
SMALLEST_OWN_MAPPING = 32 * 1024 * 1024
PAGES = 128 * 1024
_MOST = 64 * 1024  # of a file of /proc
FIRST_TO_GO = "500"  # what the kernel adds to a thousandth of the memory that a process has


def keep_memory() -> None:
    """Call it before the first thread starts; does nothing where the C library is another one."""
    # Frames are allocated on one thread and freed on another: one arena serves both.
    _set((M_ARENA_MAX, 1), (M_MMAP_THRESHOLD, SMALLEST_OWN_MAPPING), (M_TRIM_THRESHOLD, KEEP))


def return_memory() -> None:
    """The other way round, for a process that has a large picture now and then and rests between:
    each big piece goes back to the kernel as soon as it is free."""
    _set((M_ARENA_MAX, 1), (M_MMAP_THRESHOLD, PAGES), (M_TRIM_THRESHOLD, PAGES))


def go_first() -> None:
    """Be the process that ends when the machine's memory runs out, before the live picture's."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO, "ascii")


def available_bytes() -> int | None:
    """That programs may still ask for, as Linux says; None elsewhere."""
    with suppress(OSError, ValueError):
        for line in read_text(Path("/proc/meminfo"), _MOST).splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def _set(*options: tuple[int, int]) -> None:
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for option, value in options:
        mallopt(option, value)
