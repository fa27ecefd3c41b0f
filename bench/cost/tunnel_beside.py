"""What it costs a frame that its tunnel runs beside the service of stills, or inside it.

    python -m bench.cost.tunnel_beside                 both, in turns, idle and under load

Twice the same service and the same tunnel: once as a process of its own, as app.py has it, once as
a thread of the service's process. A piece of 50 kB goes through each and comes back, thirty times a
second, first while nothing else happens, then while 20 pages listen, 200 clients wait, and four
stills at a time are made and handed in.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from select import epoll

from bench.asking import RefusedError
from bench.cost import stills_client as client
from bench.cost.stills_client import Line
from bench.cost.stills_service import CLIENTS, PAGES
from bench.ports import LOCAL, free_ports
from bench.processes import Programs
from bench.report import Report, command, machine, percentiles, say_broken
from lib.config.settings import PrimarySettings
from lib.http.server import HttpServer
from lib.http_client.service_url import ServiceUrl
from lib.http_client.websocket import WebSocketAddress, WebSocketLine
from lib.observe import quit_on_signals
from lib.stage import Flow, Stage
from lib.stills.service.app import stills_service
from lib.stills.service.parts import StillParts
from lib.stills.service.run import open_ledgers
from lib.stills.service.sweep import Sweep
from lib.tunnel.relay import Relay
from lib.wire.handover import HandoverPort, HandoverTo

PIECE, A_SECOND, STILLS, SIDE = 50_000, 30, 4, 768
WAYS = ("own process", "inside stills")


def serve(folder: Path, port: int, inside: bool) -> int:
    """The service, with or without the tunnel in its process."""
    settings = _settings(folder, port)
    parts = StillParts.of(settings, open_ledgers(settings), folder)
    server = HttpServer(stills_service(settings, replace(parts, run_dir=folder)))
    stages: list[Stage] = [server, Sweep(parts)]
    if inside:
        stages.append(Relay(settings, folder))
    return Flow(*stages).run(quit_on_signals())


def relay(folder: Path, port: int) -> int:
    return Flow(Relay(_settings(folder, port), folder)).run(quit_on_signals())


def _settings(folder: Path, port: int) -> PrimarySettings:
    return PrimarySettings(_env_file=None, stills_port=port, state_dir=str(folder))  # type: ignore[call-arg] # pydantic's own


class Echo:
    """In the stream's place: says back what it hears."""

    def __init__(self, resources: ExitStack, folder: Path) -> None:
        self._epoll = epoll()
        self._port = HandoverPort(resources, self._epoll, folder, HandoverTo.JOBS)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            self._epoll.poll(0.5)
            if handed := self._port.take():
                threading.Thread(target=self._say, args=(handed.connection,), daemon=True).start()

    def _say(self, connection: socket.socket) -> None:
        connection.setblocking(True)
        with suppress(OSError):
            while data := connection.recv(1 << 20):
                connection.sendall(data)


def round_trips(port: int, seconds: float) -> list[float]:
    where = ServiceUrl(False, LOCAL, port, "")
    line = WebSocketLine(WebSocketAddress(where, "/tunnel/jobs", {}))
    took, piece, next_s = [], bytes(PIECE), time.monotonic()
    end_s = next_s + seconds
    while next_s < end_s:
        time.sleep(max(0.0, next_s - time.monotonic()))
        begin_s, left = time.monotonic(), PIECE
        line.send(piece)
        while left:
            left -= len(line.recv(5))
        took.append(1000 * (time.monotonic() - begin_s))
        next_s = max(next_s + 1 / A_SECOND, time.monotonic())
    line.close()
    return took


def crowd(port: int) -> int:
    """The load, as a process of its own."""
    line = Line(port)
    line.post(*client.still("what all wait for", owner="all"))
    for number in range(STILLS):
        threading.Thread(target=_makes, args=(port, number), daemon=True).start()
    asyncio.run(_crowd(port))
    return 0


def _makes(port: int, number: int) -> None:
    picture, line, turn = client.noise(SIDE), Line(port), 0
    while True:
        turn += 1
        line.post(*client.still(f"{number} {turn}", owner=f"{number}", side=SIDE))
        lease = line.post(*client.claim(number * 10**6 + turn))
        if lease is None:
            continue
        for step in range(5):
            line.post(*client.beat(lease, step))
            time.sleep(0.2)
        with suppress(RefusedError):  # the one that all wait for has another size
            line.post(*client.finish(lease, picture))


async def _crowd(port: int) -> None:
    prompt = "what all wait for, too"
    job = await asyncio.to_thread(Line(port).post, *client.still(prompt, owner=prompt))
    waiting = [asyncio.create_task(client.waits(port, job["id"])) for _ in range(CLIENTS)]
    told = [0, 0]
    waiting += [
        asyncio.create_task(client.reads(await client.open_page(port), told)) for _ in range(PAGES)
    ]
    print("there", flush=True)
    await asyncio.gather(*waiting)


def measure(report: Report, way: str, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as resources:
        folder, (port,) = Path(name), free_ports(1)
        programs = resources.enter_context(Programs())
        Echo(resources, folder)
        words = ["-m", "bench.cost.tunnel_beside", str(folder), str(port)]
        programs.start(*words, "inside" if way == WAYS[1] else "serve")
        if way == WAYS[0]:
            programs.start(*words, "relay")
        client.until_served(port)
        time.sleep(3)
        for load in ("idle", "busy"):
            if load == "busy":
                programs.start(*words, "crowd", talks=True).hear()
                time.sleep(2)
            found = percentiles(round_trips(port, seconds))
            for quantile in ("p50", "p99"):
                report.add(f"{way}, {load}: {quantile}", found[quantile], "ms")


def main() -> int:
    if len(sys.argv) == 4 and Path(sys.argv[1]).is_dir():
        folder, port, what = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
        calls = {
            "serve": lambda: serve(folder, port, inside=False),
            "inside": lambda: serve(folder, port, inside=True),
            "relay": lambda: relay(folder, port),
            "crowd": lambda: crowd(port),
        }
        return calls[what]()
    options = command(__doc__, runs=3, seconds=10.0).parse_args()
    print(f"{machine()}; there and back, median of {options.runs} (lowest to highest)")
    report = Report()
    for turn in range(options.runs):
        for way in WAYS[:: 1 if turn % 2 else -1]:
            measure(report, way, options.seconds)
    report.say()
    return say_broken(report.missed)


if __name__ == "__main__":
    raise SystemExit(main())
