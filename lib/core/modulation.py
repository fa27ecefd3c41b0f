"""What signals make of a control, from moment to moment. Times are nanoseconds and come in.

`Modulation` turns the values of signals into one `Pull` a control, some thirty times a second.
`Moved` is what the stream and the view hold: the latest moves, which are played on top of the
played values and glide to nothing when no more come. Neither can flash, light a dark wall, or go
on while somebody holds the control.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from lib.core.glide import MOST_PARTS, Glide, Key, number_glide
from lib.core.mapping import STALE_NS, TARGETS, Row, Rows

SECOND_NS = 1_000_000_000
LETS_GO_NS = 2 * SECOND_NS  # of what is lost: a signal, or all of them
SILENCED_NS = SECOND_NS // 4  # by a hand, by black and its kin, by disarming
RETURNS_NS = 2 * SECOND_NS  # after a hand or after black
COMES_NS = SECOND_NS // 4  # when it is armed, or its signal is there again
BETWEEN_NS = 40_000_000  # a move glides to the next one, which comes in 33 ms

# WCAG 2.3.1: a change of brightness by more than a tenth, at most three times in any second.
MOST_CHANGES, A_TENTH = 3, 0.1
WINDOW_NS = SECOND_NS + 50_000_000  # what is drawn may be a frame late


class Pull(NamedTuple):
    """What signals make of one control: so much of the played value goes, and this comes."""

    comes: float = 0.0  # in the control's unit
    goes: float = 0.0  # 0: it comes on top; 1: it comes instead
    seed: int = 0  # the second one, of `seeds`
    by: tuple[str, ...] = ()  # the signals

    def times(self, share: float) -> Pull:
        return self._replace(comes=self.comes * share, goes=self.goes * share)


NO_PULL = Pull()


def moved_value(field: str, base: float, move: Pull) -> float:
    """The value that is played. No signal makes a wall brighter than it was set."""
    low, high = TARGETS[field]
    if base > high or field == "opacity":
        high = base
    elif base < low:
        low = base
    value = base * (1 - move.goes) + move.comes
    return low if value < low else high if value > high else value


class FlashGuard:
    """Lets a number from 0 to 1 change by more than a tenth at most three times in any second.

    A change is a turn by more than a tenth, or a jump by as much; what is one too many is held
    within a tenth until there is room for it.
    """

    def __init__(self, value: float) -> None:
        self.value = self._low = self._high = value  # the extremes since the last turn
        self._trend = 0
        self._changes: deque[int] = deque(maxlen=MOST_CHANGES)

    def passed(self, wanted: float, now_ns: int) -> float:
        """What may be shown of it now."""
        if self._is_change(wanted):
            if len(self._changes) < MOST_CHANGES or now_ns - self._changes[0] >= WINDOW_NS:
                self._changes.append(now_ns)
            else:
                wanted = self._held(wanted)
        self._follow(wanted)
        return wanted

    def _is_change(self, wanted: float) -> bool:
        jumps = _exceeds(abs(wanted - self.value))
        falls = self._trend >= 0 and _exceeds(self._high - wanted)
        rises = self._trend <= 0 and _exceeds(wanted - self._low)
        return jumps or falls or rises

    def _held(self, wanted: float) -> float:
        """As near to what is wanted as is no change."""
        low, high = self.value - A_TENTH, self.value + A_TENTH
        if self._trend >= 0:
            low = max(low, self._high - A_TENTH)
        if self._trend <= 0:
            high = min(high, self._low + A_TENTH)
        return min(high, max(low, wanted))

    def _follow(self, value: float) -> None:
        if self._trend >= 0 and _exceeds(self._high - value):
            self._trend, self._low, self._high = -1, value, value
        elif self._trend <= 0 and _exceeds(value - self._low):
            self._trend, self._low, self._high = 1, value, value
        self.value = value
        self._low, self._high = min(self._low, value), max(self._high, value)


def _exceeds(change: float) -> bool:
    return change > A_TENTH + 1e-9  # what is held at a tenth must not count by rounding


class HandGate:
    """A control that somebody moves belongs to the hand for a while, then comes back slowly."""

    def __init__(self, hand_s: float) -> None:
        self._hand_ns = int(hand_s * SECOND_NS)
        self._share = number_glide(1.0)
        self._until_ns: int | None = None

    def moved(self, now_ns: int) -> None:
        self._until_ns = now_ns + self._hand_ns
        self._share.to(0.0, SILENCED_NS, now_ns)

    def share(self, now_ns: int) -> float:
        if self._until_ns is not None and now_ns >= self._until_ns:
            self._share.to(1.0, RETURNS_NS, self._until_ns)
            self._until_ns = None
        return self._share.at(now_ns)

    def left_s(self, now_ns: int) -> float:
        return max(0.0, ((self._until_ns or now_ns) - now_ns) / SECOND_NS)


class _RowInTime:
    """One row: its signal smoothed, limited, and let go of when it is lost."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self._smooth: float | None = None
        self._amount: float | None = None
        self.share = 0.0
        self._then_ns = 0

    def step(self, x: float | None, now_ns: int) -> float:
        """What it asks for now; `x` is None while its signal is lost."""
        dt_ns = min(max(0, now_ns - self._then_ns), SECOND_NS) if self._then_ns else 0
        self._then_ns = now_ns
        wanted = self.row.armed and x is not None
        if x is not None:
            self._take(x, dt_ns)
        gone_ns = LETS_GO_NS if self.row.armed else SILENCED_NS
        rate = dt_ns / COMES_NS if wanted else -dt_ns / gone_ns
        self.share = min(1.0, max(0.0, self.share + rate))
        return self._amount or 0.0

    def _take(self, x: float, dt_ns: int) -> None:
        if self._smooth is None:
            self._smooth = x
        elif self.row.smooth_s > 0:
            self._smooth += (x - self._smooth) * -math.expm1(-dt_ns / 1e9 / self.row.smooth_s)
        else:
            self._smooth = x
        amount = self.row.amount(self._smooth)
        if self._amount is not None and self.row.limit > 0:
            most = self.row.limit * TARGETS[self.row.to].width * dt_ns / SECOND_NS
            amount = min(self._amount + most, max(self._amount - most, amount))
        self._amount = amount


