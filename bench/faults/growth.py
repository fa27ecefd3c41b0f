"""Whether the processes of a soak grew. Pure: it is handed the rows.

A process that is started anew begins a new life, and only the last one counts, less what it takes
to warm up: buffers, caches and the allocator find their size in the first minutes, with the first
fault of each kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.faults.rows import Row
from bench.faults.slope import Slope, slope

WARM_S = 600.0
LEAST_S = 240.0  # of a life, beyond that, to be judged by its slope
SMALL_MB = 1.0  # an hour: less is no growth, however sure it is
HOUR_S = 3600.0
LASTING = ("app", "stream", "control")  # whom no fault ends in the greater part of a soak


@dataclass(frozen=True)
class Growth:
    """Of one process in its last life, megabytes."""

    name: str
    lived_s: float
    first_mb: float
    last_mb: float
    slope: Slope | None  # a second; None: it lived too short

    @property
    def grows(self) -> bool:
        return (
            self.slope is not None
            and self.slope.a_second > 0
            and not self.slope.within_noise(SMALL_MB / HOUR_S)
        )

    def words(self) -> str:
        lived = f"{self.name}: {self.first_mb:.1f} to {self.last_mb:.1f} MB in {self.lived_s:.0f} s"
        if not self.slope:
            return f"{lived}, too short to judge its slope"
        middle, low, high = (
            HOUR_S * one for one in (self.slope.a_second, self.slope.low, self.slope.high)
        )
        return f"{lived}, {middle:+.2f} MB an hour ({low:+.2f} to {high:+.2f})"


def growth(rows: Sequence[Row], name: str) -> Growth | None:
    """None if it was never seen."""
    lives = [row for row in rows if name in row.held]
    if not lives:
        return None
    life = [row for row in lives if row.pids[name] == lives[-1].pids[name]]
    warm = [row for row in life if row.at_s - life[0].at_s >= WARM_S]
    enough = bool(warm) and warm[-1].at_s - warm[0].at_s >= LEAST_S
    times, memory = [r.at_s for r in warm], [r.held[name].memory_mb for r in warm]
    return Growth(
        name,
        life[-1].at_s - life[0].at_s,
        life[0].held[name].memory_mb,
        life[-1].held[name].memory_mb,
        slope(times, memory) if enough else None,
    )
