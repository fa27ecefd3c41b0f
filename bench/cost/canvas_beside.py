"""What 19 people on a map cost the wall while stills are made.

    python -m bench.cost.canvas_beside           about four minutes
    python -m bench.cost.canvas_beside --rounds 1      a first look

In one show as ./run.sh starts it, with the painter, turn by turn: the wall with four stills waiting
beside a process that uses as much of a processor as 19 clients do, then beside the 19 themselves,
who edit a map of 500 nodes. What is left between both is the service's.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from bench.cost.canvas import CLIENTS, Edit, Hand, People, _imported
from bench.cost.stills import FPS, Queue, StillsShow
from bench.ports import LOCAL
from bench.processes import Program, cpu_s
from bench.report import Report, command, machine, percentiles, say_broken

STEPS = 8  # of a still
BEAT_S = 0.02
WORKER = f"--engine painter --target_fps {FPS:g} --warmup 1x512x512x3"


async def hands(sync: str, seconds: float) -> None:
    """A process of its own: what its people saw and what it used itself."""
    seen: dict[Edit, list[float]] = {}
    people = People([Hand(sync, seen) for _ in range(CLIENTS)], None, seen, {})
    await people.open()
    print("open", flush=True)
    sys.stdin.readline()
    begin_s, used_s = time.monotonic(), time.process_time()
    await people.edit(seconds)
    share = (time.process_time() - used_s) / (time.monotonic() - begin_s)
    took_ms = people.took_ms()
    print(json.dumps({"share": share, "edits": len(took_ms) / seconds, **percentiles(took_ms)}))
    await people.close()


def burn(share: float, seconds: float) -> None:
    print("open", flush=True)
    sys.stdin.readline()
    end_s = time.monotonic() + seconds
    while (begin_s := time.monotonic()) < end_s:
        while time.monotonic() < begin_s + BEAT_S * share:
            pass
        time.sleep(BEAT_S * (1 - share))
    print("{}")


class Beside(Program):
    """A process that works while the wall is watched, from a word on."""

    def __init__(self, *words: object) -> None:
        super().__init__("-m", "bench.cost.canvas_beside", *map(str, words), talks=True)
        assert self.hear() == "open"

    def begin(self) -> None:
        self.tell("")

    def result(self) -> dict[str, float]:
        said = dict(json.loads(self.hear()))
        self.wait()
        self.end()
        return said


def compared(report: Report, options: Any) -> list[str]:
    with StillsShow(WORKER) as show:
        show.until_answered()
        show.until(show.answers_stills, 60, "no worker asks for stills")
        ref = _imported(f"http://{LOCAL}:{show.stills_port}")
        sync = f"ws://{LOCAL}:{show.stills_port}/maps/sync?map={ref}"
        show.settle(options.settle)
        share, service = 0.1, show.role("stills")
        with Queue(show, "painter", STEPS) as queue:
            for turn in range(options.rounds + 1):
                seen = {}
                for name, words in (
                    ("a busy process", ("--burn", share)),
                    ("19 people", ("--hands", sync)),
                ):
                    beside = Beside(*words, "--seconds", options.seconds)
                    show.watch_for(1)
                    used_s = cpu_s(service)
                    beside.begin()
                    seen[name] = show.watch_for(options.seconds)
                    used = (cpu_s(service) - used_s) / options.seconds
                    said = beside.result()
                    if not turn:  # the first tells how much the clients use
                        continue
                    report.add(f"{name}: pictures a second", seen[name]["fps"], "")
                    for mark in ("p50", "p99"):
                        report.add(f"{name}: age {mark}", seen[name][mark], "ms")
                    report.add(f"{name}: the service's share of a core", used, "")
                    if said:
                        report.add("19 people: edits a second", said["edits"], "")
                        report.add("19 people: edit to all p95", said["p95"], "ms")
                        report.add("19 people: their share of a core", said["share"], "")
                share = said["share"]
                if turn:
                    ratio = seen["19 people"]["fps"] / seen["a busy process"]["fps"]
                    report.add("pictures a second, ratio", ratio, "x")
    report.say()
    return [f"a still failed: {error}" for error in queue.failed]


def main() -> int:
    parser = command(__doc__, rounds=5, seconds=12.0, settle=6.0, hands="", burn=0.0)
    options = parser.parse_args()
    if options.hands:
        asyncio.run(hands(options.hands, options.seconds))
        return 0
    if options.burn:
        burn(options.burn, options.seconds)
        return 0
    print(f"{machine()}; median of {options.rounds} rounds (lowest to highest)")
    report = Report()
    return say_broken([*compared(report, options), *report.missed])


if __name__ == "__main__":
    raise SystemExit(main())
