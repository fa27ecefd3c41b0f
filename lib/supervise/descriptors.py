"""Raises the limit of open files, which is how many connections this process may hold."""

from __future__ import annotations

import resource

ENOUGH = 65536  # not more: some programs walk through every descriptor that could be open


def raise_descriptors() -> int:
    """Raise it as far as the user may, and return it. 1024 is usual; a worker takes five."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft if soft >= 0 else ENOUGH
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
