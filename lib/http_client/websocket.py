"""A WebSocket that we open elsewhere, as a line of octets. It belongs to one thread, but for
`abort`."""

from __future__ import annotations

import base64
import logging
import os
import time
from contextlib import suppress
from typing import NamedTuple

import httpcore2 as httpcore
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State
from websockets.utils import accept_key

from lib.http_client.deadline_http import SWITCHING, Answer, HttpLine, Question, refusal
from lib.http_client.service_url import ServiceError, ServiceUrl

# At its DEBUG it logs each frame.
logging.getLogger("websockets.client").setLevel(logging.INFO)

OPENS_S = 10.0  # name, proxy, TLS and answer
PIECE = 256 * 1024  # octets in one message at most
LONGEST = 1024 * 1024
STALLED_S = 1.5  # nothing of what we send is taken for so long
GOODBYE_S = 0.2


class WebSocketAddress(NamedTuple):
    where: ServiceUrl
    path: str  # below the service's own
    headers: dict[str, str]
    proxy: str = ""


class NotOpenedError(ServiceError):
    """The server answered with something else."""

    def __init__(self, why: str, answer: Answer) -> None:
        super().__init__(why, answer.status)
        self.body = answer.body


class WebSocketLine:
    """Open once it is made; a call that finds it at its end raises ServiceError."""

    def __init__(self, address: WebSocketAddress) -> None:
        self._name = address.where.name
        self._line = HttpLine(address.where, address.proxy)
        self._protocol = Protocol(Side.CLIENT, state=State.OPEN, max_size=LONGEST)
        try:
            self._stream = self._open(address)
        except BaseException:
            self._line.close()
            raise

    def abort(self) -> None:
        """End it, whatever it waits for. Any thread may call this."""
        self._line.abort()

    def close(self) -> None:
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(1000)
            with suppress(ServiceError):
                self._write(GOODBYE_S)
        self._line.close()

    def recv(self, within_s: float) -> bytes:
        """What came next, or nothing in that time."""
        if not within_s and not self._stream.get_extra_info("is_readable"):
            return b""
        self._line.use(within_s or 0.05)  # what can be read may be of TLS alone
        with self._line.in_sentences():
            try:
                data = self._stream.read(PIECE)
            except httpcore.ReadTimeout:
                return b""
        if not data:
            raise ServiceError(f"{self._name} cannot be reached: it hung up")
        self._protocol.receive_data(data)
        octets = b"".join(
            bytes(event.data)
            for event in self._protocol.events_received()
            if isinstance(event, Frame) and event.opcode in (Opcode.BINARY, Opcode.CONT)
        )
        self._write()  # a pong
        if self._protocol.state is not State.OPEN and not octets:
            raise ServiceError(f"{self._name} has ended the tunnel")
        return octets

    def send(self, octets: bytes | memoryview) -> None:
        """Return when all of it is on its way."""
        for at in range(0, len(octets), PIECE):
            self._protocol.send_binary(octets[at : at + PIECE])
            self._write()

    def _write(self, within_s: float = STALLED_S) -> None:
        said = b"".join(self._protocol.data_to_send())
        if said:
            self._line.use(within_s)
            with self._line.in_sentences():
                self._stream.write(said)

    def _open(self, address: WebSocketAddress) -> httpcore.NetworkStream:
        key = base64.b64encode(os.urandom(16)).decode()
        asked = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key,
        }
        question = Question("GET", address.path, asked | address.headers)
        until_ns = time.monotonic_ns() + int(OPENS_S * 1e9)
        answer, stream = self._line.upgrade(question, until_ns)
        if stream is None:
            why = f"{self._name} {refusal(answer.status)}"
            if answer.status < 300:
                why = f"{self._name} opens no WebSocket ({answer.status})"
            raise NotOpenedError(why, answer)
        if answer.headers.get("sec-websocket-accept") != accept_key(key):
            raise ServiceError(f"{self._name} opens no WebSocket", SWITCHING)
        return stream
