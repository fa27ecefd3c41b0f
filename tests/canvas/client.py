"""A page without a browser: the protocol, spoken by the replica that pages are held to."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from lib.core.canvas.document import CanvasDocument, CanvasOp, Value
from lib.core.canvas.replica import CanvasReplica, op_to_wire

Told = dict[str, Any]


def new_key() -> str:
    """As the service gives it to a browser."""
    return secrets.token_urlsafe(16)


def new_id() -> str:
    return secrets.token_hex(8)


class CanvasClient:
    def __init__(self, address: str, ref: str, key: str = "", token: str = "") -> None:
        self.address = f"{address.replace('http', 'ws', 1)}/maps/sync?map={quote(ref)}"
        self.key, self.token = key or new_key(), token
        self.replica = CanvasReplica(new_id())
        self.told: list[Told] = []  # everything, for tests to look through
        self.you: Told = {}
        self.socket: ClientConnection | None = None

    def __enter__(self) -> CanvasClient:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    def dial(self) -> ClientConnection:
        headers = {"Cookie": f"afterimage-owner={self.key}"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        # As long as the socket: a `with` of this class, not of the library's, closes it.
        self.socket = connect(self.address, additional_headers=headers, max_size=None, legacy=True)
        return self.socket

    def open(self) -> CanvasClient:
        """Connect, say hello, and send what is not decided."""
        self.dial()
        with suppress(ConnectionClosed):  # the service may have refused it already, and says why
            self.say(self.replica.hello())
        welcome = self.wait(lambda one: one["what"] in ("welcome", "closed"))
        if welcome["what"] != "welcome":
            self.close()
            raise AssertionError(welcome)
        self.you = welcome["you"]
        if not self.replica.welcome(welcome, new_id()):
            self.close()
            return self.open()
        self.resend()
        return self

    def close(self) -> None:
        if self.socket:
            self.socket.close()

    def say(self, told: Told) -> None:
        assert self.socket
        self.socket.send(json.dumps(told))

    def resend(self, first: int = 0) -> None:
        ops = self.replica.send(first)
        for at in range(0, len(ops), 200):
            self.say({"what": "ops", "ops": [op_to_wire(op) for op in ops[at : at + 200]]})

    def read(self, timeout: float = 10.0) -> Told:
        assert self.socket
        told: Told = json.loads(self.socket.recv(timeout))
        self.told.append(told)
        if told["what"] not in ("welcome", "closed"):
            self.replica.take(told)
        if told["what"] == "again":
            self.resend(told["n"])
        return told

    def wait(self, wanted: Callable[[Told], object], seconds: float = 10.0) -> Told:
        end = time.monotonic() + seconds
        while True:
            told = self.read(max(0.01, end - time.monotonic()))
            if wanted(told):
                return told

    def write(self, kind: str, item: str, **fields: Value) -> list[CanvasOp]:
        """Some fields of one item, in one message."""
        ops = [self.replica.write(kind, item, name, value) for name, value in fields.items()]
        self.say({"what": "ops", "ops": [op_to_wire(op) for op in ops]})
        return ops

    def settle(self) -> CanvasDocument:
        """Until everything of this client is decided."""
        while self.replica.pending:
            self.read()
        return self.replica.base

    def node(self, **fields: Value) -> str:
        node = new_id()
        self.write("node", node, **{"type": "still", "at": [0, 0], **fields})
        return node

    def ask(self, do: str, node: str, **more: object) -> Told:
        ask = new_id()
        self.say({"what": "ask", "ask": ask, "do": do, "node": node, **more})
        return self.wait(lambda one: one.get("ask") == ask, 20)

    def until(self, condition: Callable[[CanvasDocument], object], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not condition(self.replica.base):
            self.read(max(0.01, end - time.monotonic()))

    def gone(self) -> bool:
        """Whether the service has closed the line."""
        try:
            while True:
                self.read(5)
        except ConnectionClosed:
            return True
