"""A port for a protocol over TCP that is not HTTP: bounded connections on a service's own loop."""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import NamedTuple

from lib.http.rate_limit import is_loopback, network_of
from lib.http.server import listen

log = logging.getLogger(__name__)
PIECE = 64 * 1024
WRITES_WITHIN_S = 60.0  # a client that reads nothing for so long is gone
LAST_WORDS_S = 0.5


class TcpPlace(NamedTuple):
    """Where a port listens, and how many it serves at once."""

    address: str
    port: int
    connections: int
    of_one_address: int


class TcpSession(ABC):
    """What one connection is for."""

    def __init__(self, line: ClientLine) -> None:
        self.line = line
        self.heard_s = time.monotonic()

    @abstractmethod
    async def run(self) -> None:
        """Until it has ended."""

    @property
    @abstractmethod
    def is_idle(self) -> bool:
        """Whether it may make room for another one."""

    def is_late(self, now_s: float) -> bool:  # noqa: ARG002 - of the shape
        """Whether it has left a message half said for too long."""
        return False


class TcpPort(ABC):
    """The port of one protocol, a part of a service. Used on the event loop's thread."""

    def __init__(self, name: str, place: TcpPlace) -> None:
        self.name, self.place = name, place
        self._sessions: dict[asyncio.Task[None], TcpSession] = {}
        self._numbers = itertools.count(1)
        self._server: asyncio.Server | None = None

    @property
    def clients(self) -> int:
        return len(self._sessions)

    @abstractmethod
    def session(self, line: ClientLine) -> TcpSession: ...

    @abstractmethod
    def refuse(self, why: str) -> None:
        """Count a connection that finds no room, or is ended."""

    def owner(self, who: str) -> str:
        """What a connection is called, by its address and number."""
        return who

    async def start(self) -> None:
        """OSError where the port cannot be had."""
        listener = listen(self.place.address, self.place.port)
        self._server = await asyncio.start_server(self._serve, sock=listener, limit=PIECE)

    async def tick(self, beats: int) -> None:  # noqa: ARG002 - of the shape
        """Whoever leaves a message half said holds its place no longer."""
        now_s = time.monotonic()
        for task, session in tuple(self._sessions.items()):
            if session.is_late(now_s):
                self.refuse("a message did not come whole in time")
                task.cancel()

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        for one in tuple(self._sessions):
            one.cancel()
        if self._sessions:
            await asyncio.wait(tuple(self._sessions), timeout=LAST_WORDS_S)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = writer.get_extra_info("peername")[0]
        task, network = asyncio.current_task(), network_of(address)
        assert task
        if self._is_full(address, network):
            self.refuse("as many connections are open as may be")
            writer.close()
            return
        _be_patient(writer)
        owner = self.owner(f"{address} {next(self._numbers)}")
        session = self.session(ClientLine(reader, writer, owner, network))
        self._sessions[task] = session
        try:
            await session.run()
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            pass  # it went, or the service ends
        except Exception:
            log.exception("a connection of the protocol %s ended", self.name)
        finally:
            del self._sessions[task]
            writer.close()

    def _is_full(self, address: str, network: str) -> bool:
        if not is_loopback(address):
            mine = sum(one.line.network == network for one in self._sessions.values())
            if mine >= self.place.of_one_address:
                return True
        stay = {task: one for task, one in self._sessions.items() if not task.cancelling()}
        if len(stay) < self.place.connections:
            return False
        idle = [(one.heard_s, task) for task, one in stay.items() if one.is_idle]
        if idle:  # whoever has said nothing for longest makes room
            min(idle, key=lambda one: one[0])[1].cancel()
        return not idle


def _be_patient(writer: asyncio.StreamWriter) -> None:
    """Each message goes out at once, and before the next is begun; a client may read late, which
    the listener's own limit of ten seconds would take for a vanished one."""
    writer.transport.set_write_buffer_limits(0)
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with suppress(AttributeError):  # Linux only
        milliseconds = int(WRITES_WITHIN_S * 1000)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)


class ClientLine:
    """One connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, owner: str, network: str
    ) -> None:
        self._reader, self._writer = reader, writer
        self.owner, self.network = owner, network

    async def read(self) -> bytes:
        """Empty when the client has gone."""
        return await self._reader.read(PIECE)

    async def write(self, message: bytes) -> None:
        """All of one message in one write; TimeoutError if the client does not read."""
        self._writer.write(message)
        await asyncio.wait_for(self._writer.drain(), WRITES_WITHIN_S)

    def write_now(self, message: bytes) -> bool:
        """Hand it over without waiting; False, and nothing of it is sent, while what was handed
        over before still waits."""
        transport = self._writer.transport
        if transport.is_closing() or transport.get_write_buffer_size():
            return False
        self._writer.write(message)
        return True

    def hang_up(self) -> None:
        """At once, and what was not sent is dropped; who reads is told that the client has gone."""
        self._writer.transport.abort()

    @property
    def socket(self) -> socket.socket:
        found: socket.socket = self._writer.get_extra_info("socket")
        return found
