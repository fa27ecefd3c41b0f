"""The load doubled and halved twice, with relief and without it, side by side in one run.

    python -m bench.overload --out FOLDER

Another program publishes pictures at 30 fps, then 60, 30, 60, 30. Two whole shows take them at the
same time, each with two workers that need 45 ms for a picture of 512x512 (workers.py); one
has relief, one has not. Latency is from the publisher's stamp to the arrival at a subscriber of the
feed. Writes overload.csv, a row for each second, and overload.svg, and prints what each phase
was like.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

from bench.camera import Camera
from bench.charts import Curve, Mark, Panel, draw
from bench.ports import LOCAL, free_ports
from bench.report import command, percentiles
from bench.show import Show, arrivals
from bench.status import StatusPoller, StatusSample
from lib.core.geometry import Size
from lib.pictures.header import read_header
from lib.wire.sockets import feed_in

RATES = {"as planned": 1, "doubled": 2, "halved": 1, "doubled again": 2, "halved again": 1}
WARM_S = 15.0  # before the plan begins, for the shows to start
# Held: so much of the frames that come are shown, and the latency is as wanted, over so long.
HELD, HELD_OVER_S = 0.9, 3.0


class Phase(NamedTuple):
    name: str
    start_s: float
    end_s: float
    fps: float


class Second(NamedTuple):
    """What a viewer saw in a second."""

    at_s: float
    fps: float
    p50: float
    p99: float


@dataclass
class Watched:
    """One of the two shows: every picture of its feed, and what its status said."""

    name: str
    show: Show
    samples: Sequence[StatusSample]
    seen: list[tuple[float, float, Size]] = field(default_factory=list)  # when, latency, size

    @property
    def said(self) -> list[tuple[float, Mapping[str, Any]]]:
        """When, and what of relief."""
        return [(one.at_s, one.relief) for one in self.samples if one.relief]

    def take(self) -> None:
        for came_s, latency_ms, shown in arrivals(self.show.viewer, time.monotonic() + 0.002):
            self.seen.append((came_s, latency_ms, read_header(shown.jpg).size))

    def second(self, start_s: float, end_s: float) -> Second:
        latencies = [ms for at_s, ms, _ in self.seen if start_s <= at_s < end_s]
        found = percentiles(latencies)
        return Second(start_s, len(latencies) / (end_s - start_s), found["p50"], found["p99"])

    def moves(self) -> list[tuple[float, str]]:
        """When, and in which words; the status says how long ago."""
        found: list[tuple[float, str]] = []
        for at_s, relief in self.said:
            for ago_s, words in relief["moves"]:
                if all(abs(at_s - ago_s - then) > 1 or words != said for then, said in found):
                    found.append((at_s - ago_s, words))
        return found

    def taken(self, at_s: float) -> dict[str, str]:
        """What was taken at that moment."""
        before = [relief for then_s, relief in self.said if then_s <= at_s]
        return dict(before[-1]["cuts"]) if before else {}


def planned(options: argparse.Namespace, start_s: float) -> list[Phase]:
    lasts_s = [options.seconds * (0.5 if place == 0 else 1) for place in range(len(RATES))]
    starts = accumulate(lasts_s, initial=start_s)
    return [
        Phase(name, at_s, at_s + seconds, times * options.fps)
        for (name, times), at_s, seconds in zip(RATES.items(), starts, lasts_s, strict=False)
    ]


def run(options: argparse.Namespace) -> tuple[list[Phase], list[Watched]]:
    port = free_ports(1)[0]
    phases = planned(options, time.monotonic() + WARM_S)
    with ExitStack() as resources:
        empty = resources.enter_context(tempfile.TemporaryDirectory())
        source = resources.enter_context(Camera(port, options.fps, "--zmq", "--plain"))
        shows = []
        scaled = f"-m bench.cost.workers scaled --delay_ms {options.delay_ms:g}"
        workers = [scaled] * options.workers
        for name, relief in (("with relief", options.relief), ("without", "off")):
            wanted = ["--latency_ms", f"{options.latency_ms:g}", "--relief", relief]
            place = ["--mode", "zmq", "--video_port", str(port), "--video_hostname", LOCAL]
            show = Show(Path(empty), options.fps, workers, *place, *wanted)
            resources.enter_context(show)
            # Nobody reads it while the other show starts, and libzmq 4.3.5 aborts a subscriber that
            # has a mark and heartbeats and is not read (its issue 3937).
            show.viewer.close(0)
            poller = StatusPoller(show.ports["settings_port"], show.token, every_s=0.25)
            resources.enter_context(poller)
            shows.append(Watched(name, show, poller.samples))
        for one in shows:
            one.show.until_answered()
            port = one.show.ports["output_port"]
            one.show.viewer = feed_in(resources, LOCAL, port, latest_only=False)
        if time.monotonic() > phases[0].start_s:
            raise RuntimeError("the shows took too long to start: the machine is too busy")
        for phase in phases:  # the first goes on as the load was before
            source.pace(phase.fps)
            while time.monotonic() < phase.end_s:
                for one in shows:
                    one.take()
    return phases, shows


def held_after(one: Watched, phase: Phase, latency_ms: float) -> float | None:
    """Seconds from the phase's start until what is wanted is held to its end."""
    good_s = None
    at_s = phase.start_s
    while at_s + HELD_OVER_S <= phase.end_s:
        second = one.second(at_s, at_s + HELD_OVER_S)
        good = second.fps >= HELD * phase.fps and second.p99 <= latency_ms
        good_s = (at_s if good_s is None else good_s) if good else None
        at_s += 0.25
    return None if good_s is None else good_s - phase.start_s


