"""How many connections this process and its children may hold."""

from __future__ import annotations

import resource

ENOUGH = 65536  # some programs look at each that could be open


def raise_descriptors() -> int:
    """As far as its user may; what it is now. Usual is 1024, of which a worker takes five."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft if soft >= 0 else ENOUGH
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
