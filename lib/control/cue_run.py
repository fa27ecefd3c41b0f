"""How a sheet runs: in seconds or by the clock, in real time, or in fast time for a rehearsal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from lib.config.controls import RefusedError
from lib.control.wall_clock import Clocks
from lib.core.cues import Clock, Now, Sheet, Tape, length_s

REHEARSAL_S = 60.0  # what a rehearsal takes unless another speed is asked for
USUAL_LEAST = 2.0  # so fast it is at least
SLOWEST, FASTEST = 1.5, 10_000.0
LAST_CUE_S = 0.5  # the last cue of a rehearsal may come so late

Run: TypeAlias = "Tape | Clock"


@dataclass(frozen=True)
class Rehearsal:
    """The sheet in fast time, once."""

    speed: float
    clocks: Clocks  # the real ones
    ends_s: float  # by the steady one of them

    @property
    def is_over(self) -> bool:
        return self.clocks.steady_s() >= self.ends_s


def rehearsal_of(sheet: Sheet, clocks: Clocks, speed: float | None) -> Rehearsal:
    """Without a speed it takes a minute."""
    if speed is not None and not SLOWEST <= speed <= FASTEST:
        raise RefusedError(f"a rehearsal is {SLOWEST:g} to {FASTEST:g} times as fast")
    length = length_s(sheet)
    speed = speed or min(FASTEST, max(USUAL_LEAST, length / REHEARSAL_S))
    return Rehearsal(speed, clocks, clocks.steady_s() + length / speed + LAST_CUE_S)


def run_of(sheet: Sheet, now: Now) -> Run:
    return Clock(sheet, now) if sheet.by_clock else Tape(sheet, now)


def carried(run: Run, sheet: Sheet, now: Now) -> Run:
    """The new sheet, at the position and time that the old one had reached."""
    fresh = run_of(sheet, now)
    if type(fresh) is not type(run):
        return fresh
    kept: Mapping[str, float] = run.kept(now)
    stands = run.sheet.cues[run.position] if run.position >= 0 else None
    if stands in sheet.cues:
        kept = {**kept, "position": sheet.cues.index(stands)}
    fresh.restore(kept, 0.0, now)
    if run.paused:
        fresh.pause(now)
    return fresh
