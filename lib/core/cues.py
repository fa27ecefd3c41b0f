"""A list of presets with their times: which one is due, and which comes next.

There are two kinds. A sheet in seconds goes from cue to cue like a tape. A sheet by the clock
follows the wall clock: of the cues that were missed only the last is played.

The time comes in twice: as seconds of a clock that only goes forward, and as the local wall clock
in seconds since a Monday's midnight, with 86400 seconds to every day. The wall clock jumps: by an
hour in spring and autumn, or by any amount when somebody sets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

DAY_S = 86_400
CUE_ACTIONS = (
    "start",
    "stop",
    "go",
    "back",
    "pause",
    "resume",
    "rehearse",
)  # by hand, at every door
EVERY_DAY = tuple(range(7))  # 0 is Monday
# A wall clock set back by less passes the same time twice, as in autumn, and no cue is played
# twice. Set back by more, it was wrong before, and the new time counts.
SET_BACK_S = 3 * 3600
LATE_S = 1.0  # a cue later than this restarts the count from now, instead of catching up


class Now(NamedTuple):
    """One moment on both clocks."""

    steady_s: float
    wall_s: int


@dataclass(frozen=True)
class Cue:
    """A preset and its time: so many seconds after the cue before, or a time of the day."""

    preset: str
    after_s: float = 0.0
    at_s: int | None = None  # seconds of the local day
    days: tuple[int, ...] = EVERY_DAY
    glide_ms: int | None = None


@dataclass(frozen=True)
class Sheet:
    """Its cues are all in seconds or all by the clock. A sheet by the clock always repeats."""

    cues: tuple[Cue, ...] = ()
    loop: bool = False

    @property
    def by_clock(self) -> bool:
        return any(cue.at_s is not None for cue in self.cues)


class Next(NamedTuple):
    """The cue that is due next without anybody's help: its position in the sheet, and in how many
    seconds it is due."""

    position: int
    in_s: float


class Tape:
    """Goes through a sheet in seconds. Paused, it can still be stepped by hand."""

    def __init__(self, sheet: Sheet, now: Now) -> None:
        self.sheet = sheet
        self.position = -1  # of the last cue that was played
        self._since_s = now.steady_s
        self._rested_s: float | None = None  # seconds since the last cue, when it was paused

    @property
    def paused(self) -> bool:
        return self._rested_s is not None

    def due(self, now: Now) -> int | None:
        """The cue to play now, if there is one; each cue is returned once."""
        coming = self.coming(now)
        if coming is None or coming.in_s > 0 or self.paused:
            return None
        self.position = coming.position
        self._since_s = now.steady_s + (coming.in_s if coming.in_s > -LATE_S else 0)
        return self.position

    def coming(self, now: Now) -> Next | None:
        position = self._beside(+1)
        if position is None:
            return None
        return Next(position, self.sheet.cues[position].after_s - self._elapsed_s(now))

    def go(self, now: Now) -> int | None:
        """Play the next cue at once; None at the end."""
        return self.jump(self._beside(+1), now)

    def back(self, now: Now) -> int | None:
        """Play the cue before at once; None at the start."""
        return self.jump(self._beside(-1) if self.position >= 0 else None, now)

    def jump(self, position: int | None, now: Now) -> int | None:
        """Play this cue at once; the time counts from there."""
        if position is not None:
            self.position, self._since_s = position, now.steady_s
            if self.paused:
                self._rested_s = 0.0
        return position

    def pause(self, now: Now) -> None:
        if not self.paused:
            self._rested_s = self._elapsed_s(now)

    def resume(self, now: Now) -> None:
        if self._rested_s is not None:
            self._since_s, self._rested_s = now.steady_s - self._rested_s, None

    def kept(self, now: Now) -> dict[str, float]:
        return {"position": self.position, "elapsed_s": self._elapsed_s(now)}

    def restore(self, kept: Mapping[str, float], away_s: float, now: Now) -> None:
        """Go on where it was, later by the `away_s` that have passed since."""
        self.position = max(-1, min(int(kept["position"]), len(self.sheet.cues) - 1))
        self._since_s = now.steady_s - max(0.0, kept["elapsed_s"]) - max(0.0, away_s)

    def _elapsed_s(self, now: Now) -> float:
        return now.steady_s - self._since_s if self._rested_s is None else self._rested_s

    def _beside(self, step: int) -> int | None:
        position = self.position + step
        if self.sheet.loop and self.sheet.cues:
            return position % len(self.sheet.cues)
        return position if 0 <= position < len(self.sheet.cues) else None


class Clock:
    """Follows a sheet by the clock. A cue that comes due during a pause waits for its end."""

    def __init__(self, sheet: Sheet, now: Now) -> None:
        self.sheet = sheet
        self.position = -1
        self.paused = False
        self._stands_s = now.wall_s  # the scheduled time of the cue that plays now
        self._done_s = now.wall_s - 8 * DAY_S  # cues of up to then are over
        self._seen_s = now.wall_s

    def due(self, now: Now) -> int | None:
        if self.paused:
            return None
        corrected = now.wall_s < self._seen_s - SET_BACK_S
        if corrected:
            self._done_s = now.wall_s - 8 * DAY_S
        self._seen_s = now.wall_s
        found = latest(self.sheet, self._done_s, now.wall_s)
        self._done_s = max(self._done_s, now.wall_s)
        if found is None or (corrected and found[0] == self.position):
            return None
        self.position, self._stands_s = found
        return self.position

    def coming(self, now: Now) -> Next | None:
        found = soonest(self.sheet, max(self._done_s, now.wall_s))
        return Next(found[0], found[1] - now.wall_s) if found else None

    def go(self, now: Now) -> int | None:
        """Play the next cue before its time; at its time it is not played again."""
        found = soonest(self.sheet, max(self._done_s, now.wall_s))
        if found is None:
            return None
        self.position, self._stands_s = found
        self._done_s = self._stands_s
        return self.position

    def back(self, now: Now) -> int | None:
        """Play the cue before the current one; what is due by the clock stays due."""
        found = latest(self.sheet, self._stands_s - 8 * DAY_S, self._stands_s - 1)
        if found is None:
            return None
        self.position, self._stands_s = found
        self._done_s = max(self._done_s, now.wall_s)
        return self.position

    def jump(self, position: int, now: Now) -> int:
        """Play this cue now; what is due by the clock stays due."""
        only = Sheet((self.sheet.cues[position],))
        found = latest(only, now.wall_s - 8 * DAY_S, now.wall_s)
        self.position, self._stands_s = position, found[1] if found else now.wall_s
        self._done_s = max(self._done_s, now.wall_s)
        return position

    def pause(self, now: Now) -> None:  # noqa: ARG002 - as the tape's
        self.paused = True

    def resume(self, now: Now) -> None:  # noqa: ARG002 - as the tape's
        self.paused = False

    def kept(self, now: Now) -> dict[str, float]:
        return {
            "position": self.position,
            "stands_s": self._stands_s,
            "done_s": self._done_s,
            "seen_s": now.wall_s,
        }

    def restore(self, kept: Mapping[str, float], away_s: float, now: Now) -> None:  # noqa: ARG002 - as the tape's
        """Go on where it was; the next `due` plays what came due meanwhile."""
        self.position = max(-1, min(int(kept["position"]), len(self.sheet.cues) - 1))
        self._stands_s, self._done_s = (
            # No cue is further ahead; a clock that was wrong, or a damaged file, says so.
            known_s if known_s <= now.wall_s + 8 * DAY_S else now.wall_s
            for known_s in (int(kept["stands_s"]), int(kept["done_s"]))
        )
        self._seen_s = int(kept["seen_s"])


def latest(sheet: Sheet, after_s: int, until_s: int) -> tuple[int, int] | None:
    """The last cue with `after_s` < time <= `until_s`, and that time.

    Of two at the same time the later in the sheet counts. Eight days are searched: each cue comes
    at least once a week.
    """
    until_day = until_s // DAY_S
    for day in range(until_day, max(after_s // DAY_S, until_day - 8) - 1, -1):
        found = [
            (time_s, position)
            for position, time_s in _times(sheet, day)
            if after_s < time_s <= until_s
        ]
        if found:
            time_s, position = max(found)
            return position, time_s
    return None


def soonest(sheet: Sheet, after_s: int) -> tuple[int, int] | None:
    """The first cue whose time is after `after_s`, and that time."""
    day = after_s // DAY_S
    for later in range(day, day + 9):
        found = [
            (time_s, -position) for position, time_s in _times(sheet, later) if time_s > after_s
        ]
        if found:
            time_s, position = min(found)
            return -position, time_s
    return None


def upcoming(sheet: Sheet, from_s: int, until_s: int) -> list[Next]:
    """The cues of a sheet by the clock that come after `from_s`, up to `until_s`, and when."""
    days = range(from_s // DAY_S, until_s // DAY_S + 1)
    found = [(time_s, position) for day in days for position, time_s in _times(sheet, day)]
    return [Next(p, time_s - from_s) for time_s, p in sorted(found) if from_s < time_s <= until_s]


def clashes(sheet: Sheet) -> list[tuple[int, int]]:
    """Cues by the clock at the same time of the same day: of two only the later one is seen."""
    found: dict[tuple[int, int], int] = {}
    pairs: dict[tuple[int, int], None] = {}
    for position, cue in enumerate(sheet.cues):
        for day in cue.days if cue.at_s is not None else ():
            earlier = found.setdefault((day, int(cue.at_s or 0)), position)
            if earlier != position:
                pairs[earlier, position] = None
    return list(pairs)


def length_s(sheet: Sheet) -> float:
    """How long it takes to see all of it once."""
    return DAY_S if sheet.by_clock else sum(cue.after_s for cue in sheet.cues)


def _times(sheet: Sheet, day: int) -> list[tuple[int, int]]:
    return [
        (position, day * DAY_S + cue.at_s)
        for position, cue in enumerate(sheet.cues)
        if cue.at_s is not None and day % 7 in cue.days
    ]
