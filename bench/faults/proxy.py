"""A bad line between two programs: TCP ports that pass on what comes, slowly, late or not at all.

    python -m bench.faults.proxy --to 127.0.0.1:5555 --to 127.0.0.1:5558

It is a process of its own, so that its timing is not disturbed. It prints the ports it listens on,
one for each `--to`, takes a line of JSON on its standard input for each change, and ends with it.

What TCP makes of a line is modelled, since a program above TCP sees no packets. A lost segment
shows as a stall of the stream: for a round trip (FAST_S at least) where three more segments follow
in the same burst, which is how the sender learns of the loss, else for the time after which a
sender tries again by itself (TIMEOUT_S, twice as long each time the same segment is lost again).
All connections share the line's bandwidth, each direction for itself. What is on its way is
bounded: more than that is not read, as by a full switch. A line that is cut is silent; neither
side hears a goodbye, and what was on its way arrives when it is healed.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TypeAlias

from bench.processes import Program, flags

SEGMENT = 1448  # bytes in an Ethernet frame
CHUNK = 32 * SEGMENT
FAST_S = 0.002
TIMEOUT_S = 0.2  # Linux tries again no sooner
LONGEST_S = 10.0  # after losses in a row
KERNEL_BYTES = 32 * 1024  # that wait in each socket, beside what is counted here

Pair: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Line:
    """What a line is like, in each direction."""

    mbit_s: float = 0.0  # 0: as fast as it goes
    delay_ms: float = 0.0
    jitter_ms: float = 0.0  # up to so much more, by chance
    loss: float = 0.0  # of 1
    buffer_kb: int = 128  # on its way at most, for each connection and direction


class Direction:
    """One way of the line: what all connections share, and the dice."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._free_s = 0.0  # when the last byte will have left

    def arrival_s(self, line: Line, size: int, now_s: float) -> float:
        """When so many bytes, offered now, are on the other side."""
        self._free_s = max(now_s, self._free_s)
        if line.mbit_s:
            self._free_s += 8e-6 * size / line.mbit_s
        late_ms = line.delay_ms + self._dice.uniform(0, line.jitter_ms)
        return self._free_s + late_ms / 1000 + self._stall_s(line, size)

    def _stall_s(self, line: Line, size: int) -> float:
        if not line.loss:
            return 0.0
        segments = -(-size // SEGMENT)
        return sum(self._repeats_s(line, segments - 1 - one) for one in range(segments))

    def _repeats_s(self, line: Line, followers: int) -> float:
        stall_s, wait_s = 0.0, TIMEOUT_S
        if followers >= 3 and self._dice.random() < line.loss:
            stall_s += max(FAST_S, (2 * line.delay_ms + line.jitter_ms) / 1000)
        elif followers >= 3:
            return 0.0
        while self._dice.random() < line.loss and stall_s < LONGEST_S:
            stall_s, wait_s = stall_s + wait_s, 2 * wait_s
        return stall_s


class Carrier:
    """All connections, and the line as it is now."""

    def __init__(self, seed: int) -> None:
        self.line = Line()
        self.whole = asyncio.Event()
        self.whole.set()
        self._there, self._back = Direction(seed), Direction(seed + 1)

    async def accept(self, host: str, port: int, at: str) -> tuple[asyncio.Server, int]:
        async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                await self.whole.wait()
                far_reader, far_writer = await asyncio.open_connection(host, port, limit=CHUNK)
                await self._carry((reader, writer), (far_reader, far_writer))
            writer.close()

        listener = await asyncio.start_server(met, at, 0, limit=CHUNK)
        return listener, int(listener.sockets[0].getsockname()[1])

    async def _carry(self, near: Pair, far: Pair) -> None:
        for _, writer in (near, far):
            tune(writer)
        ways = [
            asyncio.ensure_future(Way(self, self._there, (near[0], far[1])).run()),
            asyncio.ensure_future(Way(self, self._back, (far[0], near[1])).run()),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            await self.whole.wait()  # the other side does not hear of an end either
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            far[1].close()


class Way:
    """One direction of one connection."""

    def __init__(self, carrier: Carrier, direction: Direction, pair: Pair) -> None:
        self._carrier, self._direction = carrier, direction
        self._reader, self._writer = pair
        self._queue: deque[tuple[float, bytes]] = deque()
        self._held, self._due_s, self._ended = 0, 0.0, False
        self._moved = asyncio.Event()

    async def run(self) -> None:
        sender = asyncio.ensure_future(self._send())
        try:
            await self._take()
            await sender
        finally:
            sender.cancel()

    async def _other_side(self) -> None:
        self._moved.clear()
        await self._moved.wait()

    async def _take(self) -> None:
        with suppress(OSError):
            while True:
                await self._carrier.whole.wait()
                if self._held >= self._carrier.line.buffer_kb * 1024:
                    await self._other_side()
                    continue
                data = await self._reader.read(CHUNK)
                if not data:
                    break
                line, now_s = self._carrier.line, time.monotonic()
                arrival_s = self._direction.arrival_s(line, len(data), now_s)
                self._due_s = max(self._due_s, arrival_s)  # TCP keeps the order
                self._queue.append((self._due_s, data))
                self._held += len(data)
                self._moved.set()
        self._ended = True
        self._moved.set()

    async def _send(self) -> None:
        with suppress(OSError):
            while self._queue or not self._ended:
                if not self._queue:
                    await self._other_side()
                    continue
                due_s, data = self._queue[0]
                await asyncio.sleep(max(0.0, due_s - time.monotonic()))
                await self._carrier.whole.wait()
                self._writer.write(data)
                await self._writer.drain()
                self._queue.popleft()
                self._held -= len(data)
                self._moved.set()


def tune(writer: asyncio.StreamWriter) -> None:
    """Little waits where it is not counted."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        connection.setsockopt(socket.SOL_SOCKET, option, KERNEL_BYTES)
    writer.transport.set_write_buffer_limits(CHUNK)


async def serve(targets: list[tuple[str, int]], seed: int, at: str) -> None:
    carrier = Carrier(seed)
    listeners = [await carrier.accept(host, port, at) for host, port in targets]
    print(*(port for _, port in listeners), flush=True)
    orders = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while text := await orders.readline():
        order = json.loads(text)
        if order.pop("cut", False):
            carrier.whole.clear()
        else:
            carrier.line = Line(**order)
            carrier.whole.set()
        print("done", flush=True)


class Proxy(Program):
    """The bad line, as its user has it. Good and whole until something else is said."""

    def __init__(
        self,
        host: str,
        ports: list[int],
        seed: int = 1,
        at: str = "127.0.0.1",
        before: Sequence[str] = (),
    ) -> None:
        """`at`: the address that it listens on; `before`: on which host."""
        ends = [word for port in ports for word in ("--to", f"{host}:{port}")]
        own = ["--seed", str(seed), "--at", at]
        super().__init__("-m", "bench.faults.proxy", *own, *ends, before=before, talks=True)
        self.ports = [int(word) for word in self.hear().split()]
        if not self.ports:
            self.end()
            raise RuntimeError("the proxy did not start")

    def become(self, line: Line) -> None:
        """Whole, and like this."""
        self._order(asdict(line))

    def cut(self) -> None:
        """Silence, without a word to anybody."""
        self._order({"cut": True})

    def _order(self, order: dict[str, object]) -> None:
        if self.ask(json.dumps(order)) != "done":
            raise RuntimeError("the proxy has ended")


def main() -> None:
    parser = flags(__doc__, seed=1, at="127.0.0.1")
    parser.add_argument("--to", action="append", required=True, metavar="HOST:PORT")
    options = parser.parse_args()
    targets = [(host, int(port)) for host, _, port in (one.rpartition(":") for one in options.to)]
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(targets, options.seed, options.at))


if __name__ == "__main__":
    main()
