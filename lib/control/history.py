"""Undo and redo for several people who play at once.

Undo reverts the last change that still stands, no matter who made it, and of it only the fields
that were not changed since. Redo restores what undo reverted, unless the same controls were played
since. The movement of a fader is one change, not one for each of its hundred values. Presets that
were saved, renamed or deleted are steps like any other.

Neither puts on what exposes: a person who takes back something else would not expect it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from lib.config.controls import BY_FIELD, Value, is_exposing
from lib.control.journal import Entry

MOST_STEPS = 200
FADER_DOORS = ("page", "osc")  # doors with faders; at others each command is a change of its own
FADER_PAUSE_S = 1.0  # a fader that rests for so long begins a new change
LOOK_BACK = 8  # so many faders may be moved at the same time
NOBODY = "stream"  # state taken over from the stream is a starting point, and no one's change
NO_STEP = {"take"}  # a signal rather than a state: reverting it would send it once more

# Fields and their values; and, behind a slash, presets and theirs.
Mixed = dict[str, object]
PRESET = "/"  # no field begins with it, and no preset's name has one


class Step(NamedTuple):
    """What undo or redo would set."""

    fields: dict[str, Value]
    saved: dict[str, dict[str, Value] | None]


@dataclass
class _Step:
    before: Mixed
    after: Mixed
    by: tuple[str, str]
    time: float

    def standing(self, now: Mapping[str, object]) -> Mixed:
        """What undo would set: what is still as this step left it."""
        stands = {name for name, value in self.after.items() if name in now and now[name] == value}
        return _unexposing({name: self.before[name] for name in self.after if name in stands})


class History:
    """Learns from each entry, and computes what undo and redo would set now."""

    def __init__(self) -> None:
        self._done: deque[_Step] = deque(maxlen=MOST_STEPS)
        self._undone: deque[_Step] = deque(maxlen=MOST_STEPS)

    def undo(
        self, played: Mapping[str, object], presets: Mapping[str, Mapping[str, Value]] = {}
    ) -> Step:
        """What undo would set; empty when there is nothing to revert."""
        now = {**played, **{PRESET + name: one for name, one in presets.items()}}
        touched = {name for step in self._done for name in step.after if name.startswith(PRESET)}
        now = {**dict.fromkeys(touched), **now}
        for step in reversed(self._done):
            if standing := step.standing(now):
                return _split(standing)
        return Step({}, {})

    def redo(self) -> Step:
        return _split(self._undone[-1].after if self._undone else {})

    def leave_out(self, change: Mapping[str, Value], played: Mapping[str, object]) -> None:
        """Take these values out of what undo would set now. A later undo goes past them, to what
        was there before."""
        steps = list(self._done)
        while steps and not steps[-1].standing(played):
            steps.pop()
        if not steps:
            return
        step = steps.pop()
        for name, refused in change.items():
            del step.before[name]
            now = step.after.pop(name)
            led_here = (one for one in reversed(steps) if one.after.get(name) == refused)
            if earlier := next(led_here, None):
                earlier.after[name] = now
                if earlier.before[name] == now:
                    del earlier.before[name], earlier.after[name]

    def leave_out_of_redo(self, names: Iterable[str]) -> None:
        step = self._undone[-1]
        for name in names:
            step.after.pop(name, None)
        if not step.after:
            self._undone.pop()

    def note(self, entry: Entry) -> None:
        if entry.refused or entry.door == NOBODY:
            return
        if entry.action == "undo":
            self._note_undo(entry)
        elif entry.action == "redo":
            if self._undone:
                self._done.append(self._undone.pop())
        else:
            self._note_change(entry)

    def _note_undo(self, entry: Entry) -> None:
        before, change = _mixed(entry.before, entry.saved_before), _mixed(entry.change, entry.saved)
        while self._done:
            step = self._done.pop()
            if step.standing(before):
                step.before, step.after = change, _unexposing(before)
                if step.after:
                    self._undone.append(step)
                return

    def _note_change(self, entry: Entry) -> None:
        before = _mixed(entry.before, entry.saved_before)
        after = {
            name: value
            for name, value in _mixed(entry.change, entry.saved).items()
            if name not in NO_STEP and before.get(name) != value
        }
        if not after:
            return
        before = {name: before[name] for name in after}
        self._undone = deque(
            (step for step in self._undone if not after.keys() & step.after.keys()), MOST_STEPS
        )
        step = self._same_hand(entry, after)
        if step:
            step.after, step.time = after, entry.time
        else:
            self._done.append(_Step(before, after, (entry.door, entry.who), entry.time))

    def _same_hand(self, entry: Entry, after: Mixed) -> _Step | None:
        """The earlier step that this entry continues, if both are of one fader's movement."""
        if entry.door not in FADER_DOORS or entry.action != "change":
            return None
        if any(BY_FIELD[name].step is None for name in after):
            return None
        for step, _ in zip(reversed(self._done), range(LOOK_BACK), strict=False):
            if step.after.keys() & after.keys():
                same = step.after.keys() == after.keys() and step.by == (entry.door, entry.who)
                return step if same and 0 <= entry.time - step.time < FADER_PAUSE_S else None
        return None


def _mixed(fields: Mapping[str, object], saved: Mapping[str, Mapping[str, Value] | None]) -> Mixed:
    return {**fields, **{PRESET + name: values for name, values in saved.items()}}


def _split(mixed: Mapping[str, object]) -> Step:
    step = Step({}, {})
    for name, value in mixed.items():
        known: dict[str, Any] = step.saved if name.startswith(PRESET) else step.fields
        known[name.removeprefix(PRESET)] = value
    return step


def _unexposing(mixed: Mixed) -> Mixed:
    return {name: value for name, value in mixed.items() if not is_exposing(name, value)}
