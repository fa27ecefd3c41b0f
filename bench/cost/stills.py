"""What stills cost the wall, and what the wall costs stills.

    python -m bench.stills                       both
    python -m bench.stills --only default        the show as ./run.sh starts it, with the painter
    python -m bench.stills --only pieces         an engine whose stills are made between its frames

Turn by turn without and with four stills, in one show. `default`: the painter, whose stills are
made by a process that runs while a processor is idle; STILLS_SHARE as it is. `pieces`: the engine
identity, which takes 70 % of the time between two frames for each, and as much for a piece of a
still; STILLS_SHARE 0. A latency is from capture to feed.
"""

from __future__ import annotations

import itertools
import time
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from bench.asking import Asker
from bench.background import Background
from bench.ports import free_ports
from bench.report import Report, command, machine, percentiles, say_broken
from bench.show import Show, arrivals

FPS, SIDE, AT_ONCE = 30.0, 384, 4
LOAD = 0.7  # of what the worker can do
# Goals of the design: a still of 384x384 beside the live picture, and what it may cost.
STILL_S, RATE_LOSS = 60.0, 0.02


class StillsShow(Show):
    def __init__(self, worker: str) -> None:
        super().__init__(Path(), FPS, [worker])
        (self.stills_port,) = free_ports(1)
        at = self._flags.index("--mode")
        self._flags[at : at + 4] = ["--mode", "pattern"]
        self._numbers = itertools.count()

    def still(self, method: str, path: str, body: object = None) -> Any:
        with closing(Asker(self.stills_port, timeout_s=10)) as line:
            return line.ask(method, path, body)

    def answers_stills(self) -> bool:
        try:
            return bool(self.still("GET", "/health")["workers"])
        except OSError:
            return False

    def ask_for(self, engine: str, steps: int) -> str:
        body = {
            "prompt": "two boats on a lake at sunset",
            "engine": engine,
            "seed": next(self._numbers),
            "steps": steps,
            "width": SIDE,
            "height": SIDE,
        }
        return str(self.still("POST", "/jobs", body)["id"])

    def watch_for(self, seconds: float) -> dict[str, float]:
        """Rate and latencies of the feed."""
        found = arrivals(self.viewer, time.monotonic() + seconds)
        latencies = [one.latency_ms for one in found]
        return {"fps": len(latencies) / seconds, **percentiles(latencies)}


class Queue(Background):
    """Keeps so many stills waiting, and knows how long each took. On a thread of its own: a request
    to the service would make the viewer of the feed late."""

    def __init__(self, show: StillsShow, engine: str, steps: int) -> None:
        super().__init__()
        self._show, self._engine, self._steps = show, engine, steps
        self._open: list[str] = []
        self._ended_s = time.monotonic()
        self.took_s: list[float] = []  # from the end of the one before
        self.failed: list[str] = []

    def run(self) -> None:
        while not self.quit.wait(0.25):
            self._fill()
        for id_ in self._open:
            self._show.still("DELETE", f"/jobs/{id_}?all=1")

    def _fill(self) -> None:
        for id_ in list(self._open):
            job = self._show.still("GET", f"/jobs/{id_}")
            if job["state"] in ("queued", "running"):
                continue
            self._open.remove(id_)
            if job["state"] == "done":
                now_s = time.monotonic()
                self.took_s.append(now_s - self._ended_s)
                self._ended_s = now_s
            else:
                self.failed.append(job["error"])
        while len(self._open) < AT_ONCE:
            self._open.append(self._show.ask_for(self._engine, self._steps))


class Part(NamedTuple):
    name: str
    worker: str  # its flags
    engine: str
    steps: int  # of a still
    piece_ms: float  # that a frame may wait for


def compared(report: Report, part: Part, options: Any) -> list[str]:
    """What was broken beside the budgets."""
    name, broken = part.name, list[str]()
    with StillsShow(part.worker) as show:
        show.until_answered()
        show.until(show.answers_stills, 60, "no worker asks for stills")
        show.settle(options.settle)
        for _ in range(options.rounds):
            alone = show.watch_for(options.seconds)
            with Queue(show, part.engine, part.steps) as queue:
                show.watch_for(2)  # until the first of them is under way
                beside = show.watch_for(options.seconds)
            show.watch_for(3)
            for took_s in queue.took_s or [float("inf")]:
                report.add(f"{name}: a still takes", took_s, "s", most=STILL_S)
            broken += [f"{name}: a still failed: {error}" for error in queue.failed]
            for said, seen in (("alone", alone), ("beside stills", beside)):
                for unit in ("fps", "p50", "p99"):
                    how = "/s" if unit == "fps" else "ms"
                    report.add(f"{name}, {said}: {unit}", seen[unit], how)
            report.add(
                f"{name}: p99 more by", beside["p99"] - alone["p99"], "ms", most=part.piece_ms
            )
            lost = 100 * (1 - beside["fps"] / alone["fps"])
            report.add(f"{name}: rate less by", lost, "%", most=100 * RATE_LOSS)
    report.say()
    return broken


def main() -> int:
    parser = command(__doc__, rounds=4, seconds=12.0, settle=6.0)
    parser.add_argument("--only", choices=["default", "pieces"])
    options = parser.parse_args()
    interval_ms = 1000 / FPS
    size = f"--engine painter --target_fps {FPS:g} --warmup 1x512x512x3"
    busy_ms = LOAD * interval_ms
    parts = [
        Part("default", size, "painter", 8, interval_ms),
        Part("pieces", f"--delay_ms {busy_ms:g} --stills_share 0", "identity", 20, busy_ms),
    ]
    print(f"{machine()}; median of {options.rounds} rounds (lowest to highest)")
    report, broken = Report(), list[str]()
    for part in parts:
        if options.only in (None, part.name):
            broken += compared(report, part, options)
    return say_broken([*broken, *report.missed])


if __name__ == "__main__":
    raise SystemExit(main())
