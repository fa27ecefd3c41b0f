"""What the two protocols over TCP share: on each connection its requests in turn."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from collections import deque
from contextlib import suppress

from lib.config.settings import PrimarySettings
from lib.http.bodies import MEGABYTE
from lib.http.tcp_port import ClientLine, TcpPlace, TcpPort, TcpSession
from lib.stills.adapters.jobs import AdapterJobs
from lib.stills.service.parts import StillParts

LONGEST = 40 * MEGABYTE
MOST_WAITING = 64  # requests of one connection
ARRIVES_WITHIN_S = 10.0  # for a whole message, and longer by its length
SLOWEST = 32 * 1024  # bytes a second of one, as of an upload
NO_ROOM = "too many pictures come at once; try again in a moment"


class TcpAdapter(TcpPort):
    """The port of one protocol. Used on the event loop's thread."""

    def __init__(self, name: str, port: int, parts: StillParts, settings: PrimarySettings) -> None:
        place = TcpPlace(
            settings.adapters_bind, port,
            settings.max_connections, settings.max_connections_per_address,
        )  # fmt: skip
        super().__init__(name, place)
        self.port, self.parts, self.settings = port, parts, settings
        self.jobs = AdapterJobs(parts, name)

    @property
    def longest(self) -> int:
        """Bytes of one message: the largest picture and its mask, raw and in base64, are 34 MB."""
        return LONGEST

    @abstractmethod
    def session(self, line: ClientLine) -> AdapterSession: ...

    def refuse(self, why: str) -> None:
        self.jobs.note_refusal(why)

    def owner(self, who: str) -> str:
        return self.jobs.owner(who)


class AdapterSession(TcpSession):
    """Reads requests, and answers one after the other. What the client says meanwhile is heard."""

    def __init__(self, adapter: TcpAdapter, line: ClientLine) -> None:
        super().__init__(line)
        self.adapter = adapter
        self._waiting: deque[bytes] = deque()
        self._held = self._messages = 0  # bytes that wait; how many came whole
        self._counted = 0  # bytes of it and of what has not come whole, in the room of all bodies
        self._came = asyncio.Event()
        self._answering: asyncio.Task[None] | None = None
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

    async def greet(self) -> None:
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
        """End what is being answered, or is about to be; the next one goes on."""
        if self._answering and not self._answering.done():
            self._answering.cancel()
        elif self._waiting:
            self._held -= len(self._waiting.popleft())
            if not self._waiting:
                self._came.clear()

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
