"""What a worker is worth that only a tunnel reaches, beside one that is plugged in.

    python -m bench.tunnel                  all of it, as root: it makes two other hosts
    python -m bench.tunnel --only alone     one part: alone beside cut narrow

    worker (a host without a way in) <- cable -> a host between, with the line <- cable -> primary

The worker's host has a network namespace with one cable, to a host that forwards no packet; from
the primary there is no route to it. In between runs the line (faults/proxy.py): 0, 20 or 80 ms
there and back, or 20 Mbit/s. Workers sleep 15 ms for a picture of 50 kB, at 30 a second, with the
fastest playout; ages are from capture to a SUB on the feed. Each figure stands beside that of a
plugged-in worker in the same show.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.cost.transport import FAST, elsewhere, late_of
from bench.faults.cable import Cable, cable_trouble
from bench.faults.proxy import Line, Proxy
from bench.ports import free_ports
from bench.processes import Program
from bench.report import Parts, measure
from bench.show import Seen, Show, arrivals
from lib.core.tokens import worker_token_of

CONTROL = "of-this-benchmark-" * 2
FPS, SLEEPS = 30.0, "--delay_ms 15"
ROUND_TRIPS_MS = (0, 20, 80)
CUT_S, WATCHED_S = 4.0, 12.0
NARROW_MBIT_S = 20.0
SETTLES_S = 4.0
PARTS = ("alone", "beside", "cut", "narrow")


@dataclass
class FarShow:
    """A show whose far worker can come and go."""

    show: Show
    line: Proxy
    far: Cable
    server: str

    @contextmanager
    def far_worker(self) -> Iterator[None]:
        # Only the namespace and its variables tell it apart: the same program, the same engine.
        said = {"WORKER_TOKEN": worker_token_of(CONTROL, ""), "WORKER_ID": "far"}
        words = ["transform.py", "--engine", "identity", *SLEEPS.split(), "--server", self.server]
        with Program(*words, before=self.far.enter(), environment=said):
            self.show.until(lambda: "far" in self.show.known(), 90, "the far worker did not come")
            self.show.settle(SETTLES_S)
            yield

    def of(self, name: str, what: str) -> float:
        return float(self.show.known()[name][what] or 0.0)


class TunnelBench(Parts):
    @contextmanager
    def started(self) -> Iterator[FarShow]:
        """A primary that two cables and a line lie before."""
        flags = [*FAST, "--bind", "0.0.0.0", "--control_token", CONTROL]
        show = Show(self.pictures, FPS, [f"{SLEEPS} --worker_id near"], *flags)
        show.stills_port, show.patience_ms = free_ports(1)[0], 60_000
        with show, Cable() as middle, Cable(between=middle) as far:
            show.until_answered()
            where = middle.here, [show.stills_port]
            with Proxy(*where, at=far.here, before=middle.enter()) as line:
                yield FarShow(show, line, far, f"http://{far.here}:{line.ports[0]}")

    def _say(self, what: str, seen: Seen, floor: Seen) -> None:
        add = self.report.add
        add(f"{what}: pictures a second", seen.fps, "fps")
        add(f"{what}: of the plugged-in one's", 100 * seen.fps / floor.fps, "%", least=95)
        add(f"{what}: age p50", seen.latency["p50"], "ms")
        add(f"{what}: age p99", seen.latency["p99"], "ms")

    def alone(self) -> None:
        """The far worker alone, over lines of three lengths."""
        for _ in range(self.runs):
            with self.started() as it:
                it.show.settle(SETTLES_S)
                floor = it.show.watch(self.seconds)
                self._say("plugged in", floor, floor)
                it.show.workers[0].end()
                for ms in ROUND_TRIPS_MS:
                    it.line.become(Line(delay_ms=ms / 2))
                    with it.far_worker():
                        seen = it.show.watch(self.seconds)
                        measured = it.of("far", "round_trip_ms")
                    self._say(f"far, {ms} ms", seen, floor)
                    more = seen.latency["p50"] - floor.latency["p50"] - ms
                    self.report.add(f"far, {ms} ms: added beside the line", more, "ms", most=10)
                    self.report.add(f"far, {ms} ms: the line as measured", measured, "ms")

    def beside(self) -> None:
        """The same beside the plugged-in one, which could do alone."""
        for _ in range(self.runs):
            with self.started() as it:
                it.show.settle(SETTLES_S)
                floor = it.show.watch(self.seconds)
                self._say("plugged in alone", floor, floor)
                for ms in ROUND_TRIPS_MS:
                    it.line.become(Line(delay_ms=ms / 2))
                    with it.far_worker():
                        seen = it.show.watch(self.seconds)
                        share = 100 * it.of("far", "share")
                    self._say(f"both, {ms} ms", seen, floor)
                    lost = elsewhere(seen) + late_of(seen)
                    self.report.add(f"both, {ms} ms: pictures lost", lost, "frames", most=0)
                    self.report.add(f"both, {ms} ms: the far one's share", share, "%")

    def cut(self) -> None:
        """The line is silent for 4 s, then whole again: alone, and beside the plugged-in one."""
        for _ in range(self.runs):
            with self.started() as it:
                it.line.become(Line(delay_ms=10))
                with it.far_worker():
                    _, lost = self._cut(it)
                    self.report.add("beside: pictures lost", lost, "frames", most=1)
                    it.show.workers[0].end()
                    it.show.settle(SETTLES_S)
                    back_s, _ = self._cut(it)
                    self.report.add(
                        "alone: first picture after the line is back", back_s, "s", most=3
                    )

    def _cut(self, it: FarShow) -> tuple[float, float]:
        """When the first picture comes that was taken since the line is back, and what was lost."""
        before = it.show.counts()
        it.line.cut()
        it.show.settle(CUT_S)
        it.line.become(Line(delay_ms=10))
        healed_s = time.monotonic()
        fresh = [
            arrival.came_s - healed_s
            for arrival in arrivals(it.show.viewer, healed_s + WATCHED_S)
            if arrival.came_s - arrival.latency_ms / 1000 >= healed_s
        ]
        back_s = fresh[0] if fresh else float("nan")
        after = it.show.counts()
        names = ("dispatch.lost", "dispatch.stuck", "publish.late")
        return back_s, sum(after.get(name, 0) - before.get(name, 0) for name in names)

    def narrow(self) -> None:
        """A line of 20 Mbit/s each way and 20 ms there and back."""
        for _ in range(self.runs):
            with self.started() as it:
                it.show.settle(SETTLES_S)
                floor = it.show.watch(self.seconds)
                self._say("plugged in", floor, floor)
                it.show.workers[0].end()
                it.line.become(Line(mbit_s=NARROW_MBIT_S, delay_ms=10))
                with it.far_worker():
                    self._say("far, 20 Mbit/s", it.show.watch(self.seconds), floor)


def main() -> int:
    trouble = cable_trouble()
    if trouble:
        print(trouble)
        return 2
    return measure(str(__doc__), TunnelBench, PARTS)


if __name__ == "__main__":
    raise SystemExit(main())
