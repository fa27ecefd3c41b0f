"""Strangers who hold connections instead of sending anything, at a show that plays.

    python -m bench.strangers             # 500 at each port, drips, and those who never read
    python -m bench.strangers --only "500 at 5557" --seconds 20

For each: frames lost, how long an honest one needs to get in meanwhile, descriptors before, during
and after, memory. What is lost without anybody there stands in the first line.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench.faults.show import RecordedShow, WorkerSpec
from bench.hostile.attackers import HELLO, UPGRADE, Crowd, ready
from bench.hostile.siege import Siege
from bench.ports import LOCAL
from bench.report import command, say_broken
from lib.wire.ports import USUAL
from lib.wire.sockets import feed_in
from lib.zmtp.commands import SocketType

MANY, DRIPPING = 500, 60  # connections
FPS = 30
BY_NUMBER = sorted(USUAL.items(), key=lambda one: one[1])
WATCH = b"GET /preview.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n"
HEAD = b"GET /status HTTP/1.1\r\nHost: localhost\r\nX: "
BODY = b"PATCH /params HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n{"
LONG = HELLO + ready(SocketType.PUSH) + b"\2" + (4_000_000).to_bytes(8, "big")


class Kind(NamedTuple):
    """To which port, how many, and what each says: at first, and then a byte at a time."""

    port: str
    many: int = DRIPPING
    words: bytes = b""
    drip: bytes = b""


KINDS = {
    "nobody": Kind("job_port", 0),
    **{f"{MANY} at {number}": Kind(name, MANY) for name, number in BY_NUMBER},
    "a head that drips at 5556": Kind("settings_port", words=HEAD, drip=b"a"),
    "a body that drips at 5556": Kind("settings_port", words=BODY, drip=b" "),
    "a greeting that drips at 5555": Kind("job_port", drip=HELLO),
    "a greeting that drips at 5557": Kind("output_port", drip=HELLO),
    "a greeting that drips at 5558": Kind("result_port", drip=HELLO),
    "a message that drips at 5558": Kind("result_port", words=LONG, drip=b"x"),
    "a page that never reads": Kind("settings_port", words=UPGRADE),
    "a watcher that never reads": Kind("settings_port", words=WATCH),
    "a viewer that never reads": Kind(
        "output_port", words=HELLO + ready(SocketType.SUB) + b"\0\1\1"
    ),
    "a worker that never reads": Kind("job_port", words=HELLO + ready(SocketType.PULL)),
}


class Newcomers:
    """Honest ones who come while the crowd is there, each with the time it needs."""

    def __init__(self, show: RecordedShow) -> None:
        self._show = show
        self._begun_s = time.monotonic()
        self._left: dict[str, Callable[[], bool]] = {
            "a page": self._page,
            "a viewer": self._viewer,
            "a worker": self._worker,
        }
        self.waits_s: dict[str, float] = {}

    def come(self) -> None:
        """The next of them, after a second."""
        time.sleep(0.05)
        if not self._left or time.monotonic() < self._begun_s + 1:
            return
        name = next(iter(self._left))
        comes, start_s = self._left.pop(name), time.monotonic()
        while not comes() and time.monotonic() < start_s + 10:
            time.sleep(0.02)
        self.waits_s[name] = time.monotonic() - start_s

    @property
    def all_in(self) -> bool:
        return not self._left

    def _page(self) -> bool:
        try:
            return bool(self._show.ask("GET", "/params", timeout_s=1))
        except OSError:
            return False

    def _viewer(self) -> bool:
        with ExitStack() as resources:
            viewer = feed_in(resources, LOCAL, self._show.ports["output_port"])
            return bool(viewer.poll(10_000))

    def _worker(self) -> bool:
        """Until it makes frames: starting takes it most of the time."""
        worker = self._show.hire(WorkerSpec("late", ("--delay_ms", "5")))
        end_s = time.monotonic() + 15
        while time.monotonic() < end_s and self._show.said.workers.get("late") != "active":
            time.sleep(0.05)
        came = time.monotonic() < end_s
        worker.program.kill()
        return came


def besiege(show: RecordedShow, words: str, seconds: float) -> list[str]:
    """What was broken."""
    kind = KINDS[words]
    newcomers, siege = Newcomers(show), Siege(show)
    with ExitStack() as resources:
        crowd = Crowd(resources, show.ports[kind.port], kind.many, kind.words, kind.drip)
        siege.run(
            crowd,
            lambda _, passed_s: passed_s < seconds or not newcomers.all_in,
            between=newcomers.come,
        )
    outcome = siege.end()
    came = ", ".join(f"{name} in {wait_s:.2f} s" for name, wait_s in newcomers.waits_s.items())
    print(f"  {words}: {outcome.sent} connections in {outcome.seconds:.0f} s\n"
          f"    {outcome.line}\n    {came}", flush=True)  # fmt: skip
    late = [name for name, wait_s in newcomers.waits_s.items() if wait_s > 5]
    broken = [*(f"{name} did not get in" for name in late), *outcome.broken]
    show.until_normal()
    return [f"{words}: {one}" for one in broken]


def main() -> int:
    parser = command(__doc__)
    parser.add_argument("--seconds", type=float, default=15, help="at least, for each")
    parser.add_argument("--only", choices=list(KINDS), action="append")
    options = parser.parse_args()
    honest, broken = [WorkerSpec("honest", ("--delay_ms", "5"))], []
    with (
        tempfile.TemporaryDirectory(prefix="afterimage-strangers-") as folder,
        RecordedShow(Path(folder), honest, FPS) as show,
    ):
        for name in options.only or KINDS:
            broken += besiege(show, name, options.seconds)
    return say_broken(broken)


if __name__ == "__main__":
    raise SystemExit(main())
