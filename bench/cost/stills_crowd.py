"""A hundred workers and a thousand pages at one service of stills: what each thing costs it.

A worker claims, says twice a second how far it is, hands in a picture of 10 kB and claims again;
it computes nothing, so that what is measured is the service. `at once` is the same without a wait.
A page listens to /events and reads all of it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from bench.ports import LOCAL
from bench.report import Report, percentiles

WORKERS, PAGES = 100, 1000
STILL_S, BEATS = 3.0, 6
SIDE = 64
STEPS = 40  # told to the pages, of one still
SOME_PAGES = (1, 100, PAGES)
LIMITS = ("--max_pages=1024", "--max_connections=4096", "--max_connections_per_address=4096")


class AsyncLine:
    """Requests over one connection that is kept."""

    async def open(self, port: int) -> None:
        self._reader, self._writer = await asyncio.open_connection(LOCAL, port)

    async def ask(self, method: str, path: str, body: bytes = b"") -> Any:
        head = f"{method} {path} HTTP/1.1\r\nHost: {LOCAL}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        said = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(said.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        answer = await self._reader.readexactly(length)
        status = int(said.split()[1])
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {answer[:200]!r}")
        return json.loads(answer) if answer else None

    def close(self) -> None:
        self._writer.close()


@dataclass
class Crowd:
    """Its workers, and how long each thing took them."""

    port: int
    picture: bytes
    took_ms: dict[str, list[float]] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1 << 40))

    async def timed(self, what: str, line: AsyncLine, path: str, body: bytes) -> Any:
        begin_s = time.perf_counter()
        answer = await line.ask("POST", path, body)
        self.took_ms.setdefault(what, []).append(1000 * (time.perf_counter() - begin_s))
        return answer

    async def submit(self, line: AsyncLine, many: int) -> None:
        for _ in range(many):
            number = next(self.numbers)
            body = {"prompt": f"picture {number}", "width": SIDE, "height": SIDE,
                    "owner": f"owner {number % 64}"}  # fmt: skip
            await self.timed("ask", line, "/jobs", json.dumps(body).encode())

    async def work(self, name: int, end_s: float, still_s: float) -> None:
        line = AsyncLine()
        await line.open(self.port)
        while time.monotonic() < end_s:
            offer = {"claim": f"{next(self.numbers):016x}", "engine": "painter",
                     "kinds": ["txt2img"], "worker": f"w{name}", "wait_s": 5}  # fmt: skip
            lease = await self.timed("claim", line, "/work/claim", json.dumps(offer).encode())
            if lease is None:
                break
            await self.make(line, lease, still_s)
        line.close()

    async def make(self, line: AsyncLine, lease: Any, still_s: float) -> None:
        for step in range(BEATS if still_s else 1):
            said = {"id": lease["id"], "token": lease["token"], "step": step, "total": BEATS}
            await self.timed("beat", line, "/work/beat", json.dumps(said).encode())
            await asyncio.sleep(still_s / BEATS)
        query = f"?id={lease['id']}&token={lease['token']}&sample=0"
        await self.timed("finish", line, f"/work/finish{query}", self.picture)


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
    pages = [await _page(port) for _ in range(many)]
    report.line("CPU: a page opens while 200 wait", [look.seconds() / many * 1000], "ms")
    await asyncio.gather(*(page.close() for page in pages), return_exceptions=True)
    line.close()


async def alone(report: Report, line: AsyncLine, one: Crowd, cost: Any) -> None:
    """One operation after the other: the processor's time for each."""
    many = 200
    look = cost()
    await one.submit(line, many)
    report.line("CPU: ask", [look.seconds() / many * 1000], "ms")
    leases = []
    look = cost()
    for number in range(many):
        offer = {"claim": f"{next(one.numbers):016x}", "engine": "painter", "kinds": ["txt2img"],
                 "worker": f"w{number}", "wait_s": 5}  # fmt: skip
        leases.append(await line.ask("POST", "/work/claim", json.dumps(offer).encode()))
    report.line("CPU: claim", [look.seconds() / many * 1000], "ms")
    look = cost()
    for step, lease in itertools.product(range(5), leases):
        said = {"id": lease["id"], "token": lease["token"], "step": step, "total": BEATS}
        await line.ask("POST", "/work/beat", json.dumps(said).encode())
    report.line("CPU: beat", [look.seconds() / (5 * many) * 1000], "ms")
    look = cost()
    for lease in leases:
        query = f"?id={lease['id']}&token={lease['token']}&sample=0"
        await line.ask("POST", f"/work/finish{query}", one.picture)
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
            pages.append(await _page(port))
            readers.append(asyncio.create_task(_reads(pages[-1], told)))
        if more > 1:
            report.line("CPU: a page opens", [look.seconds() / more * 1000], "ms")
        await asyncio.sleep(2)
        await one.submit(line, 1)
        offer = {"claim": f"{next(one.numbers):016x}", "engine": "painter", "kinds": ["txt2img"],
                 "worker": "w", "wait_s": 5}  # fmt: skip
        lease = await line.ask("POST", "/work/claim", json.dumps(offer).encode())
        look, before = cost(), tuple(told)
        slow: list[float] = []
        for step in range(STEPS):
            begin_s = time.perf_counter()
            said = {"id": lease["id"], "token": lease["token"], "step": step, "total": STEPS}
            await line.ask("POST", "/work/beat", json.dumps(said).encode())
            slow.append(1000 * (time.perf_counter() - begin_s))
            await asyncio.sleep(seconds / STEPS)
        messages, size = told[0] - before[0], told[1] - before[1]
        name = f"{wanted} pages, {STEPS / seconds:g} steps a second"
        report.line(f"{name}: of a core", [look.percent()], "%")
        report.line(f"{name}: CPU a message", [look.seconds() / max(messages, 1) * 1e6], "µs")
        report.line(f"{name}: bytes a message", [size / max(messages, 1)], "")
        report.line(f"{name}: messages", [messages / seconds], "/s")
        report.line(f"{name}: beat p99", [percentiles(slow)["p99"]], "ms")
        await line.ask("POST", "/work/give_back", json.dumps(
            {"id": lease["id"], "token": lease["token"], "error": ""}).encode())  # fmt: skip
    await _let_go(readers, pages)
    line.close()


async def _page(port: int) -> ClientConnection:
    return await connect(
        f"ws://{LOCAL}:{port}/events", proxy=None, compression=None, max_size=1 << 24
    )


async def _let_go(readers: Sequence[asyncio.Task[None]], pages: Sequence[ClientConnection]) -> None:
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    await asyncio.gather(*(page.close() for page in pages), return_exceptions=True)


async def _reads(page: ClientConnection, told: list[int]) -> None:
    async for message in page:
        told[0] += 1
        told[1] += len(message)