class Modulation:
    """The rows of a mapping in time. `moves` is called some thirty times a second while it is
    `busy`, and not at all otherwise."""

    def __init__(self, hand_s: float) -> None:
        self._rows: list[_RowInTime] = []
        self._hands = {name: HandGate(hand_s) for name in TARGETS}
        self._guards: dict[str, FlashGuard] = {}

    def map(self, rows: Rows) -> None:
        """Take these rows from now on. One that goes on does so from where it is, and one that is
        gone lets go of its control."""
        old = [one for one in self._rows if one.share > 0 or one.row.armed]
        self._rows = []
        for row in rows:
            known = next((one for one in old if _same(one.row, row)), None)
            if known:
                old.remove(known)
                known.row = row
            self._rows.append(known or _RowInTime(row))
        for one in old:
            one.row = replace(one.row, armed=False)
        self._rows += [one for one in old if one.share > 0]

    @property
    def busy(self) -> bool:
        return any(one.row.armed or one.share > 0 for one in self._rows)

    @property
    def armed(self) -> int:
        return sum(one.row.armed for one in self._rows)

    def hand(self, fields: Iterable[str], now_ns: int) -> None:
        """Somebody moved these controls."""
        for field in self._hands.keys() & set(fields):
            self._hands[field].moved(now_ns)

    def hands(self, now_ns: int) -> dict[str, float]:
        """Seconds for which a hand has each control that one has."""
        left = {name: gate.left_s(now_ns) for name, gate in self._hands.items()}
        return {name: seconds for name, seconds in left.items() if seconds > 0}

    def moves(
        self, signal: Callable[[str], float | None], played: Mapping[str, float], now_ns: int
    ) -> dict[str, Pull]:
        """By control, what its rows make of it now. `signal` is None of what is lost."""
        found: dict[str, Pull] = {}
        for one in self._rows:
            amount = one.step(signal(one.row.signal), now_ns)
            if one.share > 0:
                found[one.row.to] = _with(found.get(one.row.to, NO_PULL), one, amount)
        moves = {
            field: self._guarded(field, played.get(field, 0.0), move, now_ns)
            for field, move in found.items()
        }
        self._guards = {field: self._guards[field] for field in moves}
        return moves

    def _guarded(self, field: str, base: float, move: Pull, now_ns: int) -> Pull:
        hand, width = self._hands[field], TARGETS[field].width
        share = hand.share(now_ns)
        guard = self._guards.setdefault(field, FlashGuard(0.0))
        wanted = (moved_value(field, base, move) - base) / width
        # While a hand has it, what is left of it fades and moves no more.
        lies = guard.value if hand.left_s(now_ns) > 0 else guard.passed(wanted, now_ns)
        return move._replace(comes=lies * width + base * move.goes).times(share)


