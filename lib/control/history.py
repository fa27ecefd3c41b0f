"""Undo and redo for several people who play at once.

Undo reverts the last change that still stands, no matter who made it, and of it only the fields
that were not changed since. Redo restores what undo reverted, unless the same controls were played
since. The movement of a fader is one change, not one for each of its hundred values.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lib.config.controls import BY_FIELD, Value
from lib.control.journal import Entry

MOST_STEPS = 200
FADER_DOORS = ("page", "osc")  # doors with faders; at others each command is a change of its own
FADER_PAUSE_S = 1.0  # a fader that rests for so long begins a new change
LOOK_BACK = 8  # so many faders may be moved at the same time
NOBODY = "stream"  # state taken over from the stream is a starting point, and no one's change
NO_STEP = {"take"}  # a signal rather than a state: reverting it would send it once more

Values = dict[str, Value]


@dataclass
class _Step:
    before: Values
    after: Values
    by: tuple[str, str]
    time: float

    def standing(self, played: Mapping[str, object]) -> Values:
        """What undo would set: the fields that still have the values of this step."""
        return {
            name: self.before[name]
            for name, value in self.after.items()
            if name in played and played[name] == value
        }


class History:
    """Learns from each entry, and computes what undo and redo would set now."""

    def __init__(self) -> None:
        self._done: deque[_Step] = deque(maxlen=MOST_STEPS)
        self._undone: deque[_Step] = deque(maxlen=MOST_STEPS)

    def undo(self, played: Mapping[str, object]) -> Values:
        """What undo would set; empty when there is nothing to revert."""
        for step in reversed(self._done):
            if standing := step.standing(played):
                return standing
        return {}

    def redo(self) -> Values:
        return dict(self._undone[-1].after) if self._undone else {}

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
        while self._done:
            step = self._done.pop()
            if step.standing(entry.before):
                step.before = dict(entry.change)
                step.after = dict(entry.before)
                self._undone.append(step)
                return

    def _note_change(self, entry: Entry) -> None:
        after = {
            name: value
            for name, value in entry.change.items()
            if name not in NO_STEP and entry.before.get(name) != value
        }
        if not after:
            return
        before = {name: entry.before[name] for name in after}
        self._undone = deque(
            (step for step in self._undone if not after.keys() & step.after.keys()), MOST_STEPS
        )
        step = self._same_hand(entry, after)
        if step:
            step.after, step.time = after, entry.time
        else:
            self._done.append(_Step(before, after, (entry.door, entry.who), entry.time))

    def _same_hand(self, entry: Entry, after: Values) -> _Step | None:
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
