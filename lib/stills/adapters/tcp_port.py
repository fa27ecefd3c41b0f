"""What the two protocols over TCP share: connections, bounded, and on each its requests in turn."""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
import time
from abc import ABC, abstractmethod
from collections import deque
from contextlib import suppress

from lib.config.settings import PrimarySettings
from lib.http.bodies import MEGABYTE
from lib.http.rate_limit import is_loopback, network_of
from lib.http.server import listen
from lib.stills.adapters.jobs import AdapterJobs
from lib.stills.service.parts import StillParts

log = logging.getLogger(__name__)
PIECE = 64 * 1024
LONGEST = 40 * MEGABYTE
WRITES_WITHIN_S = 60.0  # a client that reads nothing for so long is gone
MOST_WAITING = 64  # requests of one connection
LAST_WORDS_S = 0.5
ARRIVES_WITHIN_S = 10.0  # for a whole message, and longer by its length
SLOWEST = 32 * 1024  # bytes a second of one, as of an upload
NO_ROOM = "too many pictures come at once; try again in a moment"


class TcpAdapter(ABC):
    """The port of one protocol. Used on the event loop's thread."""

    def __init__(self, name: str, port: int, parts: StillParts, settings: PrimarySettings) -> None:
        self.name, self.port = name, port
        self.parts, self.settings = parts, settings
        self.jobs = AdapterJobs(parts, name)
        self._sessions: dict[asyncio.Task[None], AdapterSession] = {}
        self._numbers = itertools.count(1)
        self._server: asyncio.Server | None = None

    @property
    def clients(self) -> int:
        return len(self._sessions)

    @property
    def longest(self) -> int:
        """Bytes of one message: the largest picture and its mask, raw and in base64, are 34 MB."""
        return LONGEST

    @abstractmethod
    def session(self, line: ClientLine) -> AdapterSession: ...

    async def start(self) -> None:
        """OSError where the port cannot be had."""
        listener = listen(self.settings.adapters_bind, self.port)
        self._server = await asyncio.start_server(self._serve, sock=listener, limit=PIECE)

    async def tick(self, beats: int) -> None:  # noqa: ARG002 - of the shape
        """Whoever leaves a message half said holds its place no longer."""
        now_s = time.monotonic()
        for task, session in tuple(self._sessions.items()):
            if session.is_late(now_s):
                self.jobs.note_refusal("a message did not come whole in time")
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
            self.jobs.note_refusal("as many connections are open as may be")
            writer.close()
            return
        _be_patient(writer)
        owner = self.jobs.owner(f"{address} {next(self._numbers)}")
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
            if mine >= self.settings.max_connections_per_address:
                return True
        stay = {task: one for task, one in self._sessions.items() if not task.cancelling()}
        if len(stay) < self.settings.max_connections:
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


class AdapterSession(ABC):
    """Reads requests, and answers one after the other. What the client says meanwhile is heard."""

    def __init__(self, adapter: TcpAdapter, line: ClientLine) -> None:
        self.adapter, self.line = adapter, line
        self._waiting: deque[bytes] = deque()
        self._held = self._messages = 0  # bytes that wait; how many came whole
        self._counted = 0  # bytes of it and of what has not come whole, in the room of all bodies
        self._came = asyncio.Event()
        self._answering: asyncio.Task[None] | None = None
        self.heard_s = time.monotonic()
        self._part_since_s: float | None = None

    @abstractmethod
    async def hear(self, data: bytes) -> bool:
        """Take what has come; False ends the session."""

    @abstractmethod
    async def answer(self, message: bytes) -> None:
        """One request, to its last answer."""

    @property
    @abstractmethod
    def part(self) -> int:
        """Bytes of a message that has not come whole."""

    async def no_room(self, words: str) -> None:
        """Say that it ends, for what it sends cannot be held."""
        self.adapter.jobs.note_refusal(words)

    @property
    def is_idle(self) -> bool:
        answers = self._answering is not None and not self._answering.done()
        return not (answers or self._waiting or self.part)

    def is_late(self, now_s: float) -> bool:
        since_s = self._part_since_s
        return since_s is not None and now_s - since_s > ARRIVES_WITHIN_S + self.part / SLOWEST

    async def greet(self) -> None:  # noqa: B027 - complete: most protocols say nothing first
        """Say what is to be said first."""

    def wait(self, message: bytes) -> bool:
        """A request waits for its turn; False where there is no room for it."""
        self._messages += 1
        room = self._held + len(message) <= self.adapter.longest
        if len(self._waiting) >= MOST_WAITING or not room:
            return False
        self._waiting.append(message)
        self._held += len(message)
        self._came.set()
        return True

    def cancel(self) -> None:
        """End what is being answered; the next one goes on."""
        if self._answering:
            self._answering.cancel()

    async def run(self) -> None:
        await self.greet()
        answering = asyncio.create_task(self._answer_all())
        reading = asyncio.create_task(self._read_all())
        try:
            await asyncio.wait({answering, reading}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in (answering, reading):
                one.cancel()
            results = await asyncio.gather(answering, reading, return_exceptions=True)
            self._count(0)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _read_all(self) -> None:
        while data := await self.line.read():
            self.heard_s, came = time.monotonic(), self._messages
            if not await self.hear(data):
                return
            part = self.part
            if not part:
                self._part_since_s = None
            elif self._part_since_s is None or self._messages > came:  # another one has begun
                self._part_since_s = self.heard_s
            if not self._count(self._held + part):
                await self.no_room(NO_ROOM)
                return

    def _count(self, held: int) -> bool:
        """Note what it holds; False where all of them together hold too much."""
        room = self.adapter.parts.bodies
        grown, self._counted = held - self._counted, held
        room.held += grown
        return grown <= 0 or room.held <= room.most

    async def _answer_all(self) -> None:
        while True:
            await self._came.wait()
            message = self._waiting.popleft()
            if not self._waiting:
                self._came.clear()
            self._answering = asyncio.create_task(self.answer(message))
            try:
                await asyncio.wait({self._answering})
            finally:  # the session ends
                self._answering.cancel()
                with suppress(asyncio.CancelledError):
                    await self._answering
                self._held -= len(message)
                self._count(self._held + self.part)