def back_after(one: Watched, phase: Phase) -> float | None:
    """Seconds from the phase's start until nothing is taken any more; None where nothing was."""
    if not one.taken(phase.start_s):
        return None
    for at_s, relief in one.said:
        if phase.start_s <= at_s <= phase.end_s and not relief["cuts"]:
            return at_s - phase.start_s
    return None


def tell(phases: list[Phase], shows: list[Watched], latency_ms: float) -> None:
    for one in shows:
        print(f"\n  {one.name}")
        for phase in phases:
            whole = one.second(phase.start_s, phase.end_s)
            middle_s = (phase.start_s + phase.end_s) / 2
            later = one.second(middle_s, phase.end_s)
            moves = sum(phase.start_s <= at_s < phase.end_s for at_s, _ in one.moves())
            held, back = held_after(one, phase, latency_ms), back_after(one, phase)
            print(
                f"  {phase.name:<14}{phase.fps:5.0f} fps offered, {whole.fps:5.1f} shown"
                f" ({later.fps:5.1f} in its second half), p50 {whole.p50:6.1f} ms,"
                f" p99 {whole.p99:6.1f} ({later.p99:6.1f}), {moves} moves,"
                f" held after {_seconds(held)}, nothing taken after {_seconds(back)}"
            )
        for at_s, words in one.moves():
            print(f"    {at_s - phases[0].start_s:6.1f} s  {words}")
        sizes = sorted({str(size) for _, _, size in one.seen})
        print(f"    sizes in the feed: {', '.join(sizes)}")


def _seconds(found: float | None) -> str:
    return "-" if found is None else f"{found:.1f} s"


def table(phases: list[Phase], shows: list[Watched]) -> list[dict[str, Any]]:
    """A row for each second."""
    zero_s, rows = phases[0].start_s, []
    for at_s in range(int(phases[-1].end_s - zero_s)):
        offered = next(p.fps for p in phases if zero_s + at_s < p.end_s)
        row: dict[str, Any] = {"s": at_s, "offered_fps": offered}
        for one in shows:
            second = one.second(zero_s + at_s, zero_s + at_s + 1)
            row[f"{one.name}: fps"] = round(second.fps, 1)
            row[f"{one.name}: p50_ms"] = round(second.p50, 1)
            row[f"{one.name}: p99_ms"] = round(second.p99, 1)
            row[f"{one.name}: taken"] = "; ".join(one.taken(zero_s + at_s + 1).values())
        rows.append(row)
    return rows


def write(folder: Path, phases: list[Phase], shows: list[Watched], latency_ms: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = table(phases, shows)
    with (folder / "overload.csv").open("w", newline="") as file:
        out = csv.DictWriter(file, rows[0])
        out.writeheader()
        out.writerows(rows)
    at = [float(row["s"]) for row in rows]

    def curves(column: str, steps: bool = False) -> list[Curve]:
        return [
            Curve(one.name, at, [row[f"{one.name}: {column}"] for row in rows], steps)
            for one in shows
        ]

    offered = Curve("offered", at, [row["offered_fps"] for row in rows], steps=True)
    taken = [row[f"{shows[0].name}: taken"].split("; ") for row in rows]
    words = sorted({one for each in taken for one in each if one})
    levels = [  # the same words are the same height
        Curve(
            one.split(" instead")[0].removeprefix("pictures are "),
            at,
            [float(height) if one in each else 0.0 for each in taken],
            steps=True,
        )
        for height, one in enumerate(words, 1)
    ]
    wanted, zero_s = ("wanted", latency_ms), phases[0].start_s
    panels = [
        Panel("frames a second", [*curves("fps", steps=True), offered]),
        Panel("latency p50, ms", curves("p50_ms"), level=wanted),
        Panel("latency p99, ms", curves("p99_ms"), level=wanted),
        Panel("what is taken", [Curve("nothing", at, [0.0] * len(at)), *levels]),
    ]
    marks = [
        Mark("load doubled", p.start_s - zero_s, p.end_s - zero_s)
        for p in phases
        if p.fps > phases[0].fps
    ]
    draw(folder / "overload.svg", "the load doubled and halved twice", panels, marks)


def main() -> int:
    relief = "quality,steps,size,frames"
    parser = command(
        __doc__, fps=30.0, workers=2, relief=relief, latency_ms=120.0, out=Path("overload")
    )
    parser.add_argument("--seconds", type=float, default=40, help="of each phase, half the first")
    parser.add_argument("--delay_ms", type=float, default=45, help="of a worker for 512x512")
    options = parser.parse_args()
    phases, shows = run(options)
    tell(phases, shows, options.latency_ms)
    write(options.out, phases, shows, options.latency_ms)
    print(f"\n  {options.out}/overload.csv, {options.out}/overload.svg")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
