"""Connections, bounded in number, size and the time that they may take.

uvicorn limits the work of an app, not what a client can hold open: it takes any number of
connections, waits without limit for the end of a request, and does not bound the parts of a
WebSocket message. A proxy in front would have to be installed on every machine. An acceptor of ours
before uvicorn would have to parse HTTP a second time, to know which connections are idle and may be
closed; here the one parser knows it. So these classes derive from uvicorn's two protocol classes,
which a server may choose. Little is overridden, and tests/http hold it to docs/wire.md's promises.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request
from websockets.protocol import State

from lib.http.rate_limit import RateLimit, is_loopback, is_one_of, network_of
from lib.http.raw_path import TextPaths
from lib.http.request_parser import PIECE, RequestParser

ARRIVES_WITHIN_S = 10  # for a whole request, its body included
MOST_HEADERS, LONGEST_HEADER = 100, 8000  # of a WebSocket; websockets hangs above 128 and 8192
# Of one request, without its first line, which may hold a long prompt. h11 would take a quarter of
# a second to read 256 kB of the shortest headers, on the thread that serves everybody.
LONGEST_HEAD, MOST_LINES = 64 * 1024, 500
# Of its first line: the longest prompt, all of it escaped, has 24 kB. Decoding 250 kB took 0.3 s.
LONGEST_LINE = 32 * 1024
_head_end = re.compile(rb"\n\r?\n")
MOST_PARTS = 64  # of one message; no other limit counts empty parts
# Pings and pongs of one WebSocket: so many a second, and so many at once. A browser sends a pong
# for each ping of ours, one in ten seconds.
CONTROL_FRAMES = 50
ABORT = "afterimage.abort"  # key in the ASGI scope: a call that ends a WebSocket's connection
WRITE = "afterimage.write"  # the same: writes a frame that is ready; whether it was taken
RAW = "afterimage.raw"  # the same: a WebSocket's connection itself, for another process


class RawConnection(NamedTuple):
    """The connection of a WebSocket whose request was not answered yet."""

    descriptor: int
    opening: bytes  # the answer that is due
    let_go: Callable[[], None]  # once another process has it: this one forgets it, and says nothing


class HttpLimits(NamedTuple):
    """How much is accepted."""

    connections: int = 256
    of_one_address: int = 48
    request: int = 256 * 1024  # bytes of a head, and of a body
    # Bytes a second that let a body take longer than ARRIVES_WITHIN_S; 0: nothing does.
    slowest: int = 0
    message: int = 64 * 1024  # bytes of one message of a WebSocket


class BoundedHttp(H11Protocol):
    """HTTP that accepts any text in an address, and closes connections whose requests are slow."""

    limits = HttpLimits()
    text_paths = TextPaths()
    websockets: frozenset[str] = frozenset()  # paths of WebSockets
    trusted_proxy = ""  # addresses of proxies, whose connections are those of many clients
    # Of one port: those of which no request has come whole, the oldest first.
    silent: dict[BoundedHttp, None] = {}  # noqa: RUF012 - each service has a class with its own

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.conn = RequestParser(self.limits.request)
        self._line = bytearray()  # the part of a request's first line that has come so far
        self._deadline: asyncio.TimerHandle | None = None
        self._begun_s, self._received = 0.0, 0  # of the request that is arriving

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.since_s = self.loop.time()
        if self.client is None:  # gone already: what it asked for would take a place of others
            transport.abort()
            return
        trouble = self._why_full()
        if trouble:
            self._answer(503, trouble)
        else:
            self.silent[self] = None
            self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self.silent.pop(self, None)
        self._drop_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._set_deadline()
        self._received += len(data)
        if self._line or (self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]):
            self._unset_keepalive_if_required()
            self._line += data
            if b"\n" not in data and len(self._line) <= LONGEST_LINE:
                return
            data, self._line = bytes(self._line), bytearray()
            if data.find(b"\n") <= LONGEST_LINE:
                data = self.text_paths.escape(data)
        for start in range(0, len(data), PIECE):
            # What comes with a request for a WebSocket, before its answer, is no HTTP any more.
            if self.transport.is_closing() or self.transport.get_protocol() is not self:
                return
            super().data_received(data[start : start + PIECE])
        if self.cycle is not None:
            self.silent.pop(self, None)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._drop_deadline()

    def handle_events(self) -> None:
        data = self.conn.trailing_data[0] if self.conn.their_state is h11.IDLE else b""
        if is_long_line(data):
            self._answer(
                414, f"this address is too long: at most {LONGEST_LINE // 1024} kB are taken"
            )
        elif is_too_much(data):
            self._answer(431, "the head of this request is too long or has too many lines")
        else:
            super().handle_events()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 # ours says more
        self._answer(400, "this is not a valid HTTP request")

    def _should_upgrade(self) -> bool:
        """Whether to upgrade: only at the path of a WebSocket. Elsewhere the request to upgrade is
        ignored, as HTTP allows."""
        small = len(self.headers) <= MOST_HEADERS
        small = small and all(
            len(name) + len(value) <= LONGEST_HEADER for name, value in self.headers
        )
        fits = self.scope["method"] == "GET" and self.scope["path"] in self.websockets
        return small and fits and super()._should_upgrade()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._drop_deadline()  # the WebSocket has its own deadlines
        self.silent.pop(self, None)
        super().handle_websocket_upgrade(event)

    def shutdown(self) -> None:
        with suppress(h11.LocalProtocolError):  # in the middle of a request
            super().shutdown()

    def _why_full(self) -> str:
        """Why there is no room for this connection; empty if there is."""
        most, most_of_one = self.limits.connections, self.limits.of_one_address
        # Only few are open, and counting them each time cannot go wrong over months.
        everybody = cast("set[BoundedHttp]", self.connections)
        full = len(everybody) > most and not self._end_silent()
        if full and not _make_room(everybody - {self}):
            return f"{most} connections are open, which is the most"
        if is_loopback(_host(self)) or is_one_of(_host(self), self.trusted_proxy):
            return ""
        network = network_of(_host(self))
        mine = {one for one in everybody if network_of(_host(one)) == network}
        full = len(mine) > most_of_one and not self._end_silent(network)
        if full and not _make_room(mine - {self}):
            return f"{most_of_one} connections from one address are open, which is the most"
        return ""

    def _end_silent(self, network: str = "") -> bool:
        """Close the oldest of those that never sent a request. To look at all of them for each of a
        thousand that come at once held everybody up for seconds."""
        for one in self.silent:
            if not network or network_of(_host(one)) == network:
                del self.silent[one]
                one.transport.abort()
                return True
        return False

    @property
    def is_idle(self) -> bool:
        """Whether no request has begun, or all requests are answered."""
        return self.conn.our_state in (h11.IDLE, h11.DONE) and not self.transport.is_closing()

    def _answer(self, status: int, sentence: str) -> None:
        """Write an answer without h11, which may be in any state, and close the connection."""
        if not self.cycle or self.cycle.response_complete or not self.cycle.response_started:
            body = json.dumps({"detail": sentence}).encode()
            head = f"HTTP/1.1 {status} Refused\r\nContent-Type: application/json\r\n"
            head += f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            self.transport.write(head.encode() + body)
        self.transport.close()

    def _set_deadline(self) -> None:
        if not self._deadline:
            self._begun_s, self._received = self.loop.time(), 0
            self._deadline = self.loop.call_later(ARRIVES_WITHIN_S, self._expire)

    def _expire(self) -> None:
        """End a request that is late, unless it is a large body that comes fast enough."""
        least = self.limits.slowest * (self.loop.time() - self._begun_s)
        if self.conn.their_state is h11.SEND_BODY and self._received >= least > 0:
            self._deadline = self.loop.call_later(ARRIVES_WITHIN_S, self._expire)
        else:
            self.transport.abort()

    def _drop_deadline(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None


def is_long_line(data: bytes) -> bool:
    """Whether the first line of the data, which need not be whole, is too long to be read."""
    end = data.find(b"\n")
    return end > LONGEST_LINE or (end < 0 and len(data) > LONGEST_LINE)


def is_too_much(data: bytes) -> bool:
    """Whether the data begins with a whole head that is too long to be read."""
    end = _head_end.search(data)
    if not end:
        return False
    is_long = end.start() - data.find(b"\n") > LONGEST_HEAD
    return is_long or data.count(b"\n", 0, end.start()) > MOST_LINES


def _make_room(among: set[BoundedHttp]) -> bool:
    """Close the oldest connection whose requests are answered."""
    idle = [one for one in among if isinstance(one, BoundedHttp) and one.is_idle]
    if idle:
        min(idle, key=lambda one: one.since_s).transport.abort()
    return bool(idle)


def _host(one: BoundedHttp) -> str:
    return one.client[0] if one.client else ""


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """A WebSocket that can be closed for certain, even if its peer does not answer.

    What comes is parsed in small pieces, and no further than the app has taken messages: 256 kB of
    the shortest frames, which come at once, would hold up everybody for more than a second.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.close_timeout = 1.0
        self._unread = bytearray()
        self._control_frames = RateLimit(CONTROL_FRAMES, CONTROL_FRAMES)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._deadline = self.loop.call_later(ARRIVES_WITHIN_S, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        self._parse()

    async def receive(self) -> Any:
        message = await super().receive()
        self._parse()
        return message

    def _parse(self) -> None:
        while self._unread and not self.read_paused and not self.transport.is_closing():
            piece = bytes(self._unread[:PIECE])
            del self._unread[:PIECE]
            super().data_received(piece)

    def handle_ping(self) -> None:
        if self._may_control():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._may_control():
            super().handle_pong(event)

    def _may_control(self) -> bool:
        if self._control_frames.take("", self.loop.time()):
            self._hang_up(CloseCode.POLICY_VIOLATION)
        return not self.transport.is_closing()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions = cast("dict[str, object]", self.scope["extensions"])
            extensions[ABORT] = self.transport.abort
            extensions[WRITE] = self._write
            extensions[RAW] = self._raw

    def _write(self, frame: bytes) -> bool:
        """At once, past the app's layers: for one text to many, those cost more than all else. Not
        taken where the peer does not read fast enough, or the end has begun."""
        fit = self.handshake_complete and self.conn.state is State.OPEN and self.writable.is_set()
        if not fit or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True

    def _raw(self) -> RawConnection | None:
        """None for a client that did not wait for the answer: what it said is here already."""
        if self._unread or self.conn.reader.buffer or self.transport.is_closing():
            return None
        socket = self.transport.get_extra_info("socket")
        return RawConnection(socket.fileno(), self.response.serialize(), self._let_go)

    def _let_go(self) -> None:
        self.handshake_complete = True  # or uvicorn would answer
        self.transport.abort()  # closes this process's descriptor, which ends no connection

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) < MOST_PARTS:
            super().handle_cont(event)
        else:
            self._hang_up(CloseCode.POLICY_VIOLATION)

    def send_receive_event_to_app(self) -> None:
        """Close it on a message that is not text: uvicorn would log a traceback for each."""
        if self.transport.is_closing():
            self.frames = []
        elif self.curr_msg_data_type != "text" or _is_text(b"".join(self.frames)):
            super().send_receive_event_to_app()
        else:
            self._hang_up(CloseCode.INVALID_DATA)

    def _hang_up(self, code: CloseCode) -> None:
        self.frames = []
        if not self.transport.is_closing():
            with suppress(InvalidState):  # the peer has just closed it
                self.conn.send_close(code)
            self.handle_parser_exception()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # or uvicorn logs a refusal as our error

    def _give_up(self) -> None:
        if not self.handshake_complete:
            self.transport.abort()


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
