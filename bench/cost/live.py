"""How soon a change is on the wall, and what open pages cost the frames.

    python -m bench.cost.live                      everything
    python -m bench.cost.live --only doors         from a request to the first picture made with it
    python -m bench.cost.live --only pages         ten pages open against none

doors: `waited` is from a request's sending to the capture of the frame of the first picture made
with it, in frames: that is what a change takes beyond the pipeline's own latency. Below 0 that
frame was already captured, and waited for a worker.
pages: in one show, turn by turn without and with pages; the frame path is the stream's process and
the workers, whose CPU time is counted without that of the control process and of the pages.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

from bench.cost.doors import DOORS, Found, telltale_show, through_doors
from bench.cost.transport import FAST
from bench.processes import Ending, cpu_s, percentiles
from bench.report import Report, measure
from bench.show import Show
from lib.wire.messages import decode_picture


class Flowed(NamedTuple):
    """The frame path over a while."""

    fps: float
    cpu_ms: float  # a frame: stream and workers
    latency: dict[str, float]
    control_cores: float


def frame_path(show: Show, seconds: float) -> Flowed:
    show.settle(0.1)  # what piled up while nobody looked is not of this while
    path = [*show.role("stream"), *show.pids()[1]]
    control = show.role("control")
    cpu_before, control_before = cpu_s(path), cpu_s(control)
    latencies: list[float] = []
    start_s = time.monotonic()
    while (now_s := time.monotonic()) < start_s + seconds:
        if show.viewer.poll(50):
            picture = decode_picture(show.viewer.recv())
            latencies.append(time.time() * 1000 - picture.timestamp)
    passed_s, frames = now_s - start_s, max(1, len(latencies))
    return Flowed(
        len(latencies) / passed_s,
        1000 * (cpu_s(path) - cpu_before) / frames,
        percentiles(latencies),
        (cpu_s(control) - control_before) / passed_s,
    )


class Bench:
    def __init__(self, runs: int, seconds: float, pictures: Path) -> None:
        self.runs, self.seconds, self.pictures = runs, seconds, pictures
        self.report = Report()

    def doors(self) -> None:
        """From a request's sending to the first picture made with it."""
        for fps, delay_ms in ((30, 20), (60, 5)):
            found = [self._found(fps, delay_ms) for _ in range(self.runs)]
            print(f"  {fps} fps, a worker of {delay_ms} ms")
            self.report.line("the pipeline's own latency, p50", [f.latency_ms for f in found], "ms")
            for door in DOORS:
                runs = [f.reached[door] for f in found]
                seen = [statistics.median(one.seen_ms for one in run) for run in runs]
                answered = [statistics.median(one.answered_ms for one in run) for run in runs]
                frames = [[one.captured_ms * fps / 1000 for one in run] for run in runs]
                self.report.line(f"{door}: to the picture, p50", seen, "ms")
                waited = [statistics.median(run) for run in frames]
                self.report.line(f"{door}: waited, p50", waited, "frames", most=1)
                worst = [percentiles(run)["p95"] for run in frames]
                # What the door itself needs is a good part of a frame at 60 fps.
                self.report.line(f"{door}: waited, p95", worst, "frames", most=1 + 0.005 * fps)
                if not door.startswith("OSC"):
                    self.report.line(f"{door}: answered, p50", answered, "ms")

    def _found(self, fps: float, delay_ms: float) -> Found:
        with telltale_show(self.pictures, fps, delay_ms) as show:
            return through_doors(show, fps, changes=20)

    def pages(self) -> None:
        """Ten pages open, eight over WS /live and two with moving JPEG, two of them slow."""
        for fps in (30, 60):
            cpu, rate, p50, p99, control, alone = [], [], [], [], [], []
            with Show(self.pictures, fps, [""], *FAST) as show:
                show.until_answered()
                show.settle(3)
                for _ in range(self.runs):
                    without = frame_path(show, self.seconds)
                    port = str(show.ports["settings_port"])
                    with Ending() as ending:
                        ending.start(
                            [sys.executable, "-m", "bench.cost.pages", "--settings_port", port]
                        )
                        show.settle(2)
                        with_pages = frame_path(show, self.seconds)
                    show.settle(1)
                    cpu.append(with_pages.cpu_ms / without.cpu_ms)
                    rate.append(with_pages.fps / without.fps)
                    p50.append(with_pages.latency["p50"] - without.latency["p50"])
                    p99.append(with_pages.latency["p99"] - without.latency["p99"])
                    control.append(with_pages.control_cores)
                    alone.append(without.cpu_ms)
            print(f"  {fps} fps")
            self.report.line("frame path alone, CPU a frame", alone, "ms")
            self.report.line("with pages, CPU of the frame path", cpu, "x", most=1.1)
            self.report.line("with pages, frames published", rate, "x", least=0.98)
            self.report.line("with pages, latency p50 above", p50, "ms", most=2)
            self.report.line("with pages, latency p99 above", p99, "ms")
            self.report.line("control process meanwhile", control, "cores")


def main() -> int:
    return measure(str(__doc__), Bench, ("doors", "pages"))


if __name__ == "__main__":
    raise SystemExit(main())
