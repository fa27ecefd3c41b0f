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
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from bench.cost import stills_client as client
from bench.cost.ledger import Bare, by_turns
from bench.cost.stills_client import Line
from bench.cost.stills_crowd import LIMITS, crowd
from bench.ports import free_ports
from bench.processes import Programs
from bench.report import Report, command, machine, say_broken

CLIENTS, PAGES = 200, 20
BEATS_A_SECOND = 5
MOST_CPU, MOST_MB = 0.3, 80.0  # of one core in percent, and memory, at rest


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
        own = ("--output_port", str(output), *(LIMITS if options.crowd else ()))
        program = client.start_service(programs, port, name, *own)
        if options.crowd:
            look = partial(Cost, program.pid)
            asyncio.run(crowd(report, port, look, client.noise(), options.seconds))
            return say_broken(report.missed)
        time.sleep(3)  # what a start costs is no rest
        _rest(report, program.pid, options.seconds)
        _jobs(report, port, Path(name) / "bare", options)
        asyncio.run(_many(report, port, program.pid, options.seconds))
    return say_broken(report.missed)


def _rest(report: Report, pid: int, seconds: float) -> None:
    costs = []
    for _ in range(2):
        cost = Cost(pid)
        time.sleep(seconds)
        costs.append(cost.percent())
    report.line("at rest: of a core", costs, "%", most=MOST_CPU)
    report.line("at rest: memory", [Cost(pid).megabytes()], "MB", most=MOST_MB)


def _jobs(report: Report, port: int, file: Path, options: Any) -> None:
    line, picture, many = Line(port), client.noise(), options.rounds * options.jobs
    numbers = iter(range(many))

    def job() -> float:
        """How long its claim took."""
        begin_s = time.perf_counter()
        lease = line.post(*client.claim(next(numbers)))
        took_s = time.perf_counter() - begin_s
        line.post(*client.beat(lease, 1))
        line.post(*client.finish(lease, picture))
        return took_s

    for number in range(many):
        prompt = f"a picture of {number}"
        line.post(*client.still(prompt, owner=prompt))
    bare = Bare(file, many)
    by_turns({"bare": bare.job, "service": job}, report, options.rounds, options.jobs)
    bare.database.close()


async def _many(report: Report, port: int, pid: int, seconds: float) -> None:
    line = Line(port)
    line.post(*client.still("what all wait for", owner="all"))
    lease = line.post(*client.claim(1 << 60))
    waiting = [asyncio.create_task(client.waits(port, lease["id"])) for _ in range(CLIENTS)]
    told = [0, 0]
    readers = [
        asyncio.create_task(client.reads(await client.open_page(port), told)) for _ in range(PAGES)
    ]
    await asyncio.sleep(2)
    for what, beats in (("nothing happens", 0.5), ("a still is painted", BEATS_A_SECOND)):
        cost, before = Cost(pid), told[0]
        for step in range(int(seconds * beats)):
            # Its lease is kept in both; only the second says how far it is.
            await asyncio.to_thread(line.post, *client.beat(lease, step if beats > 1 else 0))
            await asyncio.sleep(1 / beats)
        name = f"{CLIENTS} wait, {PAGES} pages, {what}"
        report.line(f"{name}: of a core", [cost.percent()], "%")
        report.line(f"{name}: memory", [cost.megabytes()], "MB")
        report.line(f"{name}: messages", [(told[0] - before) / seconds / PAGES], "/s each")
    for task in (*waiting, *readers):
        task.cancel()
    await asyncio.gather(*waiting, *readers, return_exceptions=True)


if __name__ == "__main__":
    raise SystemExit(main())
