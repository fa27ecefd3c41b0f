"""A listening TCP port, whatever is spoken there: who is accepted, who makes room, who is let go.

A protocol is plugged in by a subclass, which makes a connection's state and is handed what came.
"""

from __future__ import annotations

import select
import socket
import time
from abc import ABC, abstractmethod
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from lib.core.refusals import PortRefusal
from lib.wire.handover import HandoverPort, HandoverTo
from lib.wire.send_queue import Buffer, SendQueue
from lib.wire.tcp import Endpoint, Limits, hardly_left, listen, set_options

HELLO_S = 1.5  # to say who it is
FAR_HELLO_S = 5.0  # the same over the internet, for one whose token was right
MOST_UNREAD = 4096  # octets of answers that a peer does not read
DEAF_S = 0.2


@dataclass(slots=True, eq=False, kw_only=True)
class Connection:
    """One that was accepted."""

    socket: socket.socket
    endpoint: Endpoint
    since_s: float
    is_introduced: bool = False  # it has said who it is
    is_proven: bool = False  # it is of use, so it need not make room for others
    is_carried: bool = False  # by the tunnel: the endpoint is that of its worker, who is far away
    waits_to_send: bool = False
    queue: SendQueue = field(init=False)

    def __post_init__(self) -> None:
        self.queue = SendQueue(self.socket)

    @property
    def host(self) -> str:
        return self.endpoint.address

    @property
    def is_open(self) -> bool:
        return self.socket.fileno() >= 0


C = TypeVar("C", bound=Connection)


