"""The clocks by which cues are played, and the local wall clock as one number."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from lib.core.cues import DAY_S, Now


class Clocks(NamedTuple):
    """Sources of the time: Unix seconds, which may be set, and seconds of a steady clock."""

    unix_s: Callable[[], float] = time.time
    steady_s: Callable[[], float] = time.monotonic

    @property
    def now(self) -> Now:
        return Now(self.steady_s(), local_s(self.unix_s()))


def faster(clocks: Clocks, speed: float) -> Clocks:
    """The same moment, and from then on time that runs so many times as fast."""
    unix_s, steady_s = clocks.unix_s(), clocks.steady_s()

    def passed_s() -> float:
        return (clocks.steady_s() - steady_s) * speed

    return Clocks(lambda: unix_s + passed_s(), lambda: steady_s + passed_s())


def local_s(unix: float) -> int:
    """The local wall clock as one number, as core/cues.py counts it."""
    local = time.localtime(unix)
    day = date(local.tm_year, local.tm_mon, local.tm_mday).toordinal() - 1  # that was a Monday
    return day * DAY_S + local.tm_hour * 3600 + local.tm_min * 60 + min(local.tm_sec, 59)


def unix_s(local: int) -> float:
    """The Unix time at which the local wall clock shows that number."""
    day, second = divmod(local, DAY_S)
    there = date.fromordinal(day + 1)
    clock = (second // 3600, second // 60 % 60, second % 60)
    return time.mktime((there.year, there.month, there.day, *clock, 0, 0, -1))
