"""Strangers who hold connections instead of sending anything, at a show that plays.

    python -m bench.strangers             # 500 at each port, and who drips, and who never reads
    python -m bench.strangers --only "500 at 5557" --seconds 20

For each: frames lost, how long an honest one needs to get in meanwhile, descriptors before, during
and after, memory. What is lost without anybody there stands in the first line.
"""

from __future__ import annotations

import argparse
import http.client
import random
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from bench.faults.stage import Cast, Stage
from bench.faults.stage import Worker as Hired
from bench.hostile.clients import HELLO, LOCAL, ready
from bench.hostile.siege import Siege
from lib.wire.sockets import feed_in

MANY = 500
FPS = 30
PORTS = {
    "5555": "job_port",
    "5556": "settings_port",
    "5557": "output_port",
    "5558": "result_port",
}
UPGRADE = (
    b"GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
WATCH = b"GET /preview.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n"
HEAD = b"GET /status HTTP/1.1\r\nHost: localhost\r\nX: "
BODY = b"PATCH /params HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n{"
DRIPS = {
    "a head that drips at 5556": ("settings_port", HEAD, b"a"),
    "a body that drips at 5556": ("settings_port", BODY, b" "),
    "a greeting that drips at 5555": ("job_port", b"", HELLO),
    "a greeting that drips at 5557": ("output_port", b"", HELLO),
    "a greeting that drips at 5558": ("result_port", b"", HELLO),
    "a message that drips at 5558": (
        "result_port", HELLO + ready(b"PUSH") + b"\2" + (4_000_000).to_bytes(8, "big"), b"x",
    ),
    "a page that never reads": ("settings_port", UPGRADE, b""),
    "a watcher that never reads": ("settings_port", WATCH, b""),
    "a viewer that never reads": ("output_port", HELLO + ready(b"SUB") + b"\0\1\1", b""),
    "a worker that never reads": ("job_port", HELLO + ready(b"PULL"), b""),
}  # fmt: skip
DRIPPING = 60  # connections


class Crowd:
    """So many connections to one port, each made anew when it is ended; none says more than this:
    words at first, then a byte of the drip now and then."""

    def __init__(self, port: int, many: int, words: bytes = b"", drip: bytes = b"") -> None:
        self._port, self._many, self._words, self._drip = port, many, words, drip
        self._reads = bool(drip) or not words
        self._dice = random.Random(many)
        self._held: dict[socket.socket, int] = {}  # how many bytes of the drip were said
        self.made = 0

    def keep_up(self) -> None:
        for one in list(self._held):
            if not self._is_open(one):
                del self._held[one]
                one.close()
        while len(self._held) < self._many:
            try:
                one = socket.create_connection((LOCAL, self._port), timeout=0.5)
            except OSError:
                return
            self.made += 1
            self._held[one] = 0
            one.setblocking(False)
            with suppress(OSError):
                one.send(self._words)

    def _is_open(self, one: socket.socket) -> bool:
        try:
            if not one.recv(4096, 0 if self._reads else socket.MSG_PEEK):
                return False
        except BlockingIOError:
            pass
        except OSError:
            return False
        if self._drip and self._dice.random() < 0.3:
            at = self._held[one] % len(self._drip)
            self._held[one] += 1
            with suppress(OSError):
                one.send(self._drip[at : at + 1])
        return True

    def close(self) -> None:
        for one in self._held:
            one.close()
        self._held.clear()


class Strangers:
    """One after the other, at one show."""

    def __init__(self, stage: Stage, seconds: float) -> None:
        self._stage, self._seconds = stage, seconds
        self.broken: list[str] = []

    def crowds(self) -> dict[str, Callable[[], Crowd]]:
        ports = self._stage.ports
        found: dict[str, Callable[[], Crowd]] = {"nobody": lambda: Crowd(ports["job_port"], 0)}
        for number, name in PORTS.items():
            found[f"{MANY} at {number}"] = lambda name=name: Crowd(ports[name], MANY)  # type: ignore[misc]
        for words, (name, start, drip) in DRIPS.items():
            found[words] = lambda name=name, start=start, drip=drip: Crowd(  # type: ignore[misc]
                ports[name], DRIPPING, start, drip
            )
        return found

    def run(self, words: str) -> None:
        siege, crowd = Siege(self._stage), self.crowds()[words]()
        start_s, waits, held = time.monotonic(), dict[str, float](), 0
        arrivals = self._arrivals()
        while time.monotonic() < start_s + self._seconds or len(waits) < 3:
            crowd.keep_up()
            siege.look()
            if time.monotonic() > start_s + 1 and len(waits) < 3:
                who, wait_s = next(arrivals)
                waits[who] = wait_s
            held = max(held, self._stage.sample().descriptors)
            time.sleep(0.05)
        crowd.close()
        outcome = siege.end()
        came = ", ".join(f"{who} in {wait_s:.2f} s" for who, wait_s in waits.items())
        print(f"  {words}: {crowd.made} connections in {outcome.seconds:.0f} s\n"
              f"    {outcome.line()} (most {held})\n    {came}", flush=True)  # fmt: skip
        late = [who for who, wait_s in waits.items() if wait_s > 5]
        self.broken += [f"{words}: {who} did not get in" for who in late]
        self.broken += [f"{words}: {one}" for one in outcome.broken]
        self._stage.until_normal()

    def _arrivals(self) -> Iterator[tuple[str, float]]:
        """Honest ones who come while the crowd is there, each with the time it needs."""
        for who, comes in (
            ("a page", self._page), ("a viewer", self._viewer), ("a worker", self._worker),
        ):  # fmt: skip
            start_s = time.monotonic()
            while not comes() and time.monotonic() < start_s + 10:
                time.sleep(0.02)
            yield who, time.monotonic() - start_s

    def _page(self) -> bool:
        line = http.client.HTTPConnection(LOCAL, self._stage.ports["settings_port"], timeout=1)
        try:
            line.request("GET", "/params")
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    def _viewer(self) -> bool:
        with ExitStack() as resources:
            viewer = feed_in(resources, LOCAL, self._stage.ports["output_port"])
            return bool(viewer.poll(10_000))

    def _worker(self) -> bool:
        """Until it makes frames: starting takes it most of the time."""
        cast = Cast("late", ("--delay_ms", "5"))
        worker = Hired(cast, self._stage._start_worker)
        end_s = time.monotonic() + 15
        while time.monotonic() < end_s and self._stage.look.workers.get("late") != "active":
            time.sleep(0.05)
        came = time.monotonic() < end_s
        worker.kill()
        return came


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ["nobody", *(f"{MANY} at {number}" for number in PORTS), *DRIPS]
    parser.add_argument("--seconds", type=float, default=15, help="at least, for each")
    parser.add_argument("--only", choices=names, action="append")
    options = parser.parse_args()
    honest = [Cast("honest", ("--delay_ms", "5"))]
    with (
        tempfile.TemporaryDirectory(prefix="afterimage-strangers-") as folder,
        Stage(Path(folder), honest, FPS) as stage,
    ):
        strangers = Strangers(stage, options.seconds)
        for name in options.only or names:
            strangers.run(name)
    for one in strangers.broken:
        print(f"BROKEN {one}")
    return 1 if strangers.broken else 0


if __name__ == "__main__":
    sys.exit(main())
