"""Port 5558, results from workers: each worker's PUSH, read within bounds.

Whoever connects is held to a pace and a size; a peer that says nothing, or nothing but rubbish,
makes room for others.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from lib.core.refusals import PortRefusal
from lib.wire.allowed import worker_keys
from lib.wire.keys import PrimaryKey
from lib.wire.tcp import Endpoint, Limits
from lib.wire.zmtp_listener import Quota, ZmtpConnection, ZmtpListener
from lib.zmtp.commands import SocketType
from lib.zmtp.errors import Reason
from lib.zmtp.framing import Message

CHUNK = 256 * 1024
MESSAGE_S = 10.0  # for one message, on however slow a line
MOST_HELD = 128 * 1024 * 1024  # of messages that are not whole, all peers together
MOST_RUBBISH = 64  # in a row
# Commands: libzmq's own are one or two a second. Without a bound, PONGs from two strangers kept the
# dispatching thread so busy that the picture stood still.
HEARTBEATS = Quota(64, 32, PortRefusal.NO_WORKER)


@dataclass(slots=True, eq=False, kw_only=True)
class ResultConnection(ZmtpConnection):
    unheard: bytes = b""  # octets that were read and not looked at yet
    rubbish: int = 0  # messages since it brought something good
    begun_s: float | None = None  # when the message that is not whole began


class Arrived(NamedTuple):
    """A message, and the connection that it came from."""

    data: Message
    connection: ResultConnection

    @property
    def host(self) -> str:
        return self.connection.host


class ResultListener(ZmtpListener[ResultConnection]):
    """Used by one thread."""

    socket_type = SocketType.PULL
    who = "worker"
    chunk = CHUNK
    most_frames = 16
    kinds: ClassVar = {Reason.UNKNOWN_KEY: "unknown result"}

    def __init__(
        self,
        resources: ExitStack,
        endpoint: Endpoint,
        limits: Limits,
        longest: int,
        keys: PrimaryKey | None,
    ) -> None:
        self._arrived: list[Arrived] = []
        self._left: dict[int, ResultConnection] = {}  # those that said more than was taken
        super().__init__(resources, endpoint, limits, longest, worker_keys(resources, keys))

    @property
    def more(self) -> bool:
        """Whether there is something to take that `source` does not speak up for."""
        return bool(self._left)

    def take(self) -> Iterator[Arrived]:
        """What came, a limited number of each peer."""
        left, self._left = self._left, {}
        for connection in left.values():
            if connection.is_open:  # what another said may have ended it
                self._hear(connection, memoryview(connection.unheard))
        self.poll()
        arrived, self._arrived = self._arrived, []
        yield from arrived

    def judge(self, arrived: Arrived, is_good: bool) -> None:
        """Whether it was what had been asked for; a peer that never brings that is let go."""
        connection = arrived.connection
        connection.rubbish = 0 if is_good else connection.rubbish + 1
        connection.is_proven = connection.peer.is_proven = connection.is_proven or is_good
        if connection.rubbish > MOST_RUBBISH:
            self._end(connection, PortRefusal.RUBBISH)

    def tend(self, now_s: float) -> None:
        super().tend(now_s)
        for connection in list(self._connections.values()):
            if connection.begun_s is not None and now_s - connection.begun_s > MESSAGE_S:
                self._end(connection, PortRefusal.UNFINISHED)

    def _meet(
        self, connection: socket.socket, endpoint: Endpoint, now_s: float
    ) -> ResultConnection:
        return ResultConnection(
            socket=connection, endpoint=endpoint, since_s=now_s, peer=self._new_peer()
        )

    def _on_events(self, connection: ResultConnection, events: int) -> None:
        if connection.socket.fileno() in self._left:
            return
        super()._on_events(connection, events)
        # libzmq sends 8 kB and, right after them, the rest: it is there before a wait could begin.
        if connection.is_open and connection.peer.held and not connection.unheard:
            super()._on_events(connection, select.EPOLLIN)

    def _hear(self, connection: ResultConnection, data: memoryview) -> int:
        taken = super()._hear(connection, data)
        if not connection.is_open:
            return taken
        connection.unheard = bytes(data[taken:])
        if connection.unheard:
            self._left[connection.socket.fileno()] = connection
        return taken

    def _on_messages(self, connection: ResultConnection, messages: list[Message]) -> None:
        self._arrived += [Arrived(message, connection) for message in messages]
        now_s = time.monotonic()
        if not HEARTBEATS.holds(connection.peer.commands, now_s - connection.since_s):
            self._end(connection, HEARTBEATS.exceeded)
            return
        held = connection.peer.held
        if not held:
            connection.begun_s = None
        elif connection.begun_s is None or messages:
            connection.begun_s = now_s
        if held > CHUNK:
            self._bound_held()

    def _bound_held(self) -> None:
        """Strangers who hold back the ends of their messages must not cost a worker its own."""
        everybody = self._connections.values()
        if sum(one.peer.held for one in everybody) > MOST_HELD:
            worst = max(everybody, key=lambda one: (not one.is_proven, one.peer.held))
            self._end(worst, PortRefusal.TOO_MUCH_UNFINISHED)

    def _end(self, connection: ResultConnection, reason: str = "") -> None:
        self._left.pop(connection.socket.fileno(), None)
        super()._end(connection, reason)
