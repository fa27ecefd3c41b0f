"""The result port where there are no keys: each worker's PUSH, read within bounds.

Used by one thread. Whoever connects is held to a pace and a size; who says nothing, or nothing
but rubbish, makes room for who comes.
"""

from __future__ import annotations

import select
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import NamedTuple

from lib.wire.guest import Limits, Place
from lib.wire.speech import RudeError, Said, Speech
from lib.wire.strangers import Strangers
from lib.wire.tune import NONE_LEFT, hardly_left, tune

CHUNK = 256 * 1024
AT_ONCE = 16  # messages of one peer, before the others have their turn
HELLO_S = 2.0  # to say who it is
MESSAGE_S = 10.0  # for one message, on however slow a line
MOST_HELD = 128 * 1024 * 1024  # of messages that are not whole, all peers together
MOST_UNSENT = 4096  # of answers that a peer does not read
MOST_RUBBISH = 64  # in a row
DEAF_S = 0.2


@dataclass(slots=True, eq=False)
class Line:
    """One connection."""

    socket: socket.socket
    host: str
    address: str
    speech: Speech
    since_s: float
    unheard: bytes = b""
    rubbish: int = 0  # since it brought something good
    proven: bool = False
    begun_s: float | None = None  # when the message that is not whole began
    unsent: bytearray = field(default_factory=bytearray)


class Arrived(NamedTuple):
    """A message, and whom it came from."""

    data: Said | memoryview
    host: str
    line: Line | None = None  # where there are no keys
    is_known: bool = True  # false: its key was removed


class Intake:
    """`source` speaks up when there is something to take."""

    def __init__(self, resources: ExitStack, place: Place, limits: Limits, longest: int) -> None:
        self.refused: Counter[str] = Counter()
        self._limits, self._longest = limits, longest
        self._buffer = bytearray(CHUNK)
        self._lines: dict[int, Line] = {}
        self._left: dict[int, Line] = {}  # who said more than was taken
        self._deaf_until_s = 0.0
        self._epoll = select.epoll()
        resources.callback(self._epoll.close)
        family = socket.AF_INET6 if ":" in place.address else socket.AF_INET
        self._listener = socket.create_server(place, family=family, backlog=64)
        resources.callback(self._listener.close)
        resources.callback(self._close)
        self._listener.setblocking(False)
        self._epoll.register(self._listener, select.EPOLLIN)

    @property
    def source(self) -> int:
        return self._epoll.fileno()

    @property
    def strangers(self) -> list[Strangers]:
        """None: nobody is asked for a key."""
        return []

    @property
    def alive(self) -> bool:
        return True

    @property
    def more(self) -> bool:
        """Whether there is something to take that `source` does not speak up for."""
        return bool(self._left)

    def take(self) -> Iterator[Arrived]:
        """What came, a limited number of each peer."""
        left, self._left = self._left, {}
        for line in left.values():
            yield from self._hear(line, memoryview(line.unheard))
        for descriptor, _ in self._epoll.poll(0):
            line_here = self._lines.get(descriptor)
            if line_here is None:
                self._accept()
            elif descriptor not in self._left:
                yield from self._read(line_here)

    def judge(self, arrived: Arrived, is_good: bool) -> None:
        """Whether it was what had been asked for; who never brings that is let go."""
        line = arrived.line
        if line is None:
            return
        line.rubbish = 0 if is_good else line.rubbish + 1
        line.proven = line.proven or is_good
        if line.rubbish > MOST_RUBBISH:
            self._end(line, "sends nothing but rubbish")

    def tend(self, now_s: float) -> None:
        """Now and then, also while nothing comes."""
        for line in list(self._lines.values()):
            if not line.speech.through and now_s - line.since_s > HELLO_S:
                self._end(line, "said nothing")
            elif line.begun_s is not None and now_s - line.begun_s > MESSAGE_S:
                self._end(line, "never ended a message")
        if self._deaf_until_s and now_s >= self._deaf_until_s:
            self._deaf_until_s = 0.0
            self._epoll.register(self._listener, select.EPOLLIN)

    # --- who comes

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
        tune(connection)
        speech = Speech(self._longest)
        line = Line(connection, host, f"{host}:{address[1]}", speech, time.monotonic())
        self._lines[connection.fileno()] = line
        self._epoll.register(connection, select.EPOLLIN)
        self._answer(line)

    def _no_room(self, host: str) -> str:
        if len(self._lines) >= self._limits.peers and not self._make_room(""):
            return "too many workers"
        same = sum(line.host == host for line in self._lines.values())
        if same >= self._limits.peers_per_address and not self._make_room(host):
            return "too many workers from one address"
        return ""

    def _make_room(self, host: str) -> bool:
        unproven = [
            line
            for line in self._lines.values()
            if not line.proven and (not host or line.host == host)
        ]
        if not unproven:
            return False
        self._end(min(unproven, key=lambda line: (line.speech.through, line.since_s)), "was idle")
        return True

    # --- what they say

    def _read(self, line: Line) -> Iterator[Arrived]:
        try:
            size = line.socket.recv_into(self._buffer)
        except BlockingIOError:
            return
        except OSError:
            size = 0
        if size == 0:
            self._end(line)
            return
        yield from self._hear(line, memoryview(self._buffer)[:size])

    def _hear(self, line: Line, data: memoryview) -> Iterator[Arrived]:
        try:
            messages, heard = line.speech.hear(data, AT_ONCE)
        except RudeError as error:
            self._end(line, str(error))
            return
        line.unheard = bytes(data[heard:])
        if line.unheard:
            self._left[line.socket.fileno()] = line
        self._note_time(line, bool(messages))
        self._answer(line)
        for message in messages:
            yield Arrived(message, line.host, line)

    def _note_time(self, line: Line, moved: bool) -> None:
        if not line.speech.held:
            line.begun_s = None
        elif line.begun_s is None or moved:
            line.begun_s = time.monotonic()
        if line.speech.held > CHUNK and self._held > MOST_HELD:
            self._end(line, "too much that is not whole")

    @property
    def _held(self) -> int:
        return sum(line.speech.held for line in self._lines.values())

    def _answer(self, line: Line) -> None:
        line.unsent += line.speech.answers
        line.speech.answers.clear()
        if not line.unsent or line.socket.fileno() < 0:
            return
        try:
            sent = line.socket.send(line.unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._end(line)
            return
        del line.unsent[:sent]
        if len(line.unsent) > MOST_UNSENT:
            self._end(line, "does not read")

    def _end(self, line: Line, reason: str = "") -> None:
        if self._lines.pop(line.socket.fileno(), None) is None:
            return
        if reason:
            self.refused[reason] += 1
        self._left.pop(line.socket.fileno(), None)
        self._epoll.unregister(line.socket)
        line.socket.close()

    def _close(self) -> None:
        for line in list(self._lines.values()):
            self._end(line)
