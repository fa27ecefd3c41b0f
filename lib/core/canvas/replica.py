"""A page's side of a map: its own operations show at once, and again on top of what arrives.

lib/canvas/page/ has the same in JavaScript; the service's answers are taken as they came over the
wire. `send` lists the operations that the service has not decided yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lib.core.canvas.document import CanvasDocument, CanvasOp, Value, document_of

Message = Mapping[str, Any]


@dataclass
class CanvasReplica:
    client: str
    epoch: str | None = None
    seq: int | None = None
    base: CanvasDocument = field(default_factory=CanvasDocument)
    pending: list[CanvasOp] = field(default_factory=list)
    decided: int = 0
    n: int = 0  # the last that was used
    refusals: list[str] = field(default_factory=list)
    # Who wrote a field last, as far as operations that arrived have told.
    writers: dict[tuple[str, str, str], tuple[str, int]] = field(default_factory=dict)

    def write(self, kind: str, item: str, name: str, value: Value, over: int = 0) -> CanvasOp:
        """An operation of one's own, which shows at once."""
        self.n += 1
        op = CanvasOp(kind, item, name, value, self.client, self.n, over)
        self.pending.append(op)
        return op

    def shown(self) -> CanvasDocument:
        document = self.base.copy()
        document.apply_all(self.pending)
        return document

    def send(self, first: int = 0) -> list[CanvasOp]:
        return [op for op in self.pending if op.n >= first]

    def hello(self) -> dict[str, object]:
        return {"what": "hello", "protocol": 1, "client": self.client, "epoch": self.epoch,
                "since": self.seq, "n": self.decided}  # fmt: skip

    def welcome(self, message: Message, fresh_client: str) -> bool:
        """Whether it goes on; False: everything was dropped, and the page says hello anew as
        `fresh_client`, since the service is not the one whose operations it holds."""
        foreign = self.epoch not in (None, message["epoch"])
        if foreign or message["n"] < self.decided:
            self.__init__(fresh_client)  # type: ignore[misc] # everything as at the start
            return False
        self.epoch = message["epoch"]
        if message["whole"]:
            self.base = document_of(message["nodes"], message["edges"])
            self.seq, self.writers = message["seq"], {}
        else:
            self.arrived(message)
        self.acknowledged(message["n"])
        return True

    def arrived(self, message: Message) -> None:
        """Operations in the service's order; what is known already is left out."""
        if self.seq is None:
            return
        for op in ops_of(message["ops"]):
            if op.seq > self.seq:
                self.base.apply(op)
                self.writers[op.place] = (op.client, op.n)
        self.seq = max(self.seq, message["seq"])

    def acknowledged(self, n: int) -> None:
        self.decided = max(self.decided, n)
        self.pending = [op for op in self.pending if op.n > n]

    def refused(self, n: int, detail: str = "") -> None:
        self.pending = [op for op in self.pending if op.n != n]
        self.refusals.append(detail)

    def gone(self, ids: Sequence[str], seq: int) -> None:
        self.base.drop(ids)
        self.seq = seq if self.seq is None else max(self.seq, seq)

    def take(self, message: Message) -> None:
        """A message other than the welcome."""
        match message["what"]:
            case "ops":
                self.arrived(message)
            case "ack":
                self.acknowledged(message["n"])
            case "refused":
                self.refused(message["n"], message["detail"])
            case "gone":
                self.gone(message["ids"], message["seq"])


def ops_of(told: Sequence[Mapping[str, Any]]) -> list[CanvasOp]:
    """Operations as they travel."""
    return [
        CanvasOp(
            kind := "edge" if "edge" in one else "node", one[kind], one["field"], one["value"],
            one.get("client", ""), one["n"], one.get("over", 0), one.get("seq", 0),
        )
        for one in told
    ]  # fmt: skip


def op_to_wire(op: CanvasOp) -> dict[str, object]:
    told: dict[str, object] = {op.kind: op.id, "field": op.field, "value": op.value, "n": op.n}
    if op.over:
        told["over"] = op.over
    if op.seq:
        told |= {"seq": op.seq, "client": op.client}
    return told
