"""What the service of stills costs: jobs a second through HTTP, many that wait, and rest.

    python -m bench.stills_service                   about two minutes
    python -m bench.stills_service --seconds 10 --rounds 2      a first look
    python -m bench.stills_service --seconds 10 --crowd         100 workers, 1000 pages

A job is a claim, a beat and a picture of 10 kB handed in, each a request over one connection that
is kept, with the ledger on the disk; `bare` is one table and three UPDATEs on the same disk in the
same run. Then 200 clients wait for the end of a job and 20 pages listen to /events, first while
nothing happens, then while a worker paints and says so five times a second. At rest nobody is
connected and nothing was asked for.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from websockets.asyncio.client import ClientConnection, connect

from bench.asking import Asker
from bench.cost.ledger import Bare
from bench.cost.stills_crowd import LIMITS, crowd
from bench.ports import LOCAL, free_ports
from bench.processes import Programs
from bench.report import Report, command, machine, percentiles, say_broken

CLIENTS, PAGES = 200, 20
BEATS_A_SECOND = 5
MOST_CPU, MOST_MB = 0.3, 80.0  # of one core in percent, and memory, at rest
STARTS_S = 30
SIDE = 64


class Line(Asker):
    """What clients and workers ask of the service."""

    def __init__(self, port: int) -> None:
        super().__init__(port, timeout_s=60)

    def submit(self, prompt: str) -> str:
        body = {"prompt": prompt, "width": SIDE, "height": SIDE, "owner": prompt}
        return str(self.ask("POST", "/jobs", body)["id"])

    def claim(self, number: int, wait_s: float = 5) -> Any:
        offer = {"claim": f"{number:016x}", "engine": "painter", "kinds": ["txt2img"],
                 "worker": "bench", "wait_s": wait_s}  # fmt: skip
        return self.ask("POST", "/work/claim", offer)

    def beat(self, lease: Any, step: int) -> None:
        said = {"id": lease["id"], "token": lease["token"], "step": step % 1000, "total": 1000}
        self.ask("POST", "/work/beat", said)

    def job(self, number: int, picture: bytes) -> float:
        """How long its claim took."""
        begin_s = time.perf_counter()
        lease = self.claim(number)
        took_s = time.perf_counter() - begin_s
        self.beat(lease, 1)
        query = f"?id={lease['id']}&token={lease['token']}&sample=0"
        self.ask("POST", f"/work/finish{query}", picture)
        return took_s


class Cost:
    """What the process uses between two moments."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._cpu_s, self._since_s = self._used(), time.monotonic()

    def _used(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def seconds(self) -> float:
        return self._used() - self._cpu_s

    def percent(self) -> float:
        return 100 * self.seconds() / (time.monotonic() - self._since_s)

    def megabytes(self) -> float:
        return float(self._process.memory_info().rss) / 1e6


def main() -> int:
    parser = command(__doc__, rounds=5, jobs=200, seconds=30.0, folder=".", crowd=False)
    options = parser.parse_args()
    print(f"{machine()}; median of {options.rounds} (lowest to highest)")
    report = Report()
    with tempfile.TemporaryDirectory(dir=options.folder) as name, Programs() as programs:
        port, output = free_ports(2)
        program = programs.start(
            "app.py", "--role", "stills", "--stills_port", str(port), "--output_port", str(output),
            "--state_dir", name, *(LIMITS if options.crowd else ()),
            environment={"ENV_FILE": os.devnull},
        )  # fmt: skip
        _wait_for(port)
        if options.crowd:
            look = partial(Cost, program.pid)
            asyncio.run(crowd(report, port, look, _picture(), options.seconds))
            return say_broken(report.missed)
        time.sleep(3)  # what a start costs is no rest
        _rest(report, program.pid, options.seconds)
        _jobs(report, port, Path(name) / "bare", options)
        asyncio.run(_many(report, port, program.pid, options.seconds))
    return say_broken(report.missed)


def _wait_for(port: int) -> None:
    end_s = time.monotonic() + STARTS_S
    while not Line(port).answers():
        if time.monotonic() > end_s:
            raise RuntimeError("the service did not start")
        time.sleep(0.1)


def _rest(report: Report, pid: int, seconds: float) -> None:
    costs = []
    for _ in range(2):
        cost = Cost(pid)
        time.sleep(seconds)
        costs.append(cost.percent())
    report.line("at rest: of a core", costs, "%", most=MOST_CPU)
    report.line("at rest: memory", [Cost(pid).megabytes()], "MB", most=MOST_MB)


def _jobs(report: Report, port: int, file: Path, options: Any) -> None:
    """In turns with bare statements: the speed of a disk drifts."""
    line, picture = Line(port), _picture()
    bare = Bare(file, options.rounds * options.jobs)
    for number in range(options.rounds * options.jobs):
        line.submit(f"a picture of {number}")
    rates: dict[str, list[float]] = {"bare": [], "service": []}
    claims: dict[str, list[float]] = {"bare": [], "service": []}
    for turn in range(options.rounds):
        for kind in ("bare", "service")[:: 1 if turn % 2 else -1]:
            begin_s = time.perf_counter()
            for number in range(options.jobs):
                unique = turn * options.jobs + number
                took = bare.job() if kind == "bare" else line.job(unique, picture)
                claims[kind].append(took)
            rates[kind].append(options.jobs / (time.perf_counter() - begin_s))
    bare.database.close()
    for kind, values in rates.items():
        report.line(f"{kind}: jobs", values, "/s")
        took = percentiles([1000 * one for one in claims[kind]])
        report.line(f"{kind}: claim p50", [took["p50"]], "ms")
        report.line(f"{kind}: claim p99", [took["p99"]], "ms")


def _picture() -> bytes:
    from PIL import Image  # noqa: PLC0415 - only here

    noise = Image.effect_noise((SIDE, SIDE), 80).convert("RGB")
    with tempfile.SpooledTemporaryFile() as file:
        noise.save(file, "PNG")
        file.seek(0)
        return file.read()


async def _many(report: Report, port: int, pid: int, seconds: float) -> None:
    line = Line(port)
    line.submit("what all wait for")
    lease = line.claim(1 << 60)
    waiting = [asyncio.create_task(_waits(port, lease["id"])) for _ in range(CLIENTS)]
    pages = [
        await connect(f"ws://{LOCAL}:{port}/events", proxy=None, compression=None)
        for _ in range(PAGES)
    ]
    told = [0]
    readers = [asyncio.create_task(_reads(page, told)) for page in pages]
    await asyncio.sleep(2)
    for what, beats in (("nothing happens", 0.5), ("a still is painted", BEATS_A_SECOND)):
        cost, before = Cost(pid), told[0]
        for beat in range(int(seconds * beats)):
            # Its lease is kept in both; only the second says how far it is.
            await asyncio.to_thread(line.beat, lease, beat if beats > 1 else 0)
            await asyncio.sleep(1 / beats)
        name = f"{CLIENTS} wait, {PAGES} pages, {what}"
        report.line(f"{name}: of a core", [cost.percent()], "%")
        report.line(f"{name}: memory", [cost.megabytes()], "MB")
        report.line(f"{name}: messages", [(told[0] - before) / seconds / PAGES], "/s each")
    for task in (*waiting, *readers):
        task.cancel()
    await asyncio.gather(*waiting, *readers, return_exceptions=True)


async def _waits(port: int, job: str) -> None:
    """A client that asks again and again to be told of the end."""
    while True:
        reader, writer = await asyncio.open_connection(LOCAL, port)
        head = f"GET /jobs/{job}?wait_s=60 HTTP/1.1\r\nHost: {LOCAL}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        try:
            await reader.read()
        finally:
            writer.close()


async def _reads(page: ClientConnection, told: list[int]) -> None:
    async for _ in page:
        told[0] += 1


if __name__ == "__main__":
    raise SystemExit(main())