class Listener(ABC, Generic[C]):
    """Used by one thread. `source` can be read from when there is something to do."""

    chunk: ClassVar[int] = 4096  # octets that are read at once
    user_timeout_ms: ClassVar[int] = 3000
    too_many: ClassVar[PortRefusal] = PortRefusal.TOO_MANY_WORKERS
    too_many_from_one: ClassVar[PortRefusal] = PortRefusal.TOO_MANY_FROM_ONE

    def __init__(self, resources: ExitStack, endpoint: Endpoint, limits: Limits) -> None:
        self.refused: Counter[str] = Counter()  # connections, by reason
        self._limits = limits
        self._connections: dict[int, C] = {}
        self._deaf_until_s = 0.0
        self._buffer = bytearray(self.chunk)
        self._epoll = select.epoll()
        resources.callback(self._epoll.close)
        self._listening = listen(endpoint)
        resources.callback(self._listening.close)
        resources.callback(self._end_all)
        self._epoll.register(self._listening, select.EPOLLIN)
        self._handovers: HandoverPort | None = None

    def take_over(self, resources: ExitStack, run_dir: Path, name: HandoverTo) -> None:
        """Take in connections that another process of ours carries, too, each as if it came from
        where that process says."""
        self._handovers = HandoverPort(resources, self._epoll, run_dir, name)

    @property
    def source(self) -> int:
        return self._epoll.fileno()

    @abstractmethod
    def _meet(self, connection: socket.socket, endpoint: Endpoint, now_s: float) -> C:
        """The state of a connection that was accepted."""

    def _greet(self, connection: C) -> None:
        """Say what has to be said first."""

    @abstractmethod
    def _on_data(self, connection: C, data: memoryview) -> None:
        """It said this; the memory is used again for the next."""

    def poll(self, timeout_s: float = 0) -> None:
        """Accept, read and send whatever is due."""
        for descriptor, events in self._epoll.poll(timeout_s):
            self._on_ready(descriptor, events)

    def _on_ready(self, descriptor: int, events: int) -> None:
        connection = self._connections.get(descriptor)
        if connection is not None:
            self._on_events(connection, events)
        elif descriptor == self._listening.fileno():
            self._accept()
        elif self._handovers is not None:
            self._adopt(self._handovers)

    def tend(self, now_s: float) -> None:
        """To be called a few times a second, also while nothing comes."""
        for connection in list(self._connections.values()):
            hello_s = FAR_HELLO_S if connection.is_carried else HELLO_S
            if not connection.is_introduced and now_s - connection.since_s > hello_s:
                self._end(connection, PortRefusal.SILENT)
        if self._handovers is not None:
            self._handovers.tend(now_s)
        if self._deaf_until_s and now_s >= self._deaf_until_s:
            self._deaf_until_s = 0.0
            self._epoll.register(self._listening, select.EPOLLIN)

    # --- who comes

    def _accept(self) -> None:
        try:
            accepted, address = self._listening.accept()
        except BlockingIOError:
            return
        except OSError:  # no descriptor is left, and it would be asked again and again
            self._epoll.unregister(self._listening)
            self._deaf_until_s = time.monotonic() + DEAF_S
            return
        endpoint = Endpoint(str(address[0]), int(address[1]))
        if not self._has_room(accepted, endpoint.address):
            return
        try:
            set_options(accepted, self.user_timeout_ms)
        except OSError:  # it is gone already
            accepted.close()
            return
        self._admit(self._meet(accepted, endpoint, time.monotonic()))

    def _adopt(self, handovers: HandoverPort) -> None:
        handed = handovers.take()
        if handed is None:
            return
        endpoint = handed.introduction.endpoint
        if self._has_room(handed.connection, endpoint.address):
            connection = self._meet(handed.connection, endpoint, time.monotonic())
            connection.is_carried = True
            self._admit(connection)

    def _admit(self, connection: C) -> None:
        self._epoll.register(connection.socket, select.EPOLLIN)
        self._connections[connection.socket.fileno()] = connection
        self._greet(connection)

    def _has_room(self, accepted: socket.socket, host: str) -> bool:
        """Whether it can come in; else it is counted and closed."""
        reason = self._no_room(accepted, host)
        if reason:
            self.refused[reason] += 1
            accepted.close()
        return reason is None

    def _no_room(self, accepted: socket.socket, host: str) -> PortRefusal | None:
        """Why this one cannot come in; None if it can."""
        if hardly_left(accepted):
            return PortRefusal.NO_DESCRIPTOR
        if len(self._connections) >= self._limits.peers and not self._make_room():
            return self.too_many
        hosts = [connection.host for connection in self._connections.values()]
        if hosts.count(host) >= self._limits.peers_per_address and not self._make_room(host):
            return self.too_many_from_one
        return None

    def _make_room(self, host: str = "") -> bool:
        """Let go of one that is of no use yet: first those that have not even said who they are,
        the oldest first."""
        unproven = [
            connection
            for connection in self._connections.values()
            if not connection.is_proven and (not host or connection.host == host)
        ]
        if not unproven:
            return False
        self._end(min(unproven, key=lambda it: (it.is_introduced, it.since_s)), PortRefusal.IDLE)
        return True

    # --- what goes in and out

    def _on_events(self, connection: C, events: int) -> None:
        if events & select.EPOLLOUT:
            self._flush(connection)
        if events & ~select.EPOLLOUT and connection.is_open:
            data = self._recv(connection)
            if data is not None:
                self._on_data(connection, data)

    def _recv(self, connection: C) -> memoryview | None:
        """What it said; None for nothing. One that hung up is ended."""
        try:
            size = connection.socket.recv_into(self._buffer)
        except BlockingIOError:
            return None
        except OSError:
            size = 0
        if size == 0:
            self._end(connection)
            return None
        return memoryview(self._buffer)[:size]

    def _answer(self, connection: C, octets: bytearray) -> None:
        """Send what the protocol itself has to say, and forget it."""
        if not octets or not connection.is_open:
            return
        try:
            connection.queue.answer(octets)
        except OSError:
            self._end(connection)
            return
        finally:
            octets.clear()
        self._watch(connection)
        if not connection.queue.messages and connection.queue.octets > MOST_UNREAD:
            self._end(connection, PortRefusal.UNREAD)

    def _put(self, connection: C, parts: tuple[Buffer, ...]) -> bool:
        """False where nobody is there any more; reading from it finds that out and ends it."""
        try:
            connection.queue.put(parts)
        except OSError:
            return False
        self._watch(connection)
        return True

    def _flush(self, connection: C) -> None:
        try:
            connection.queue.flush()
        except OSError:
            self._end(connection)
            return
        self._watch(connection)

    def _watch(self, connection: C) -> None:
        waits = connection.queue.octets > 0
        if waits != connection.waits_to_send:
            connection.waits_to_send = waits
            events = select.EPOLLIN | select.EPOLLOUT if waits else select.EPOLLIN
            self._epoll.modify(connection.socket, events)

    # --- who leaves

    def _end(self, connection: C, reason: str = "") -> None:
        if self._connections.pop(connection.socket.fileno(), None) is None:
            return
        if reason:
            self.refused[reason] += 1
        self._epoll.unregister(connection.socket)
        connection.socket.close()

    def _end_all(self) -> None:
        for connection in list(self._connections.values()):
            self._end(connection)
