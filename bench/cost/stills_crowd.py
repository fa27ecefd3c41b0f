"""A hundred workers and a thousand pages at one service of stills: what each thing costs it.

A worker claims, says twice a second how far it is, hands in a picture of 10 kB and claims again;
it computes nothing, so that what is measured is the service. `at once` is the same without a wait.
A page listens to /events and reads all of it.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection

from bench.cost import stills_client as client
from bench.cost.stills_client import AsyncLine, Question
from bench.report import Report, percentiles

WORKERS, PAGES = 100, 1000
STILL_S, BEATS = 3.0, 6
STEPS = 40  # told to the pages, of one still
NUMBERS = itertools.count(1 << 40)  # of all: what was asked for before is not made again
SOME_PAGES = (1, 100, PAGES)
LIMITS = ("--max_pages=1024", "--max_connections=4096", "--max_connections_per_address=4096")


@dataclass
class Crowd:
    """Its workers, and how long each thing took them."""

    port: int
    picture: bytes
    took_ms: dict[str, list[float]] = field(default_factory=dict)

    def claim(self, worker: str) -> Question:
        return client.claim(next(NUMBERS), worker)

    async def timed(self, what: str, line: AsyncLine, question: Question) -> Any:
        begin_s = time.perf_counter()
        answer = await line.post(*question)
        self.took_ms.setdefault(what, []).append(1000 * (time.perf_counter() - begin_s))
        return answer

    async def submit(self, line: AsyncLine, many: int) -> None:
        for _ in range(many):
            number = next(NUMBERS)
            await self.timed("ask", line, client.still(f"picture {number}", f"owner {number % 64}"))

    async def work(self, name: int, end_s: float, still_s: float) -> None:
        line = AsyncLine()
        await line.open(self.port)
        while time.monotonic() < end_s:
            lease = await self.timed("claim", line, self.claim(f"w{name}"))
            if lease is None:
                break
            await self.make(line, lease, still_s)
        line.close()

    async def make(self, line: AsyncLine, lease: Any, still_s: float) -> None:
        for step in range(BEATS if still_s else 1):
            await self.timed("beat", line, client.beat(lease, step, BEATS))
            await asyncio.sleep(still_s / BEATS)
        await self.timed("finish", line, client.finish(lease, self.picture))


async def crowd(report: Report, port: int, cost: Any, picture: bytes, seconds: float) -> None:
    """`cost`: makes a look at what the service's process uses."""
    line = AsyncLine()
    await line.open(port)
    await listened(report, port, cost, seconds)
    await alone(report, line, Crowd(port, picture), cost)
    for still_s in (STILL_S, 0.0):
        one = Crowd(port, picture)
        # As many as they can make, and no worker without: it would wait for five seconds.
        many = int(WORKERS * (seconds / still_s + 2)) if still_s else int(seconds * 150)
        await one.submit(line, many)
        look, begin_s = cost(), time.monotonic()
        await asyncio.gather(
            *(one.work(name, begin_s + seconds, still_s) for name in range(WORKERS))
        )
        took_s, used = time.monotonic() - begin_s, look.percent()
        name = f"{WORKERS} workers, {still_s:g} s a still" if still_s else f"{WORKERS} at once"
        report.line(f"{name}: of a core", [used], "%")
        for what, values in one.took_ms.items():
            if what != "ask":
                report.line(f"{name}: {what}", [len(values) / took_s], "/s")
            got = percentiles(values)
            report.line(f"{name}: {what} p50", [got["p50"]], "ms")
            report.line(f"{name}: {what} p99", [got["p99"]], "ms")
    many = 20
    await Crowd(port, picture).submit(line, 200)
    look = cost()
    pages = [await client.open_page(port) for _ in range(many)]
    report.line("CPU: a page opens while 200 wait", [look.seconds() / many * 1000], "ms")
    await asyncio.gather(*(page.close() for page in pages), return_exceptions=True)
    line.close()


async def alone(report: Report, line: AsyncLine, one: Crowd, cost: Any) -> None:
    """One operation after the other: the processor's time for each."""
    many = 200
    look = cost()
    await one.submit(line, many)
    report.line("CPU: ask", [look.seconds() / many * 1000], "ms")
    look = cost()
    leases = [await line.post(*one.claim(f"w{number}")) for number in range(many)]
    report.line("CPU: claim", [look.seconds() / many * 1000], "ms")
    look = cost()
    for step, lease in itertools.product(range(5), leases):
        await line.post(*client.beat(lease, step, BEATS))
    report.line("CPU: beat", [look.seconds() / (5 * many) * 1000], "ms")
    look = cost()
    for lease in leases:
        await line.post(*client.finish(lease, one.picture))
    report.line("CPU: finish", [look.seconds() / many * 1000], "ms")


async def listened(report: Report, port: int, cost: Any, seconds: float) -> None:
    """One still after the other, told to more and more pages."""
    pages: list[ClientConnection] = []
    told = [0, 0]
    readers: list[asyncio.Task[None]] = []
    line, one = AsyncLine(), Crowd(port, b"")
    await line.open(port)
    for wanted in SOME_PAGES:
        look, more = cost(), wanted - len(pages)
        for _ in range(more):
            pages.append(await client.open_page(port))
            readers.append(asyncio.create_task(client.reads(pages[-1], told)))
        if more > 1:
            report.line("CPU: a page opens", [look.seconds() / more * 1000], "ms")
        await asyncio.sleep(2)
        await one.submit(line, 1)
        lease = await line.post(*one.claim("w"))
        look, before = cost(), tuple(told)
        slow: list[float] = []
        for step in range(STEPS):
            begin_s = time.perf_counter()
            await line.post(*client.beat(lease, step, STEPS))
            slow.append(1000 * (time.perf_counter() - begin_s))
            await asyncio.sleep(seconds / STEPS)
        messages, size = told[0] - before[0], told[1] - before[1]
        name = f"{wanted} pages, {STEPS / seconds:g} steps a second"
        report.line(f"{name}: of a core", [look.percent()], "%")
        report.line(f"{name}: CPU a message", [look.seconds() / max(messages, 1) * 1e6], "µs")
        report.line(f"{name}: bytes a message", [size / max(messages, 1)], "")
        report.line(f"{name}: messages", [messages / seconds], "/s")
        report.line(f"{name}: beat p99", [percentiles(slow)["p99"]], "ms")
        await line.post(*client.give_back(lease))
    await _let_go(readers, pages)
    line.close()


async def _let_go(readers: Sequence[asyncio.Task[None]], pages: Sequence[ClientConnection]) -> None:
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    await asyncio.gather(*(page.close() for page in pages), return_exceptions=True)