def _with(move: Pull, one: _RowInTime, amount: float) -> Pull:
    row, by = one.row, (*move.by, one.row.signal)
    seed = row.seed if row.to == "seeds" else 0
    if row.mode == "relative":
        return Pull(move.comes + amount * one.share, move.goes, seed, by)
    # Where one absolute row lets go and another comes, each has its share.
    share = min(one.share, 1.0 - move.goes)
    return Pull(move.comes + amount * share, move.goes + share, seed, by)


def _same(one: Row, other: Row) -> bool:
    return (one.signal, one.to, one.mode) == (other.signal, other.to, other.mode)


class Moved:
    """The latest moves, as the stream and the view hold them. They glide from one to the next, and
    to nothing when none come any more or while the wall is black, frozen or left alone."""

    def __init__(self) -> None:
        self._moves: dict[str, Glide[Pull]] = {}
        self._loud, self._back = number_glide(1.0), number_glide(1.0)
        self._came_ns = 0

    def take(self, moves: Mapping[str, Pull], now_ns: int) -> None:
        """A whole state; what it does not name is left alone."""
        if now_ns - self._came_ns > STALE_NS:
            self._back.cut(self._fresh(now_ns))
            self._back.to(1.0, COMES_NS, now_ns)
        self._came_ns = now_ns
        for field, glide in list(self._moves.items()):
            if field not in moves and glide.target == NO_PULL and not glide.busy(now_ns):
                del self._moves[field]
        for field in self._moves.keys() - moves.keys():
            self._moves[field].to(NO_PULL, SILENCED_NS, now_ns)
        for field, move in moves.items():
            glide = self._moves.setdefault(field, Glide(NO_PULL, _pull_between))
            glide.to(move, BETWEEN_NS, now_ns)

    def silence(self, silent: bool, now_ns: int) -> None:
        """Black, frozen, or signals are switched off: nothing moves until that is over."""
        self._loud.to(0.0 if silent else 1.0, SILENCED_NS if silent else RETURNS_NS, now_ns)

    def busy(self, now_ns: int) -> bool:
        """Whether anything is other than it is played, or will be."""
        return bool(self._moves) and self._share(now_ns) > 0

    def pulls(self, now_ns: int) -> dict[str, Pull]:
        """By field, for each that signals move at this moment."""
        share = self._share(now_ns) if self._moves else 0.0
        if share <= 0:
            return {}
        if share == 1:
            return {field: glide.at(now_ns) for field, glide in self._moves.items()}
        return {field: glide.at(now_ns).times(share) for field, glide in self._moves.items()}

    def value(self, field: str, base: float, now_ns: int) -> float:
        glide = self._moves.get(field)
        if glide is None:
            return base
        return moved_value(field, base, glide.at(now_ns).times(self._share(now_ns)))

    def fields(self) -> list[str]:
        return list(self._moves)

    def _share(self, now_ns: int) -> float:
        return self._loud.at(now_ns) * self._fresh(now_ns)

    def _fresh(self, now_ns: int) -> float:
        late_ns = now_ns - self._came_ns - STALE_NS
        back = self._back.at(now_ns)
        return back if late_ns <= 0 else back * max(0.0, 1.0 - late_ns / LETS_GO_NS)


def moved_mix(
    mix: tuple[tuple[Key, float], ...], first: Key, second: Key, more: float
) -> tuple[tuple[Key, float], ...]:
    """A mix in which `more` of what these two have belongs to the second one. Of a glide that is on
    its way from others to them it is a share of what they have by then."""
    parts = dict(mix)
    whole = parts.get(first, 0.0) + parts.get(second, 0.0)
    if more == 0 or first == second or whole <= 0:
        return mix
    if second not in parts and len(parts) >= MOST_PARTS:
        return mix
    parts[second] = min(whole, max(0.0, parts.get(second, 0.0) + more * whole))
    parts[first] = whole - parts[second]
    return tuple((key, weight) for key, weight in parts.items() if weight > 0)


def _pull_between(start: Pull, end: Pull, share: float) -> Pull:
    """Run for each control in each job's settings, so it is short: what rounding adds at the edges
    `moved_value` takes away."""
    comes = start.comes + (end.comes - start.comes) * share
    goes = start.goes + (end.goes - start.goes) * share
    named = end if end.by else start
    return Pull(comes, goes, named.seed, named.by)
