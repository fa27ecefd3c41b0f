"""Both clocks, and sheets, in the hand of a test."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from lib.control.wall_clock import Clocks

VIENNA = ZoneInfo("Europe/Vienna")


class Time:
    """Both clocks in the hand of a test."""

    def __init__(self) -> None:
        self.steady, self.unix = 1000.0, unix(2026, 6, 1, 12)

    def go(self, seconds: float) -> None:
        self.steady += seconds
        self.unix += seconds

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: self.unix, lambda: self.steady)


def unix(*moment: int) -> float:
    return datetime(*moment, tzinfo=VIENNA).timestamp()  # type: ignore[misc, arg-type] # numbers


def by_clock(*times: str) -> list[dict[str, object]]:
    names = ("dawn", "day", "dusk")
    return [{"preset": names[n % 3], "at": at} for n, at in enumerate(times)]


TAPE = [{"preset": "dawn", "after_s": 0}, {"preset": "day", "after_s": 60, "glide_ms": 9}]
