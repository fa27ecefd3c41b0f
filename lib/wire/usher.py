"""Shows out of the feed who says more than a viewer says, and who are too many.

libzmq takes in all that comes at a PUB: every subscription that somebody thinks of, and parts of
messages without end, while the thread that publishes is busy filing them. It has no bound for that
and none for connections, but it tells of each, they are this process's own, and the kernel counts
their bytes.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import Counter, deque
from contextlib import ExitStack
from dataclasses import dataclass

import zmq

from lib.wire.guard import Gate
from lib.wire.sockets import Socket, events_of
from lib.wire.wake import Wake

LOOK_S, QUIET_S = 0.1, 5.0  # between two looks; while nobody is there
AT_ONCE, A_SECOND = 8192, 128  # bytes; a viewer's heartbeats are some 10 a second
PATIENCE_S = 1.0  # a viewer says in milliseconds that it speaks ZeroMQ
GREETED = 80  # bytes; with fewer it has not said who it is
RECEIVED = struct.Struct("@Q"), 128  # tcpi_bytes_received
INFO_SIZE = 192
EVENT = struct.Struct("=HI")  # what happened, and the descriptor that it happened to
# Either side of a handshake may be the first to see that it fails; then the other only hangs up.
FAILED = zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL


@dataclass(slots=True)
class _Guest:
    name: object  # the other end of the connection: descriptors are used again
    since_s: float
    said: int = 0

    @property
    def is_greeted(self) -> bool:
        return self.said > GREETED


class Usher:
    """A thread of its own: the one that publishes may be what has to be freed."""

    def __init__(self, most: int, refused: Counter[str], gate: Gate | None = None) -> None:
        self.gate = gate  # where keys are asked for
        self._most = most
        self._refused = refused  # is counted up, by reason
        self._guests: dict[int, _Guest] = {}  # by descriptor
        self._came_s: deque[float] = deque()  # who may yet say that it speaks ZeroMQ
        self._unheard = 0  # of those who did come, how many have not said so
        self._counted = 0
        self._quit = False
        self._thread = threading.Thread(target=self._run, name="usher", daemon=True)

    def watch(self, resources: ExitStack, feed: Socket) -> None:
        """Before the feed binds, so that nobody comes in unseen."""
        known = zmq.EVENT_ACCEPTED | zmq.EVENT_HANDSHAKE_SUCCEEDED | FAILED
        self._events = events_of(resources, feed, known)
        self._wake = Wake(resources)
        self._poller = zmq.Poller()
        self._poller.register(self._events, zmq.POLLIN)
        self._poller.register(self._wake.fd, zmq.POLLIN)
        self._thread.start()
        resources.callback(self._close)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _close(self) -> None:
        self._quit = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        looked_s = 0.0
        while not self._quit:
            self._poller.poll(int(1000 * (LOOK_S if self._guests or self._came_s else QUIET_S)))
            now_s = time.monotonic()
            while self._events.poll(0):
                self._hear(self._events.recv_multipart()[0], now_s)
            if now_s - looked_s >= LOOK_S:
                looked_s = now_s
                self._look(now_s)

    def _hear(self, event: bytes, now_s: float) -> None:
        kind, descriptor = EVENT.unpack(event)
        if kind & FAILED:
            if self.gate:  # who has no key at all is refused without a question
                self.gate.keyless()
            return
        if kind == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self._unheard -= 1
            return
        self._came_s.append(now_s)
        if here := _connection(descriptor):
            self._guests[descriptor] = _Guest(here[0], now_s)

    def _look(self, now_s: float) -> None:
        self._count_silent(now_s)
        for descriptor, guest in list(self._guests.items()):
            here = _connection(descriptor)
            if here is None or here[0] != guest.name:
                del self._guests[descriptor]
                continue
            guest.said = here[1]
            if guest.said > AT_ONCE + A_SECOND * (now_s - guest.since_s):
                self._show_out(descriptor, "says more than a viewer says")
        while len(self._guests) > self._most:
            self._show_out(min(self._guests, key=self._rank), "too many viewers")

    def _count_silent(self, now_s: float) -> None:
        """libzmq takes whatever says something else for an old viewer that wants nothing. It does
        not tell which of them speaks; but how many do not can be told."""
        while self._came_s and now_s - self._came_s[0] > PATIENCE_S:
            self._came_s.popleft()
            self._unheard += 1
        if self._unheard > self._counted and not self.gate:
            self._refused["does not speak ZeroMQ"] += self._unheard - self._counted
        self._counted = max(self._counted, self._unheard)

    def _rank(self, descriptor: int) -> tuple[bool, float]:
        """Who has not said who it is goes first, then who came last."""
        guest = self._guests[descriptor]
        return (True, -guest.since_s) if guest.is_greeted else (False, guest.since_s)

    def _show_out(self, descriptor: int, reason: str) -> None:
        """Hung up here, libzmq notices and closes it."""
        guest = self._guests.pop(descriptor)
        _connection(descriptor, hang_up=guest.name)
        self._refused[reason] += 1


def _connection(descriptor: int, hang_up: object = None) -> tuple[object, int] | None:
    """The other end of it and the bytes that came from there; None where there is none (left).
    It is hung up if that is its other end."""
    try:
        borrowed = socket.socket(socket.AF_INET, socket.SOCK_STREAM, fileno=descriptor)
    except OSError:
        return None
    try:
        name: object = borrowed.getpeername()
        if name == hang_up:
            borrowed.shutdown(socket.SHUT_RDWR)
        info = borrowed.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, INFO_SIZE)
        form, at = RECEIVED
        return name, int(form.unpack_from(info, at)[0]) if len(info) >= at + form.size else 0
    except OSError:
        return None
    finally:
        borrowed.detach()  # it is libzmq's
