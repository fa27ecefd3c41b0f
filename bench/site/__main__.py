"""Measures this installation at its real settings and writes one page about it.

    python -m bench.site                          the show that runs here, for a minute
    python -m bench.site --seconds 300 --out /tmp/report.html
    python -m bench.site --with_worker            and a worker on this machine, for want of others

Where no show runs it starts app.py for the while, with the flags given here, and ends it again.
What is written holds no token and no key. Exit code 0: the wanted rate is kept; 1: it is not.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.background import Background
from bench.processes import Programs
from bench.show import arrivals
from bench.site.page import page
from bench.site.progress import Progress
from bench.site.verdict import Measured, Sample, Seen, captured, judge
from lib.config.cli import load
from lib.config.settings import PrimarySettings
from lib.ops.doctor import machine, network, running, trial
from lib.ops.doctor.limit import Probe, ask_all
from lib.stream.capture.choose import choose_source
from lib.stream.capture.source import PacedSource
from lib.wire import sockets
from lib.wire.keys import keys_trouble, viewer_key
from lib.wire.ports import local_name

PROGRAM = "bench.site"
START_S, PICTURE_S = 30.0, 60.0
# So long without any worker, or without any frame of the source, no picture will come: of a show
# that ran before, and of one that was started for this, whose workers have to find it.
RUNS_S, STARTED_S = 5.0, 15.0
SILENT_S = 10.0  # without a picture the rest of the measurement would be of nothing
EVERY_S = 1.0


def main(argv: list[str] | None = None) -> int:
    asked, flags = _own_flags(argv)
    settings = load(PrimarySettings, PROGRAM, str(__doc__).split("\n", 1)[0], flags)
    progress = Progress()
    with Programs() as programs:
        progress.tell("looking for a show")
        trouble, patience_s = _show_there(settings, flags, asked.with_worker, programs)
        if not trouble:
            measured, trouble = _measure(settings, asked.seconds, patience_s, progress)
    progress.end()
    if trouble or measured is None:
        print(f"{PROGRAM}: {trouble}", file=sys.stderr)
        return 1
    verdict = judge(measured)
    out = Path(asked.out)
    out.write_text(page(measured, verdict, settings), "utf-8")
    print("\n".join([verdict.says, *verdict.reasons(), f"written: {out.resolve()}"]))
    return 0 if verdict.good else 1


def _own_flags(argv: list[str] | None) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="All flags of app.py can be given, too: they say where the show is.",
        allow_abbrev=False,
    )
    parser.add_argument("--seconds", type=float, default=60, help="how long (default 60)")
    parser.add_argument("--out", default="site-report.html", help="where the page is written")
    parser.add_argument(
        "--with_worker", action="store_true", help="start a worker here, if a show is started"
    )
    asked, flags = parser.parse_known_args(argv)
    if not 1 <= asked.seconds <= 86400:
        parser.error("--seconds must be 1 to 86400")
    return asked, flags


def _show_there(
    settings: PrimarySettings, flags: list[str], with_worker: bool, programs: Programs
) -> tuple[str, float]:
    """Why there is no show to measure; empty when one answers. And how long it may be without a
    worker or a source."""
    trouble = keys_trouble(settings.keys, "viewer")
    if trouble:
        return trouble, 0
    show = running.running_show(settings)
    patience_s = RUNS_S if show else PICTURE_S if with_worker else STARTED_S
    if show is None:
        lines = network.ports(settings, ours=False)
        red = [f"{one.says}; {one.to_do}" for one in lines if one.colour == "red"]
        if red:
            return f"no show runs, and none can be started: {red[0]}", 0
        programs.start("app.py", *flags)
        if with_worker:
            programs.start("transform.py", *_worker_flags(settings))
        end_s = time.monotonic() + START_S
        while show is None and time.monotonic() < end_s:
            time.sleep(0.2)
            show = running.running_show(settings)
    if show is None:
        says = f"app.py was started, and did not answer within {START_S:g} s: start it by hand"
        return says, 0
    return f"a show runs, but {show.trouble}" if show.trouble else "", patience_s


def _worker_flags(settings: PrimarySettings) -> list[str]:
    return [
        f"--primary_hostname={local_name(settings.bind)}",
        f"--job_port={settings.job_port}",
        f"--result_port={settings.result_port}",
        f"--target_fps={float(settings.rate):g}",
        f"--warmup=1x{settings.size.height}x{settings.size.width}x3",
    ]


def _measure(
    settings: PrimarySettings, seconds: float, patience_s: float, progress: Progress
) -> tuple[Measured | None, str]:
    with ExitStack() as resources:
        host = local_name(settings.bind)
        feed = sockets.feed_in(
            resources, host, settings.output_port, latest_only=False, key=viewer_key(settings.keys)
        )
        trouble = _wait_for_picture(feed, settings, patience_s, progress)
        if trouble:
            return None, trouble
        # The status shows rates over two seconds. Received all the while: what piles up unread
        # would be counted as late.
        _watch(feed, 2.5 if seconds > 5 else 0.2)
        with Samples(settings) as samples:
            seen, silent_s = _watch(feed, seconds, progress)
        samples.look()
        if silent_s > SILENT_S:
            why = _why_nothing(_stream(settings))
            return None, f"stopped after {SILENT_S:g} s without a picture: {why}"
    if not samples.series:
        return None, "the show gave no status meanwhile"
    about = ask_all(
        [
            Probe("processor", machine.processor),
            Probe("GPU", machine.gpus, machine.SMI_S + 2),
            Probe("temperature", machine.temperature),
            Probe("clock", machine.clock),
            Probe("network", lambda: network.interfaces(trial.need_mbit(settings))),
        ]
    )
    return Measured(_wanted_fps(settings), seconds, seen, samples.series, about), ""


def _wanted_fps(settings: PrimarySettings) -> float:
    source = choose_source(settings)
    return float(source.rate if isinstance(source, PacedSource) else settings.rate)


def _wait_for_picture(
    feed: sockets.Socket, settings: PrimarySettings, patience_s: float, progress: Progress
) -> str:
    """Why no picture comes; empty once one is there. A model may take its minute to load, but where
    no worker or no source is, that is known sooner."""
    began_s = hopeful_s = time.monotonic()
    why = _why_nothing(None)
    while (now_s := time.monotonic()) < began_s + PICTURE_S:
        if feed.poll(500):
            return ""
        stream = _stream(settings)
        why = _why_nothing(stream)
        if stream is None or (stream["workers"] and captured(stream)):
            hopeful_s = now_s
        if now_s - hopeful_s > patience_s:
            break
        progress.tell(f"waiting for a picture for {now_s - began_s:.0f} s: {why}")
    return f"no picture within {time.monotonic() - began_s:.0f} s: {why}"


def _why_nothing(stream: Mapping[str, Any] | None) -> str:
    warnings = stream["warnings"] if stream else []
    return str(warnings[0]) if warnings else "python app.py --doctor may say why"


def _stream(settings: PrimarySettings) -> Mapping[str, Any] | None:
    show = running.running_show(settings)
    stream = show.status.get("stream") if show else None
    return stream if isinstance(stream, dict) else None


def _watch(
    feed: sockets.Socket, seconds: float, progress: Progress | None = None
) -> tuple[list[Seen], float]:
    """What came, and for how long nothing had come when it ended."""
    seen: list[Seen] = []
    began_s = last_s = now_s = time.monotonic()
    end_s = began_s + seconds
    while (now_s := time.monotonic()) < end_s and now_s - last_s <= SILENT_S:
        for one in arrivals(feed, min(end_s, now_s + 1)):
            seen.append(Seen(one.came_s, one.latency_ms, one.picture.index, len(one.picture.jpg)))
            last_s = one.came_s
        spent_s = time.monotonic() - began_s
        rate = len(seen) / spent_s if spent_s else 0.0
        if progress:
            words = f"measuring, {spent_s:.0f} of {seconds:g} s: {rate:.1f} pictures a second"
            progress.tell(words)
    return seen, now_s - last_s


class Samples(Background):
    """The status once a second, on a thread of its own: the pictures' times are not to suffer."""

    def __init__(self, settings: PrimarySettings) -> None:
        super().__init__()
        self._settings = settings
        self.series: list[Sample] = []
        self._start_s = time.monotonic()

    def run(self) -> None:
        number = 0
        while not self.quit.is_set():
            self.look(temperature=number % 5 == 0)
            number += 1
            self.quit.wait(EVERY_S)

    def look(self, temperature: bool = False) -> None:
        stream = _stream(self._settings)
        if stream is None:
            return
        degrees = hottest() if temperature else None
        self.series.append(Sample(time.monotonic() - self._start_s, stream, degrees))


def hottest() -> float | None:
    """Of the machine and its GPUs."""
    places = list(machine.celsius().values())
    for line in machine.gpus():
        degrees = line.facts.get("celsius")
        places += [degrees] if isinstance(degrees, float) else []
    return max(places, default=None)


if __name__ == "__main__":
    raise SystemExit(main())
