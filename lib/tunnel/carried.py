"""One worker's connection: a WebSocket on the outside, a listener of this host on the inside.

Each way one piece is on its way at most: while it cannot be written, no other is read.
"""

from __future__ import annotations

import select
import socket

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol, Side, State

PIECE = 256 * 1024  # octets that are read at once
LONGEST = 1024 * 1024  # octets in one message of a worker's WebSocket; ours sends PIECE at most
LAST_WORDS_S = 1.0
IN, OUT, OVER = select.EPOLLIN, select.EPOLLOUT, select.EPOLLHUP | select.EPOLLERR


class EndedError(Exception):
    """There is nothing more to carry."""


class CarriedConnection:
    """Used by one thread. `events` of each end is what its owner has to wait for."""

    def __init__(
        self, outside: socket.socket, inside: socket.socket, opening: bytes, now_s: float
    ) -> None:
        """`opening`: the answer that opens the WebSocket."""
        self.outside, self.inside = outside, inside
        self.heard_s = now_s  # of the worker, for the last time
        self.inside_is_over = False  # the listener has hung up; some of what it said may be here
        self.ends_s: float | None = None  # until when a goodbye may be sent
        self._websocket = Protocol(Side.SERVER, state=State.OPEN, max_size=LONGEST)
        self._to_outside, self._to_inside = bytearray(opening), bytearray()

    def events(self, end: socket.socket) -> int:
        """While one end cannot be written to, the other is not read."""
        if end is self.outside:
            reads = not self._to_inside and not self.inside_is_over
            # Its pings are answered, which a worker that reads nothing would have us keep.
            reads = reads and len(self._to_outside) <= 2 * PIECE
            return reads * IN | bool(self._to_outside) * OUT
        return (not self._to_outside) * IN | bool(self._to_inside) * OUT

    def go_on(self, end: socket.socket, events: int, now_s: float) -> None:
        if end is self.inside:
            self.inside_is_over = self.inside_is_over or bool(events & OVER)
        elif events & OVER:
            raise EndedError
        elif events & IN and not self.inside_is_over:
            self._from_outside(now_s)
        self._flush(now_s)

    def end(self, code: CloseCode, until_s: float) -> None:
        """Say goodbye to the worker; the end is when that is sent, or at `until_s`."""
        if self.ends_s is None:
            self.ends_s, self.inside_is_over = until_s, True
            self._websocket.send_close(code)
            self._to_outside += b"".join(self._websocket.data_to_send())

    def close(self) -> None:
        self.outside.close()
        self.inside.close()

    def _from_outside(self, now_s: float) -> None:
        data = _recv(self.outside)
        if data is None:
            return
        if not data:
            raise EndedError
        self.heard_s = now_s
        websocket = self._websocket
        websocket.receive_data(data)
        for event in websocket.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                websocket.fail(CloseCode.UNSUPPORTED_DATA)
            elif isinstance(event, Frame) and event.opcode in (Opcode.BINARY, Opcode.CONT):
                self._to_inside += event.data
        self._to_outside += b"".join(websocket.data_to_send())  # a pong, or goodbye
        if websocket.state is not State.OPEN:
            _send(self.outside, self._to_outside)
            raise EndedError

    def _flush(self, now_s: float) -> None:
        """Write what can be written, and read what may be."""
        if not self.inside_is_over:
            try:
                _send(self.inside, self._to_inside)
            except EndedError:
                self.inside_is_over = True
        _send(self.outside, self._to_outside)
        while not self._to_outside:
            if self.ends_s is not None:
                raise EndedError
            data = _recv(self.inside)
            if data:
                self._websocket.send_binary(data)
                self._to_outside += b"".join(self._websocket.data_to_send())
            elif data is None:
                return
            else:
                self.end(CloseCode.GOING_AWAY, now_s + LAST_WORDS_S)
            _send(self.outside, self._to_outside)


def _recv(end: socket.socket) -> bytes | None:
    """Empty at its end; None for nothing yet."""
    try:
        return end.recv(PIECE)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _send(end: socket.socket, octets: bytearray) -> None:
    if octets:
        try:
            del octets[: end.send(octets)]
        except BlockingIOError:
            return
        except OSError as error:
            raise EndedError from error
