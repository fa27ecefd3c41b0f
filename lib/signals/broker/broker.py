"""The broker: every thirtieth of a second, three lists of ten numbers to all who are connected."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import ClassVar

from lib.core.length_frames import framed
from lib.core.waves import look_ahead
from lib.http.tcp_port import ClientLine, TcpPlace, TcpPort
from lib.signals.broker.loop_source import JsonLine, LoopSource, place_of
from lib.signals.bus import Bus
from lib.signals.parts import SignalParts

LISTS, NUMBERS = 3, 10  # positions, scales, colours
EVERY_NS = 33_333_333  # thirty a second, on a schedule that does not drift
FOLLOWS = 0.1  # of the range in one message: a signal that is lost or found makes no object jump
# A small buffer of the system's: a client that reads slowly misses messages, and what it reads is
# less than a second old.
SEND_BUFFER = 4096
READS_WITHIN_NS = 60_000_000_000  # one that reads nothing for so long keeps no place


class BrokerNumbers:
    """The thirty numbers at a moment: waves, or signals in their places."""

    def __init__(self, bus: Bus, names: list[str]) -> None:
        self._bus = bus
        self._names = [(place, name) for place, name in enumerate(names) if name]
        self._shown: dict[int, float] = {}

    def at(self, now_ns: int) -> list[list[float]]:
        numbers = [one for row in look_ahead(LISTS, now_ns, NUMBERS) for one in row]
        for place, name in self._names:
            signal = self._bus.get(name)
            lost = signal is None or signal.lost(now_ns)
            wanted = numbers[place] if signal is None or lost else signal.value
            shown = self._shown.get(place, wanted)
            numbers[place] = shown + min(FOLLOWS, max(-FOLLOWS, wanted - shown))
            self._shown[place] = numbers[place]
        numbers = [round(one, 6) for one in numbers]
        return [numbers[start : start + NUMBERS] for start in range(0, len(numbers), NUMBERS)]


class BrokerPort(TcpPort):
    def __init__(self, place: TcpPlace, numbers: BrokerNumbers, source: Broker) -> None:
        super().__init__("broker", place)
        self._shown, self._source = numbers, source
        self._lines: dict[ClientLine, int] = {}  # and when it last had room for a message
        self._telling: asyncio.Task[None] | None = None

    def session(self, line: ClientLine) -> BrokerSession:
        line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        return BrokerSession(line, self._source, self)

    def refuse(self, why: str) -> None:
        self._source.note_refusal(why)

    def enter(self, line: ClientLine) -> None:
        self._lines[line] = time.monotonic_ns()
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    def leave(self, line: ClientLine) -> None:
        self._lines.pop(line, None)

    async def _tell(self) -> None:
        """While anybody listens. A moment that was missed is left out."""
        loop = asyncio.get_running_loop()
        due_ns = time.monotonic_ns()
        while self._lines:
            message = framed(self._shown.at(due_ns))
            for line, read_ns in tuple(self._lines.items()):
                if line.write_now(message):
                    self._lines[line] = due_ns
                    self._source.tally.count("out")
                elif due_ns - read_ns < READS_WITHIN_NS:
                    self._source.tally.count("missed")
                else:
                    self.leave(line)
                    line.hang_up()
                    self._source.tally.count("gone")
            due_ns += EVERY_NS
            now_ns = time.monotonic_ns()
            due_ns = max(due_ns, now_ns)
            rest = loop.create_future()
            loop.call_at(loop.time() + (due_ns - now_ns) / 1e9, _end, rest)
            await rest


class BrokerSession(JsonLine):
    def __init__(self, line: ClientLine, source: Broker, port: BrokerPort) -> None:
        super().__init__(line, source)
        self._port = port

    async def run(self) -> None:
        """The greeting is first: numbers begin with the next thirtieth of a second."""
        asyncio.get_running_loop().call_soon(self._port.enter, self.line)
        try:
            await super().run()
        finally:
            self._port.leave(self.line)


class Broker(LoopSource):
    name: ClassVar[str] = "broker"

    def __init__(self, parts: SignalParts) -> None:
        super().__init__(parts)
        names = [name.strip() for name in self.settings.broker_from.split(",")]
        self._numbers = BrokerNumbers(parts.bus, names[: LISTS * NUMBERS])

    def open_port(self) -> TcpPort:
        place = place_of(self.settings, self.settings.broker_port)
        return BrokerPort(place, self._numbers, self)


def _end(rest: asyncio.Future[None]) -> None:
    if not rest.done():
        rest.set_result(None)
