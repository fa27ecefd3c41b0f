"""The result port where there are no keys: each worker's PUSH, read within bounds.

Used by one thread. Whoever connects is held to a pace and a size; who says nothing, or nothing
but rubbish, makes room for who comes.
"""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import NamedTuple

from lib.wire.guest import Limits, Place
from lib.wire.port import Line, Port, listen
from lib.wire.speech import RudeError, Said, Speech
from lib.wire.strangers import Strangers
from lib.wire.tune import tune

CHUNK = 256 * 1024
AT_ONCE = 16  # messages of one peer, before the others have their turn
MESSAGE_S = 10.0  # for one message, on however slow a line
MOST_HELD = 128 * 1024 * 1024  # of messages that are not whole, all peers together
MOST_RUBBISH = 64  # in a row


@dataclass(slots=True, eq=False)
class Worker(Line):
    """Who brings results."""

    unheard: bytes = b""
    rubbish: int = 0  # since it brought something good
    begun_s: float | None = None  # when the message that is not whole began


class Arrived(NamedTuple):
    """A message, and whom it came from."""

    data: Said | memoryview
    host: str
    line: Worker | None = None  # where there are no keys
    is_known: bool = True  # false: its key was removed


class Intake(Port[Worker]):
    """Used by one thread."""

    chunk = CHUNK

    def __init__(self, resources: ExitStack, place: Place, limits: Limits, longest: int) -> None:
        super().__init__(resources, listen(place), limits, Counter())
        self._longest = longest
        self._left: dict[int, Worker] = {}  # who said more than was taken

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
        super().tend(now_s)
        for line in list(self._lines.values()):
            if line.begun_s is not None and now_s - line.begun_s > MESSAGE_S:
                self._end(line, "never ended a message")

    def _greet(self, connection: socket.socket, place: Place, now_s: float) -> Worker:
        tune(connection)
        return Worker(connection, place.address, Speech(self._longest), now_s)

    # --- what they say

    def _read(self, line: Worker) -> Iterator[Arrived]:
        data = self._recv(line)
        if data is not None:
            yield from self._hear(line, data)

    def _hear(self, line: Worker, data: memoryview) -> Iterator[Arrived]:
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

    def _note_time(self, line: Worker, moved: bool) -> None:
        if not line.speech.held:
            line.begun_s = None
        elif line.begun_s is None or moved:
            line.begun_s = time.monotonic()
        if line.speech.held > CHUNK and self._held > MOST_HELD:
            self._end(line, "too much that is not whole")

    @property
    def _held(self) -> int:
        return sum(line.speech.held for line in self._lines.values())

    def _end(self, line: Worker, reason: str = "") -> None:
        self._left.pop(line.socket.fileno(), None)
        super()._end(line, reason)
