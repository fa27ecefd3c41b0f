"""The job port where there are no keys: one listener for all workers, and a line to each.

A single PUSH deals round robin into queues that hide in the kernel; with a line to each the
primary counts what each has and chooses. A plain PULL is a first-class worker: it needs to know
nothing of this. What a worker says is who it is, and that it lives: libzmq would keep anything
else, though nobody ever reads it, and end its whole process over some of it.
"""

from __future__ import annotations

import socket
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from lib.wire.greeting import NO_ZEROMQ
from lib.wire.guest import DoorEvent, Limits, Place
from lib.wire.outlet import Outlet, Taker, Terms, head_of
from lib.wire.port import listen
from lib.wire.speech import PUSH, KeyedError, RudeError, Said, Speech
from lib.wire.strangers import Strangers
from lib.wire.tune import tune

RUDE = "says what no worker says"
# Jobs, and bytes: a worker's heartbeats are some 50 a second.
TERMS = Terms(may_wait=4, at_once=8192, a_second=1024, too_much=RUDE)
BEAT_S = 0.45  # between two questions whether it lives, where nothing was heard of it
SILENT_S = 1.5  # after such a question


@dataclass(slots=True, eq=False)
class Worker(Taker):
    """Who takes jobs."""

    id: int = 0
    address: str = ""
    asked_s: float | None = None  # since when it owes us a sign of life
    beat_s: float = 0.0  # when it was asked last


class Door(Outlet[Worker]):
    """Used by one thread; `source` speaks up when there may be news."""

    def __init__(self, resources: ExitStack, place: Place, limits: Limits) -> None:
        self.strangers = Strangers()
        self._noted = Strangers()  # who has nothing to do with keys: for the log alone
        self._here: dict[int, Worker] = {}  # those that said they are workers
        self._events: deque[DoorEvent] = deque()
        self._last_id = 0
        super().__init__(resources, listen(place), limits, Counter(), TERMS)

    @property
    def alive(self) -> bool:
        return True

    def news(self) -> Iterator[DoorEvent]:
        """Who joined and who left, oldest first. To be asked a few times a second, too."""
        for descriptor, events in self._epoll.poll(0):
            line = self._lines.get(descriptor)
            if line is None:
                self._accept()
            else:
                self._look(line, events)
        self.tend(time.monotonic())
        while self._events:
            yield self._events.popleft()

    def ready(self, peer: int) -> bool:
        """Whether it is here and has room."""
        line = self._here.get(peer)
        return line is not None and line.waiting < TERMS.may_wait

    def send(self, peer: int, message: bytes | bytearray) -> bool:
        """False when the peer can not take it now."""
        line = self._here.get(peer)
        return line is not None and self._offer(line, head_of(message), message)

    def trust(self, peer: int) -> None:
        """It has brought a picture: it need not make room for who comes."""
        line = self._here.get(peer)
        if line is not None:
            line.proven = True

    def tend(self, now_s: float) -> None:
        super().tend(now_s)
        for line in list(self._here.values()):
            if line.asked_s is not None and now_s - line.asked_s > SILENT_S:
                self._end(line)
            elif line.asked_s is None and not line.unsent and now_s - line.beat_s > BEAT_S:
                line.beat_s = now_s
                if line.speech.ask_for_life():
                    line.asked_s = now_s
                    self._answer(line)

    def _greet(self, connection: socket.socket, place: Place, now_s: float) -> Worker:
        tune(connection)
        self._last_id += 1
        address, speech = f"{place.address}:{place.port}", Speech(0, PUSH)
        return Worker(connection, place.address, speech, now_s, id=self._last_id, address=address)

    def _hear(self, line: Worker, messages: list[Said]) -> None:
        line.asked_s = None
        if messages:
            raise RudeError("a message")
        if line.speech.through and line.id not in self._here:
            self._here[line.id] = line
            self._events.append(DoorEvent("join", line.id, line.address))

    def _refuse(self, line: Worker, error: RudeError) -> None:
        if isinstance(error, KeyedError):
            self.strangers.refuse("keyed worker", line.host)
            self._end(line)
        elif str(error) == NO_ZEROMQ:
            self._noted.refuse("no ZeroMQ", line.host)
            self._end(line, NO_ZEROMQ)
        else:
            self._end(line, RUDE)

    def _end(self, line: Worker, reason: str = "") -> None:
        if reason == RUDE:
            self._noted.refuse("no worker", line.host)
        if self._here.pop(line.id, None):
            self._events.append(DoorEvent("leave", line.id, line.address))
        super()._end(line, reason)
