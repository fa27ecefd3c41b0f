"""Any interleaving, loss, repetition, new connection, crash and restored ledger of several pages:
in the end all show the same, and what the service has."""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.canvas.document import EDGE, NODE, CanvasOp, document_of
from lib.core.canvas.order import CanvasOrder, Writer
from lib.core.canvas.replica import CanvasReplica, op_to_wire, ops_of
from lib.core.canvas.undo import FieldChange, UndoStack

NODES = [f"{one:016x}" for one in range(3)]
EDGES = [f"{one:016x}" for one in range(16, 18)]


@dataclass
class FakeService:
    """An order and what of it is on the disk; a message is told to nobody before that."""

    epoch: int = 0
    order: CanvasOrder = field(default_factory=CanvasOrder)
    disk: CanvasOrder = field(default_factory=CanvasOrder)
    purged: int = 0

    def commit(self) -> None:
        self.disk = copy.deepcopy(self.order)

    def crash(self) -> None:
        self.order = copy.deepcopy(self.disk)

    def wipe(self) -> None:
        self.epoch += 1
        self.order, self.purged = CanvasOrder(), 0
        self.commit()

    def welcome(self, hello: dict[str, Any], client: str) -> dict[str, Any]:
        order, since = self.order, hello["since"]
        fits = hello["epoch"] == str(self.epoch) and since is not None
        fits = fits and self.purged <= since <= order.seq
        told: dict[str, Any] = {"what": "welcome", "epoch": str(self.epoch), "seq": order.seq,
                                "n": order.decided.get(client, 0), "whole": not fits}  # fmt: skip
        if fits:
            return told | {"ops": [op_to_wire(op) for op in order.since(since)]}
        return told | copy.deepcopy(order.document.to_wire())


@dataclass
class FakePage:
    name: str
    service: FakeService
    pages: list[FakePage]
    lives: int = 0
    up: deque[list[dict[str, Any]]] = field(default_factory=deque)
    down: deque[dict[str, Any]] = field(default_factory=deque)
    online: bool = False

    def __post_init__(self) -> None:
        self.replica = CanvasReplica(self.fresh())
        self.undo = UndoStack(self.replica)

    def fresh(self) -> str:
        self.lives += 1
        return f"{self.name}{self.lives:015}"

    def join(self) -> None:
        if self.online:
            return
        self.up.clear()
        self.down.clear()
        while not self.replica.welcome(
            self.service.welcome(self.replica.hello(), self.replica.client), self.fresh()
        ):
            self.undo.drop()
        self.online = True
        self.send(self.replica.send())

    def lose(self) -> None:
        self.online = False

    def send(self, ops: list[CanvasOp]) -> None:
        if self.online and ops:
            self.up.append([op_to_wire(op) for op in ops])

    def deliver(self, twice: bool = False, lost: bool = False) -> None:
        """One message to the service, and what comes of it to everybody."""
        if not self.up:
            return
        message = self.up[0] if twice else self.up.popleft()
        if lost:
            return
        order = self.service.order
        told = order.decide(ops_of(message), Writer(self.replica.client, self.name), 0)
        self.service.commit()
        if told.ops:
            ops = {"what": "ops", "seq": order.seq, "ops": [op_to_wire(op) for op in told.ops]}
            for page in self.pages:
                if page.online:
                    page.down.append(ops)
        for n, why, detail in told.refused:
            self.down.append({"what": "refused", "n": n, "why": why, "detail": detail})
        self.down.append({"what": "ack", "n": told.n})
        if told.again:
            self.down.append({"what": "again", "n": told.n + 1})

    def read(self) -> None:
        if not (self.online and self.down):
            return
        told = self.down.popleft()
        self.replica.take(told)
        if told["what"] == "again":
            self.send(self.replica.send(told["n"]))

    def write(self, what: int, value: int) -> None:
        node, other = NODES[what % 3], NODES[(what + 1) % 3]
        edge = EDGES[what % 2]
        gestures = [
            [(NODE, node, "type", "still"), (NODE, node, "at", [value, 0])],
            [(NODE, node, "at", [value, value])],
            [(NODE, node, "prompt", str(value)), (NODE, other, "seed", value)],
            [(NODE, node, "deleted", value % 2 == 0)],
            [(EDGE, edge, "ends", [node, other])],
            [(NODE, node, "seed", None)],
        ]
        ops = self.undo.write([FieldChange(*one) for one in gestures[value % len(gestures)]])
        self.send(ops)


ACTIONS = ("write", "write", "deliver", "deliver", "deliver", "read", "read", "read", "twice",
           "lost", "lose", "join", "undo", "redo", "crash", "wipe", "purge")  # fmt: skip
steps = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 2), st.integers(0, 5), st.integers(0, 60)),
    max_size=60,
)


