"""The service's side of a map: every operation is judged, numbered and applied, one after another.

A client numbers its operations from 1 without gaps. What was decided once is decided: a repeated
number is only acknowledged again, and a number that comes too early is asked for once more from
the first that is missing, so that loss, repetition and a new connection change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from lib.core.canvas.document import EDGE, NODE, CanvasDocument, CanvasOp, Fields, Value, ends_of
from lib.core.canvas.fields import (
    SERVER_FIELDS,
    WORDS,
    CanvasLimits,
    Check,
    client_fields,
    is_id,
)

Place = tuple[str, str, str]


class Written(NamedTuple):
    """The last writer of a field."""

    seq: int
    client: str
    n: int


class Writer(NamedTuple):
    """Who sends operations. `may_use`: whether this person can see a picture."""

    client: str
    person: str
    operator: bool = False
    may_use: Callable[[str], bool] = lambda _: True


class RefusedOp(NamedTuple):
    n: int
    why: str
    detail: str


class OpRefusedError(Exception):
    """One operation is not applied; the page takes it back and shows the sentence."""

    def __init__(self, why: str, detail: str) -> None:
        super().__init__(detail)
        self.why = why


@dataclass
class Decided:
    """What came of one message of operations."""

    ops: list[CanvasOp] = field(default_factory=list)  # numbered, in order, the service's included
    refused: list[RefusedOp] = field(default_factory=list)
    n: int = 0  # up to which everything of this client is decided
    again: bool = False  # a number is missing; what came behind it was left alone


@dataclass
class CanvasOrder:
    """The order of one map. Time is handed in as whole seconds, for people to read."""

    limits: CanvasLimits = field(default_factory=CanvasLimits)
    document: CanvasDocument = field(default_factory=CanvasDocument)
    written: dict[Place, Written] = field(default_factory=dict)
    decided: dict[str, int] = field(default_factory=dict)  # by client
    seq: int = 0
    listed: Callable[[str], str] = lambda _: ""  # what the word list has against a text
    _checks: dict[tuple[str, str], Check] = field(init=False)

    def __post_init__(self) -> None:
        self._checks = dict(client_fields(self.limits))

    def decide(self, ops: Iterable[CanvasOp], writer: Writer, now_s: int) -> Decided:
        """Apply what may be applied of one message."""
        told = Decided(n=self.decided.get(writer.client, 0))
        for op in ops:
            if op.n <= told.n:
                continue
            if op.n > told.n + 1:
                told.again = True
                break
            told.n = op.n
            try:
                self._check(op, writer)
            except OpRefusedError as refused:
                told.refused.append(RefusedOp(op.n, refused.why, str(refused)))
                continue
            told.ops.append(self._apply(replace(op, client=writer.client)))
            told.ops += map(self._apply, self._following(op, writer, now_s))
        self.decided[writer.client] = told.n
        return told

    def write(self, changes: Iterable[CanvasOp]) -> list[CanvasOp]:
        """What the service itself writes; of items that are gone it is left out, and so is what
        stands there already."""
        done = []
        for op in changes:
            there = self.document.items(op.kind).get(op.id)
            if there is None and not op.is_first:
                continue
            if there is not None and there.get(op.field) == op.value:
                continue
            done.append(self._apply(op))
        return done

    def since(self, seq: int) -> list[CanvasOp]:
        """The fields that were written after it, as the operations that wrote them last."""
        late = [(one.seq, place) for place, one in self.written.items() if one.seq > seq]
        return [self._as_op(place) for _, place in sorted(late)]

    def purge(self, ids: Iterable[str]) -> list[str]:
        """Take items away for good, and with a node its edges; the ids of all that is gone."""
        going = {one for one in ids if one in self.document.nodes or one in self.document.edges}
        going |= {
            edge
            for edge, fields in self.document.edges.items()
            if not going.isdisjoint(ends_of(fields))
        }
        if going:
            self.document.drop(going)
            self.written = {
                place: one for place, one in self.written.items() if place[1] not in going
            }
            self.seq += 1
        return sorted(going)

    def _as_op(self, place: Place) -> CanvasOp:
        kind, item, name = place
        one = self.written[place]
        value = self.document.items(kind)[item].get(name)
        return CanvasOp(kind, item, name, value, one.client, one.n, seq=one.seq)

    def _apply(self, op: CanvasOp) -> CanvasOp:
        self.seq += 1
        self.document.apply(op)
        self.written[op.place] = Written(self.seq, op.client, op.n)
        return replace(op, seq=self.seq)

    def _check(self, op: CanvasOp, writer: Writer) -> None:
        if not writer.person:
            raise OpRefusedError("rights", "open the page first: this browser has no key yet")
        if op.field in SERVER_FIELDS:
            raise OpRefusedError("rights", f"only the service writes {op.field}")
        check = self._checks.get((op.kind, op.field))
        if check is None or not is_id(op.id):
            raise OpRefusedError("value", f"there is no field {op.field[:40]!r} of {op.kind}s")
        # Any field but the first may be taken away, as an undo does where nothing stood before.
        objection = "" if op.value is None and not op.is_first else check(op.value)
        if objection:
            raise OpRefusedError("value", f"{op.field} must be {objection}")
        there = self.document.items(op.kind).get(op.id)
        if op.is_first:
            self._check_new(op, there, writer)
        elif there is None:
            raise OpRefusedError("gone", f"this {op.kind} is not there any more")
        elif not (writer.operator or there.get("owner") == writer.person):
            raise OpRefusedError("rights", f"this {op.kind} is somebody else's")
        self._check_value(op, there or {}, writer)
        if op.over and self.written.get(op.place, (0, "", 0))[1:] != (writer.client, op.over):
            raise OpRefusedError("later", "somebody has changed it since")

    def _check_new(self, op: CanvasOp, there: Fields | None, writer: Writer) -> None:
        if there is not None:
            raise OpRefusedError("value", f"this {op.kind} is there already")
        most = self.limits.nodes if op.kind == NODE else self.limits.edges
        if len(self.document.items(op.kind)) >= most:
            raise OpRefusedError("full", f"a map has room for {most} {op.kind}s, its bin included")
        if op.kind == EDGE:
            nodes = [self.document.nodes.get(str(one)) for one in op.value]  # type: ignore[union-attr] # checked
            if None in nodes:
                raise OpRefusedError("gone", "one of these nodes is not there any more")
            if not (writer.operator or nodes[1]["owner"] == writer.person):  # type: ignore[index] # above
                raise OpRefusedError("rights", "an edge is made by whoever has the node at its end")

    def _check_value(self, op: CanvasOp, there: Fields, writer: Writer) -> None:
        if op.field in WORDS and op.value and (objection := self.listed(str(op.value))):
            raise OpRefusedError("words", objection)
        is_picture = op.field in ("reference", "mask") and op.value != there.get(op.field)
        if is_picture and op.value and not writer.may_use(str(op.value)):
            raise OpRefusedError("value", "there is no such picture")
        samples = there.get("samples")
        if (
            op.field == "chosen"
            and op.value
            and op.value not in (samples if isinstance(samples, list) else [])
        ):
            raise OpRefusedError("value", "this picture is not one of the node's samples")

    def _following(self, op: CanvasOp, writer: Writer, now_s: int) -> list[CanvasOp]:
        """What the service writes because of an operation that it has taken."""
        more: dict[str, Value] = {}
        if op.is_first:
            more = {"owner": writer.person, "made": now_s}
        elif op.field == "deleted":
            more = {"deleted_s": now_s if op.value else None}
        elif op.field == "chosen":
            more = {"picture": op.value}
        return [CanvasOp(op.kind, op.id, name, value) for name, value in more.items()]
