"""Port 5555, jobs to workers: a connection to each, so that the primary chooses who gets what.

A single PUSH deals round robin into queues that hide in the kernel. Any PULL is a worker. What a
worker says is who it is, and that it lives: libzmq would keep anything else, though nobody ever
reads it, and end its whole process over some of it.
"""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple

from lib.core.refusals import PortRefusal
from lib.wire.allowed import worker_keys
from lib.wire.keys import PrimaryKey
from lib.wire.refusals import RefusalLog
from lib.wire.tcp import Endpoint, Limits
from lib.wire.zmtp_listener import Quota, ZmtpConnection, ZmtpListener
from lib.zmtp.commands import SocketType
from lib.zmtp.errors import ProtocolError, Reason
from lib.zmtp.framing import Message

MAY_WAIT = 4  # jobs for one worker, besides what the kernel holds
BEAT_S = 0.45  # between two questions whether it lives, where nothing was heard of it
SILENT_S = 1.5  # after such a question
FAR_SILENT_S = 3.0  # over the internet, where a line may pause and go on
MEASURED = 16  # questions whose answers tell how long the line takes


class WorkerEvent(NamedTuple):
    kind: Literal["join", "leave"]
    peer: int
    address: str
    key: bytes  # that it has proved to hold; empty where there are no keys
    tunnelled: bool


@dataclass(slots=True, eq=False, kw_only=True)
class WorkerConnection(ZmtpConnection):
    id: int
    asked_s: float | None = None  # since when it owes us a sign of life
    beat_s: float = 0.0  # when it was asked last
    round_trips_s: deque[float] = field(default_factory=lambda: deque(maxlen=MEASURED))

    @property
    def address(self) -> str:
        return f"{self.endpoint.address}:{self.endpoint.port}"


class WorkerListener(ZmtpListener[WorkerConnection]):
    """Used by one thread."""

    socket_type = SocketType.PUSH
    who = "worker"
    quota = Quota(8192, 1024, PortRefusal.NO_WORKER)  # its heartbeats are some 50 octets a second
    kinds: ClassVar = {
        Reason.HAS_KEY: "keyed worker",
        Reason.NO_KEY: "plain worker",
        Reason.TOO_OLD: "plain worker",
        Reason.WRONG_SERVER_KEY: "misled worker",
        Reason.UNKNOWN_KEY: "unknown worker",
    }

    def __init__(
        self, resources: ExitStack, endpoint: Endpoint, limits: Limits, keys: PrimaryKey | None
    ) -> None:
        self._noted = RefusalLog()  # those that have nothing to do with keys: for the log alone
        self._here: dict[int, WorkerConnection] = {}  # those that are let in
        self._events: deque[WorkerEvent] = deque()
        self._last_id = 0
        super().__init__(resources, endpoint, limits, 0, worker_keys(resources, keys))

    def news(self) -> Iterator[WorkerEvent]:
        """Workers that joined and left, oldest first. To be asked a few times a second, too."""
        self.poll()
        self.tend(time.monotonic())
        while self._events:
            yield self._events.popleft()

    def ready(self, peer: int) -> bool:
        """Whether it is here and has room."""
        connection = self._here.get(peer)
        return connection is not None and connection.queue.messages < MAY_WAIT

    def send(self, peer: int, message: bytes | bytearray) -> bool:
        """False when the peer cannot take it now."""
        if not self.ready(peer):  # before it is sealed: what is sealed has to be sent in order
            return False
        connection = self._here[peer]
        return self._put(connection, connection.peer.encode(message))

    def trust(self, peer: int) -> None:
        """It has brought a picture: it need not make room for others."""
        connection = self._here.get(peer)
        if connection is not None:
            connection.is_proven = True

    def round_trips_ns(self) -> Iterator[tuple[int, int]]:
        """Of the peers that are far away: how long an answer is under way at least. The shortest of
        some counts, since a question may wait behind a job, and its answer behind work."""
        for connection in self._here.values():
            if connection.is_carried and connection.round_trips_s:
                yield connection.id, int(1e9 * min(connection.round_trips_s))

    def tend(self, now_s: float) -> None:
        super().tend(now_s)
        for connection in list(self._here.values()):
            silent_s = FAR_SILENT_S if connection.is_carried else SILENT_S
            if connection.asked_s is not None and now_s - connection.asked_s > silent_s:
                self._end(connection)
            elif (
                connection.asked_s is None
                and not connection.queue.octets
                and now_s - connection.beat_s > BEAT_S
            ):
                connection.beat_s = now_s
                if connection.peer.ping():
                    connection.asked_s = now_s
                    self._answer(connection, connection.peer.outgoing)

    def _meet(
        self, connection: socket.socket, endpoint: Endpoint, now_s: float
    ) -> WorkerConnection:
        self._last_id += 1
        return WorkerConnection(
            socket=connection,
            endpoint=endpoint,
            since_s=now_s,
            peer=self._new_peer(),
            id=self._last_id,
        )

    def _on_data(self, connection: WorkerConnection, data: memoryview) -> None:
        if connection.is_carried and connection.asked_s is not None:
            connection.round_trips_s.append(time.monotonic() - connection.asked_s)
        connection.asked_s = None
        super()._on_data(connection, data)

    def _on_messages(self, connection: WorkerConnection, messages: list[Message]) -> None:
        del connection
        if messages:
            raise ProtocolError(Reason.UNKNOWN_COMMAND)

    def _on_introduced(self, connection: WorkerConnection) -> None:
        self._here[connection.id] = connection
        self._note("join", connection)

    def _note(self, kind: Literal["join", "leave"], connection: WorkerConnection) -> None:
        address, key = connection.address, connection.key
        self._events.append(WorkerEvent(kind, connection.id, address, key, connection.is_carried))

    def _refuse(
        self, connection: WorkerConnection, words: str, reason: Reason | None = None
    ) -> None:
        if reason == Reason.NO_ZEROMQ:
            self._noted.refuse("no ZeroMQ", connection.host)
        elif reason not in self.kinds:
            self._noted.refuse("no worker", connection.host)
            words = PortRefusal.NO_WORKER
        super()._refuse(connection, words, reason)

    def _end(self, connection: WorkerConnection, reason: str = "") -> None:
        if self._here.pop(connection.id, None):
            self._note("leave", connection)
        super()._end(connection, reason)
