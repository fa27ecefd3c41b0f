"""A page as the control port sees it: a WebSocket that asks, and keeps what it was told."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.web.conftest import Host

Facts = dict[str, Any]
UPGRADE = (
    b"GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class LivePage:
    """Used by one thread; everything that came stands in `told` in its order."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.told: list[Facts] = []
        self.pictures: list[bytes] = []
        self.sees = True  # says of each picture that it was shown
        self._id = 0
        self.hello = self.wait_for("hello")

    def tell(self, **message: object) -> None:
        self.socket.send(json.dumps(message))

    def ask(self, kind: str, **more: object) -> Facts:
        self._id += 1
        self.tell(type=kind, id=self._id, **more)
        return self.wait_for("answer", id=self._id)

    def wait_for(self, kind: str, seconds: float = 20, **facts: object) -> Facts:
        """The first message of this kind that came and says so."""
        end = time.monotonic() + seconds
        seen = 0
        while True:
            for message in self.told[seen:]:
                if message["type"] == kind and facts.items() <= message.items():
                    return message
            seen = len(self.told)
            assert time.monotonic() < end, f"no {kind} with {facts} came, but {self.told[-5:]}"
            self.read(0.1)

    def read(self, seconds: float) -> None:
        """Take in the next message, if one comes within so many seconds."""
        try:
            message = self.socket.recv(timeout=seconds)
        except TimeoutError:
            return
        if isinstance(message, str):
            self.told.append(json.loads(message))
            return
        self.pictures.append(message)
        if self.sees:
            self.tell(type="seen")

    def read_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.05)

    @property
    def entries(self) -> list[Facts]:
        """All that was played or refused since this page came."""
        return [entry for m in self.told if m["type"] == "played" for entry in m["entries"]]


@contextmanager
def live_page(host: Host, query: str = "", **headers: str) -> Iterator[LivePage]:
    address = f"ws://127.0.0.1:{host.http_port}/live{query}"
    with connect(
        address, additional_headers=headers, compression=None, proxy=None, close_timeout=1
    ) as socket:
        yield LivePage(socket)


def read_entries(page: LivePage, most: int) -> None:
    end = time.monotonic() + 5
    while len(page.entries) < most and time.monotonic() < end:
        page.read(0.05)
