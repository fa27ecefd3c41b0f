"""Decides what is taken from the pictures when the workers cannot keep up, and when it is given
back.

It makes one move at a time, and judges the effect of each before the next one. Measurements from
when a level was taken predict whether the workers would manage without it, so that levels do not
oscillate. Times are seconds and come in as arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from lib.core.shedding.levels import Cut, Levels
from lib.core.shedding.window import CALM, THINNED, LoadCounts, LoadFigures, LoadWindow

DOWN_AFTER_S = 4.0
SETTLE_S = 1.5  # not measured after a move: earlier frames come back, admission opens slowly
# After a move: measured for so long, and longer while an engine prepares for a size it never made.
JUDGE_S, READY_S = 4.0, 20.0
HELPED = 1.06  # a move helped if it brought so many times the frames, or the speed
STALLED = 0.7  # below this share of the frames before, the workers seem to be preparing
CHANGED = 1.2  # a load that changed by this factor does not judge a move
UP_AFTER_S, MOST_WAIT_S = 10.0, 900.0  # of headroom; twice as long after each climb that failed
ROOM = 1.1  # times the frames that come: the capacity needed before more is asked of the workers
FAILED_S, BACK_AFTER_S = 60.0, 1.0  # overload so soon after a climb is caused by the climb
TRY_S, MOST_TRY_S = 600.0, 3600.0  # of calm, before even a level that does not seem to fit is tried
SKIP_S = 300.0  # until a move that brought nothing is tried again


class Move(NamedTuple):
    """What changed, and why."""

    cut: Cut
    way: Literal["down", "up", "back"]
    levels: Levels  # from now on
    why: str


@dataclass
class _Taken:
    """A level that was taken, and what was measured then."""

    cut: Cut
    since_s: float
    ceiling_fps: float  # most frames a second that were made without it
    speed_after: float = 0.0  # of the workers with it; 0: not known


class _Climbed(NamedTuple):
    """The last level given back, while that may still prove too early."""

    at_s: float
    fps: float
    gave: _Taken


class LoadShedder:
    """Asked a few times a second by one thread."""

    def __init__(self, order: Sequence[Cut]) -> None:
        self.levels = Levels()
        self._order = tuple(order)
        self._taken: list[_Taken] = []  # the latest last: it is given back first
        self._window = LoadWindow()
        # A move whose effect is not known yet.
        self._judged: tuple[float, LoadFigures] | None = None
        self._stood = False  # whether the workers seem to prepare for the move, and stand still
        self._over_s: float | None = None  # since when the workers are overloaded
        self._fits_s: float | None = None
        self._calm_s: float | None = None
        self._climbed: _Climbed | None = None
        self._failures = 0
        self._skip_until_s: dict[Cut, float] = {}
        self._skips: dict[Cut, int] = {}

    @property
    def since_s(self) -> dict[Cut, float]:
        """When the first level of each kind was taken."""
        return {taken.cut: taken.since_s for taken in reversed(self._taken)}

    def decide(self, seen: LoadCounts, most: Levels, now_s: float) -> Move | None:
        """The move to make now, if any; `most`: how many levels there are of each kind."""
        if not self._order:
            return None
        if not seen.working:  # nothing can be measured, so nothing changes
            self._start_anew(now_s)
            self._judged = None
            return None
        flow = self._window.add(seen, now_s)
        if flow is None:
            return None
        if self._judged:
            return self._judge(*self._judged, flow, now_s)
        self._over_s = _since(self._over_s, flow.over, now_s)
        if self._over_s is not None:
            self._fits_s = self._calm_s = None
            return self._relieve(flow, most, now_s, now_s - self._over_s)
        return self._give_back(flow, now_s)

    def asked_anew(self, now_s: float) -> None:
        """Other settings are played: earlier measurements do not apply to them."""
        self._start_anew(now_s)
        self._judged = None
        self._skip_until_s.clear()
        self._skips.clear()
        self._failures = 0
        for taken in self._taken:
            taken.speed_after = 0.0

    def refuse(self, cut: Cut, now_s: float, why: str) -> Move | None:
        """This kind is of no use with these workers: give it back, and do not try it for long."""
        self._skip_until_s[cut] = now_s + MOST_TRY_S
        if not self.levels.level(cut):
            return None
        self._taken = [taken for taken in self._taken if taken.cut != cut]
        self._judged = self._climbed = None
        return self._move(cut, "back", -self.levels.level(cut), now_s, why)

    # --- down

    def _relieve(
        self, flow: LoadFigures, most: Levels, now_s: float, lasted_s: float
    ) -> Move | None:
        climbed = self._climbed
        if climbed and now_s - climbed.at_s < FAILED_S and flow.fps < CHANGED * climbed.fps:
            cut = climbed.gave.cut
            if self.levels.level(cut) < most.level(cut):  # fewer levels may exist by now
                return self._fall_back(climbed.gave, flow, now_s, lasted_s)
        self._climbed = None
        if lasted_s < DOWN_AFTER_S:
            return None
        for cut in self._order:
            if self.levels.level(cut) >= most.level(cut):
                continue
            if now_s >= self._skip_until_s.get(cut, now_s):
                self._taken.append(_Taken(cut, now_s, flow.done_fps))
                self._judged = (now_s, flow)
                return self._move(cut, "down", 1, now_s, flow.why)
        return None

    def _judge(
        self, since_s: float, before: LoadFigures, flow: LoadFigures, now_s: float
    ) -> Move | None:
        if now_s - since_s < JUDGE_S:
            return None
        taken, move = self._taken[-1], None
        if flow.done_fps >= STALLED * before.done_fps and self._stood:
            self._start_anew(now_s)  # the measurement includes the time it stood still
            return None
        if self._helped(before, flow):
            taken.speed_after = flow.speed
            self._skips.pop(taken.cut, None)
        elif flow.done_fps < STALLED * before.done_fps and now_s - since_s < READY_S:
            self._stood = True
            return None
        else:
            self._taken.pop()
            skips = self._skips[taken.cut] = self._skips.get(taken.cut, 0) + 1
            self._skip_until_s[taken.cut] = now_s + SKIP_S * 2 ** min(skips - 1, 4)
            move = self._move(taken.cut, "back", -1, now_s, "it brought nothing")
        self._judged = None
        # If that was not enough, the next move need not wait as long again.
        self._over_s = now_s - DOWN_AFTER_S / 2 if flow.over else None
        return move

    def _helped(self, before: LoadFigures, flow: LoadFigures) -> bool:
        if not 1 / CHANGED < flow.fps / max(before.fps, 1e-9) < CHANGED:
            return True
        if before.thinned < THINNED:
            return flow.slow <= max(CALM, before.slow / 3) or HELPED * flow.delay_s < before.delay_s
        helped = max(HELPED, 1 + 3 / max(before.done, 1))  # with few frames, one more tells little
        less = flow.thinned <= max(CALM, before.thinned / 3)
        return less or 1 - flow.thinned >= helped * (1 - before.thinned)

    def _fall_back(
        self, taken: _Taken, flow: LoadFigures, now_s: float, lasted_s: float
    ) -> Move | None:
        """The last level was given back too early: take it again."""
        if lasted_s < BACK_AFTER_S:
            return None
        self._failures += 1
        self._climbed = None
        self._taken.append(_Taken(taken.cut, now_s, flow.done_fps, taken.speed_after))
        return self._move(taken.cut, "down", 1, now_s, flow.why)

    # --- up

    def _give_back(self, flow: LoadFigures, now_s: float) -> Move | None:
        if self._climbed and now_s - self._climbed.at_s >= FAILED_S:
            self._climbed, self._failures = None, 0
        if not self._taken or not flow.calm:
            self._fits_s = self._calm_s = None
            return None
        self._calm_s = now_s if self._calm_s is None else self._calm_s
        self._fits_s = _since(self._fits_s, self._fits(flow), now_s)
        wait_s = min(UP_AFTER_S * 2**self._failures, MOST_WAIT_S)
        try_s = min(TRY_S * 2**self._failures, MOST_TRY_S)
        fits = self._fits_s is not None and now_s - self._fits_s >= wait_s
        if not fits and now_s - self._calm_s < try_s:
            return None
        taken = self._taken.pop()
        self._climbed = _Climbed(now_s, flow.fps, taken)
        return self._move(taken.cut, "up", -1, now_s, "there is room" if fits else "a try")

    def _fits(self, flow: LoadFigures) -> bool:
        """Whether the workers would keep up without the level taken last, by the frames they made
        then and by how much faster they are now."""
        taken = self._taken[-1]
        if not taken.speed_after:
            return True
        ceiling = taken.ceiling_fps * flow.speed / taken.speed_after
        levels = self.levels.changed(taken.cut, -1)
        return ceiling >= ROOM * flow.fps / levels.every

    # --- both ways

    def _move(
        self, cut: Cut, way: Literal["down", "up", "back"], by: int, now_s: float, why: str
    ) -> Move:
        self.levels = self.levels.changed(cut, by)
        self._start_anew(now_s)
        return Move(cut, way, self.levels, why)

    def _start_anew(self, now_s: float) -> None:
        self._window.forget(now_s + SETTLE_S)
        self._stood = False
        self._over_s = self._fits_s = self._calm_s = None


def _since(since_s: float | None, true: bool, now_s: float) -> float | None:
    """Since when the condition has been true without a break."""
    if not true:
        return None
    return now_s if since_s is None else since_s
