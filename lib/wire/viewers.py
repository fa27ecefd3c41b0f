"""The public feed where there are no keys: each viewer's SUB, sent to and heard within bounds.

libzmq's PUB files all that somebody subscribes to, on the thread that publishes, and walks through
all of it for each that leaves: strangers who came and went stopped the picture for seconds.
"""

from __future__ import annotations

import math
import select
import socket
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field

from lib.wire.guest import Limits, Place
from lib.wire.outlet import Outlet, Taker, Terms, head_of
from lib.wire.port import listen
from lib.wire.speech import PUB, RudeError, Said, Speech
from lib.wire.tune import keep_alive
from lib.wire.wake import Wake

LONGEST_TOPIC = 256
MOST_TOPICS = 16
AT_ONCE, A_SECOND = 8192, 256  # bytes that one may say; its heartbeats are some 10 a second
KERNEL_HOLDS = 128 * 1024  # bytes for each: a slow screen lags under a second and loses frames
BEAT_S = 0.25


@dataclass(slots=True, eq=False)
class Viewer(Taker):
    """Who looks."""

    topics: set[bytes] = field(default_factory=set)


class Viewers(Outlet[Viewer]):
    """`send` belongs to the thread that publishes; who comes and goes is another's matter."""

    def __init__(
        self, resources: ExitStack, place: Place, most: int, fps: float, refused: Counter[str]
    ) -> None:
        listener = listen(place)
        # What is accepted inherits it.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_HOLDS)
        a_twentieth = max(2, math.ceil(fps / 20))  # of a second may wait for each
        terms = Terms(a_twentieth, AT_ONCE, A_SECOND, "says more than a viewer says")
        super().__init__(resources, listener, Limits(most, most), refused, terms)
        self._lock = threading.Lock()  # over all lines and what waits for them
        self._wake = Wake(resources)
        self._epoll.register(self._wake.fd, select.EPOLLIN)
        self._quit = False
        self._thread = threading.Thread(target=self._run, name="viewers", daemon=True)
        self._thread.start()
        resources.callback(self._stop)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def send(self, message: bytes | bytearray) -> None:
        """To all who want it and have room; the others lose it."""
        head = head_of(message)
        with self._lock:
            for line in self._lines.values():
                if line.topics and _wants(line, message):
                    self._offer(line, head, message)

    # --- on a thread of its own

    def _run(self) -> None:
        next_s = time.monotonic() + BEAT_S
        while not self._quit:
            for descriptor, events in self._epoll.poll(BEAT_S):
                if descriptor == self._listener.fileno():
                    with self._lock:
                        self._accept()
                elif line := self._lines.get(descriptor):
                    self._look(line, events)
            now_s = time.monotonic()
            if now_s >= next_s:
                next_s = now_s + BEAT_S
                with self._lock:
                    self.tend(now_s)

    def _look(self, line: Viewer, events: int) -> None:
        with self._lock:
            if line.socket.fileno() >= 0:
                super()._look(line, events)

    def _hear(self, line: Viewer, messages: list[Said]) -> None:
        for wish in messages:
            _follow(line, bytes(wish))

    def _greet(self, connection: socket.socket, place: Place, now_s: float) -> Viewer:
        keep_alive(connection)
        return Viewer(connection, place.address, Speech(LONGEST_TOPIC, PUB), now_s)

    def _no_room(self, host: str) -> str:
        del host  # many screens may stand behind one address
        full = len(self._lines) >= self._limits.peers
        return "too many viewers" if full and not self._make_room() else ""

    def _stop(self) -> None:
        self._quit = True
        self._wake.set()
        self._thread.join()


def _wants(line: Viewer, message: bytes | bytearray) -> bool:
    return b"" in line.topics or any(message.startswith(topic) for topic in line.topics)


def _follow(line: Viewer, wish: bytes) -> None:
    """What it wants to see, or no longer."""
    if wish[:1] == b"\1":
        line.topics.add(wish[1:])
        line.proven = True
        if len(line.topics) > MOST_TOPICS:
            raise RudeError("subscribes to more than a viewer wants")
    elif wish[:1] == b"\0":
        line.topics.discard(wish[1:])
    else:
        raise RudeError("a message that a viewer does not send")
