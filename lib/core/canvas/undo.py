"""Undo of one person's own gestures: counter-operations that yield where somebody wrote later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lib.core.canvas.document import CanvasDocument, CanvasOp, Value
from lib.core.canvas.replica import CanvasReplica

MOST_GESTURES = 100


class FieldChange(NamedTuple):
    """A field that is to be written."""

    kind: str
    id: str
    field: str
    value: Value


class Undoable(NamedTuple):
    """An operation that was written, and the value that takes it back."""

    op: CanvasOp
    before: Value


@dataclass
class UndoStack:
    """Writes through the replica, so that it knows what stood there before.

    Gestures are taken back in their order, so what stands in a field then is the gesture's own
    value, or one of this page that takes back a later gesture: `over` names that operation. Where
    somebody else wrote between two gestures of one's own, only the later one can be taken back.
    """

    replica: CanvasReplica
    _undo: list[list[Undoable]] = field(default_factory=list)
    _redo: list[list[Undoable]] = field(default_factory=list)
    # By field: operations before this number were written over by somebody else.
    _first: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def write(self, changes: Sequence[FieldChange]) -> list[CanvasOp]:
        """One gesture."""
        group = self._written([(change, 0) for change in changes])
        self._undo = [*self._undo, group][-MOST_GESTURES:]
        self._redo = []
        return [one.op for one in group]

    def undo(self) -> list[CanvasOp]:
        """Take the last gesture back; what somebody has written over since stays."""
        return self._turn_back(self._undo, self._redo)

    def redo(self) -> list[CanvasOp]:
        return self._turn_back(self._redo, self._undo)

    def drop(self) -> None:
        self._undo, self._redo, self._first = [], [], {}

    def _turn_back(self, taken: list[list[Undoable]], to: list[list[Undoable]]) -> list[CanvasOp]:
        if not taken:
            return []
        done = taken.pop()
        created = {one.op.id for one in done if one.op.is_first}
        counter: list[tuple[FieldChange, int]] = []
        for op, before in reversed(done):
            if op.is_first:
                counter.append((FieldChange(op.kind, op.id, "deleted", True), 0))
            elif op.id not in created and (over := self._standing(op)):
                counter.append((FieldChange(op.kind, op.id, op.field, before), over))
        group = self._written(counter)
        if group:
            to.append(group)
        return [one.op for one in group]

    def _standing(self, op: CanvasOp) -> int:
        """The number of this page's operation that stands in the field; 0: somebody else's does."""
        if op.n < self._first.get(op.place, 0):
            return 0
        mine = [one.n for one in self.replica.pending if one.place == op.place]
        if mine:
            return mine[-1]
        client, n = self.replica.writers.get(op.place, (op.client, op.n))
        return n if client == self.replica.client else 0

    def _written(self, changes: Sequence[tuple[FieldChange, int]]) -> list[Undoable]:
        group = []
        shown = self.replica.shown()
        for change, over in changes:
            self._note_others(change)
            before = _before(shown, change)
            op = self.replica.write(*change, over)
            shown.apply(op)
            group.append(Undoable(op, before))
        return group

    def _note_others(self, change: FieldChange) -> None:
        place = change.kind, change.id, change.field
        pending = any(one.place == place for one in self.replica.pending)
        client, _ = self.replica.writers.get(place, ("", 0))
        if not pending and client != self.replica.client:
            self._first[place] = self.replica.n + 1


def _before(document: CanvasDocument, change: FieldChange) -> Value:
    there = document.items(change.kind).get(change.id, {}).get(change.field)
    return bool(there) if change.field == "deleted" else there
