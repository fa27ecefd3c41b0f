"""A source whose port lives on an event loop of its own thread."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from contextlib import ExitStack, suppress

from lib.config.settings import PrimarySettings
from lib.core.length_frames import LengthError, LengthReader, framed
from lib.http.bodies import UnreadableError, read_json
from lib.http.tcp_port import ClientLine, TcpPlace, TcpPort, TcpSession
from lib.signals.source import SignalSource, SourceError
from lib.stage import REST_S

LONGEST = 64 * 1024  # bytes of a message
A_SECOND = 240  # messages of one connection: eight times what is due
MOST_OF_ONE = 64  # connections of one address
CONNECT, DISCONNECT = {"connect": 1}, {"disconnect": 1}


def place_of(settings: PrimarySettings, port: int) -> TcpPlace:
    return TcpPlace(settings.broker_bind, port, settings.max_connections, MOST_OF_ONE)


class LoopSource(SignalSource):
    """`open_port` makes the port; all of it runs on this source's thread."""

    @abstractmethod
    def open_port(self) -> TcpPort: ...

    def open(self, resources: ExitStack) -> None:
        self._loop = asyncio.new_event_loop()
        self._rest: asyncio.Future[None] | None = None
        resources.callback(self._loop.close)
        self.port = self.open_port()
        try:
            self._loop.run_until_complete(self.port.start())
        except OSError as error:
            number = self.port.place.port
            raise SourceError(f"port {number} cannot be opened: {error.strerror}") from None
        resources.callback(self._end)

    def note_refusal(self, why: str) -> None:
        self.tally.count(f"refused: {why}")

    def step(self) -> None:
        self._loop.run_until_complete(self._pass_time())

    def stir(self) -> None:
        super().stir()
        loop = getattr(self, "_loop", None)
        if loop is not None:
            with suppress(RuntimeError):  # it has been closed
                loop.call_soon_threadsafe(self._end_rest)

    def describe(self) -> str:
        count = self.port.clients
        return f"TCP port {self.port.place.port}, {count} client{'' if count == 1 else 's'}"

    async def _pass_time(self) -> None:
        self._rest = self._loop.create_future()
        timer = self._loop.call_later(REST_S, self._end_rest)
        if not self.pause(0):
            await self._rest
        timer.cancel()

    def _end_rest(self) -> None:
        if self._rest and not self._rest.done():
            self._rest.set_result(None)

    def _end(self) -> None:
        self._loop.run_until_complete(self.port.stop())
        rest = asyncio.all_tasks(self._loop)
        for task in rest:
            task.cancel()
        if rest:  # none of them would look for a loop of this thread's own
            self._loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))


class JsonLine(TcpSession):
    """One connection of the protocol: greets, reads messages, ends with the farewell."""

    def __init__(self, line: ClientLine, source: LoopSource) -> None:
        super().__init__(line)
        self._source = source
        self._budget, self._then_s = float(A_SECOND), 0.0

    @property
    def is_idle(self) -> bool:
        """Who listens says nothing, and is no less there."""
        return False

    async def run(self) -> None:
        await self.line.write(framed(CONNECT))
        reader = LengthReader(LONGEST)
        try:
            while data := await self.line.read():
                self.heard_s = time.monotonic()
                for message in reader.feed(data):
                    if not self._take(message):
                        return
        except LengthError:
            self._source.tally.count("malformed")

    def take(self, _message: object) -> None:
        """What is neither the greeting nor the farewell."""
        self._source.tally.count("ignored")

    def _take(self, data: bytes) -> bool:
        """False: it leaves, or floods."""
        now_s = asyncio.get_running_loop().time()
        self._budget = min(A_SECOND, self._budget + (now_s - self._then_s) * A_SECOND)
        self._then_s = now_s
        self._budget -= 1
        if self._budget < 0:
            self._source.tally.count("flooded")
            return False
        try:
            message = read_json(data)
        except UnreadableError:
            self._source.tally.count("malformed")
            return True
        if message == DISCONNECT:
            return False
        if message != CONNECT:
            self.take(message)
        return True