def act(service: FakeService, page: FakePage, action: str, what: int, value: int) -> None:
    plain = {
        "write": lambda: page.write(what, value),
        "deliver": page.deliver,
        "twice": lambda: page.deliver(twice=True),
        "lost": lambda: page.deliver(lost=True),
        "read": page.read,
        "lose": page.lose,
        "join": page.join,
        "undo": lambda: page.send(page.undo.undo()),
        "redo": lambda: page.send(page.undo.redo()),
    }
    if action in plain:
        plain[action]()
        return
    match action:
        case "crash":
            service.order.write(
                [CanvasOp(NODE, NODES[what % 3], "state", "done")]
            )  # told to nobody
            service.crash()
            for one in page.pages:
                one.lose()
        case "wipe" if value == 0:
            service.wipe()
            for one in page.pages:
                one.lose()
        case "purge":
            gone = service.order.purge([NODES[what % 3]])
            if gone:
                service.purged = service.order.seq
                service.commit()
                for one in page.pages:
                    if one.online:
                        one.down.append({"what": "gone", "ids": gone, "seq": service.order.seq})


@settings(max_examples=150, deadline=None)
@given(steps)
def test_all_pages_end_equal_and_equal_to_the_service(
    done: list[tuple[str, int, int, int]],
) -> None:
    service = FakeService()
    pages: list[FakePage] = []
    pages += [FakePage(name, service, pages) for name in "abc"]
    for page in pages:
        page.join()
    for action, who, what, value in done:
        act(service, pages[who], action, what, value)
    for page in pages:  # a page whose messages were lost comes back after a while
        page.lose()
        page.join()
    while any(page.up or page.down for page in pages):
        for page in pages:
            page.deliver()
            page.read()
    truth = service.order.document
    for page in pages:
        assert page.replica.pending == []
        assert page.replica.base == truth == page.replica.shown()
        assert page.replica.seq == service.order.seq
    service.crash()
    assert service.order.document == truth


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 60), st.booleans()), max_size=12))
def test_undo_of_everything_alone_ends_where_it_began(
    gestures: list[tuple[int, int, bool]],
) -> None:
    service = FakeService()
    pages: list[FakePage] = []
    page = FakePage("a", service, pages)
    pages.append(page)
    page.join()
    for node in NODES:
        page.send(page.undo.write([FieldChange(NODE, node, "type", "still")]))
    for edge in EDGES:
        page.send(page.undo.write([FieldChange(EDGE, edge, "ends", NODES[:2])]))
    settle(pages)
    page.undo.drop()
    before = document_of(**page.replica.base.to_wire())
    for what, value, at_once in gestures:
        if value % 6 not in (0, 4):  # what is made stays in the bin
            page.write(what, value)
        if at_once:
            settle(pages)
    after = document_of(**page.replica.shown().to_wire())
    for turn in (page.undo.undo, page.undo.redo, page.undo.undo):
        while ops := turn():
            page.send(ops)
        settle(pages)
        expected = after if turn == page.undo.redo else before
        assert plain(page.replica.base) == plain(expected)


def plain(document: Any) -> Any:
    """Without what only says when, and with `deleted` where it is so."""
    return {
        one: {name: value for name, value in fields.items() if name != "deleted_s" and value}
        for one, fields in document.nodes.items()
    }


def settle(pages: list[FakePage]) -> None:
    while any(page.up or page.down for page in pages):
        for page in pages:
            page.deliver()
            page.read()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(("mine", "theirs", "undo", "redo", "settle")),
                          st.integers(0, 9)), max_size=30))  # fmt: skip
def test_undo_never_writes_over_what_somebody_else_wrote_later(
    done: list[tuple[str, int]],
) -> None:
    """The operator writes, too; whatever of theirs is not followed by a gesture of mine stays."""
    service = FakeService()
    pages: list[FakePage] = []
    page = FakePage("a", service, pages)
    pages.append(page)
    page.join()
    page.send(page.undo.write([FieldChange(NODE, NODES[0], "type", "still")]))
    settle(pages)
    page.undo.drop()
    operator, theirs, n = Writer("o" * 16, "o", operator=True), None, 0
    for what, value in done:
        if what == "mine":
            page.send(page.undo.write([FieldChange(NODE, NODES[0], "seed", value)]))
            settle(pages)
            theirs = None
        elif what == "theirs":
            n += 1
            told = service.order.decide(
                [CanvasOp(NODE, NODES[0], "seed", 100 + value, n=n)], operator, 0
            )
            service.commit()
            page.down.append({"what": "ops", "seq": service.order.seq,
                              "ops": [op_to_wire(op) for op in told.ops]})  # fmt: skip
            theirs = 100 + value
        elif what == "settle":
            settle(pages)
        else:  # perhaps before it has heard of theirs
            page.send(page.undo.undo() if what == "undo" else page.undo.redo())
            settle(pages)
        if theirs is not None:
            assert service.order.document.nodes[NODES[0]]["seed"] == theirs
