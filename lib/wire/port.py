"""A listening port that we mind ourselves: who comes in, who has to make room, who is let go."""

from __future__ import annotations

import select
import socket
import time
from abc import ABC, abstractmethod
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from lib.wire.guest import Limits, Place, no_room
from lib.wire.speech import Speech
from lib.wire.tune import NONE_LEFT, hardly_left

HELLO_S = 1.5  # to say who it is
MOST_UNSENT = 4096  # bytes of answers that a peer does not read
DEAF_S = 0.2


@dataclass(slots=True, eq=False)
class Line:
    """One connection."""

    socket: socket.socket
    host: str
    speech: Speech
    since_s: float
    proven: bool = False
    unsent: bytearray = field(default_factory=bytearray)


L = TypeVar("L", bound=Line)


class Port(ABC, Generic[L]):
    """`source` speaks up when there is something to do."""

    chunk = 4096  # bytes that are read at once

    def __init__(
        self, resources: ExitStack, listener: socket.socket, limits: Limits, refused: Counter[str]
    ) -> None:
        self.refused = refused
        self._limits = limits
        self._lines: dict[int, L] = {}
        self._deaf_until_s = 0.0
        self._buffer = bytearray(self.chunk)
        self._epoll = select.epoll()
        resources.callback(self._epoll.close)
        self._listener = listener
        resources.callback(listener.close)
        resources.callback(self._close)
        listener.setblocking(False)
        self._epoll.register(listener, select.EPOLLIN)

    @property
    def source(self) -> int:
        return self._epoll.fileno()

    @abstractmethod
    def _greet(self, connection: socket.socket, place: Place, now_s: float) -> L:
        """A line for who was let in from there; OSError when it is gone already."""

    def tend(self, now_s: float) -> None:
        """Now and then, also while nothing comes."""
        for line in list(self._lines.values()):
            if not line.speech.through and now_s - line.since_s > HELLO_S:
                self._end(line, "said nothing")
        if self._deaf_until_s and now_s >= self._deaf_until_s:
            self._deaf_until_s = 0.0
            self._epoll.register(self._listener, select.EPOLLIN)

    def _accept(self) -> None:
        try:
            connection, address = self._listener.accept()
        except BlockingIOError:
            return
        except OSError:  # no descriptor is left, and it would be asked again and again
            self._epoll.unregister(self._listener)
            self._deaf_until_s = time.monotonic() + DEAF_S
            return
        host = str(address[0])
        reason = NONE_LEFT if hardly_left(connection) else self._no_room(host)
        if reason:
            self.refused[reason] += 1
            connection.close()
            return
        try:
            line = self._greet(connection, Place(host, address[1]), time.monotonic())
        except OSError:
            connection.close()
            return
        self._lines[connection.fileno()] = line
        self._epoll.register(connection, select.EPOLLIN)
        self._answer(line)

    def _no_room(self, host: str) -> str:
        """Why nobody from there can come in; empty if somebody can."""
        return no_room(
            [line.host for line in self._lines.values()], host, self._limits, self._make_room
        )

    def _make_room(self, host: str = "") -> bool:
        """Who is of no use yet goes, first who has not even said who it is, oldest first."""
        unproven = [
            line
            for line in self._lines.values()
            if not line.proven and (not host or line.host == host)
        ]
        if not unproven:
            return False
        self._end(min(unproven, key=lambda line: (line.speech.through, line.since_s)), "was idle")
        return True

    def _recv(self, line: L) -> memoryview | None:
        """What it said, until the next is read; None for nothing. Who hung up is ended."""
        try:
            size = line.socket.recv_into(self._buffer)
        except BlockingIOError:
            return None
        except OSError:
            size = 0
        if size == 0:
            self._end(line)
            return None
        return memoryview(self._buffer)[:size]

    def _answer(self, line: L) -> None:
        line.unsent += line.speech.answers
        line.speech.answers.clear()
        if not line.unsent or line.socket.fileno() < 0 or not self._flush(line):
            return
        if len(line.unsent) > MOST_UNSENT:
            self._end(line, "does not read")

    def _flush(self, line: L) -> bool:
        """False when the connection has ended."""
        try:
            sent = line.socket.send(line.unsent)
        except BlockingIOError:
            return True
        except OSError:
            self._end(line)
            return False
        del line.unsent[:sent]
        return True

    def _end(self, line: L, reason: str = "") -> None:
        if self._lines.pop(line.socket.fileno(), None) is None:
            return
        if reason:
            self.refused[reason] += 1
        self._epoll.unregister(line.socket)
        line.socket.close()

    def _close(self) -> None:
        for line in list(self._lines.values()):
            self._end(line)


def listen(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.address else socket.AF_INET
    return socket.create_server(place, family=family, backlog=64)
