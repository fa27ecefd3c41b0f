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
from contextlib import ExitStack
from pathlib import Path

from bench.background import Background
from bench.processes import Programs
from bench.show import arrivals
from bench.site.page import page
from bench.site.verdict import Measured, Sample, Seen, judge
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
EVERY_S = 1.0


def main(argv: list[str] | None = None) -> int:
    asked, flags = _own_flags(argv)
    settings = load(PrimarySettings, PROGRAM, str(__doc__).split("\n", 1)[0], flags)
    with Programs() as programs:
        trouble = _show_there(settings, flags, asked.with_worker, programs)
        if not trouble:
            measured, trouble = _measure(settings, asked.seconds)
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
) -> str:
    """Why there is no show to measure; empty when one answers."""
    trouble = keys_trouble(settings.keys, "viewer")
    if trouble:
        return trouble
    show = running.running_show(settings)
    if show is None:
        lines = network.ports(settings, ours=False)
        red = [f"{one.says}; {one.to_do}" for one in lines if one.colour == "red"]
        if red:
            return f"no show runs, and none can be started: {red[0]}"
        programs.start("app.py", *flags)
        if with_worker:
            programs.start("transform.py", *_worker_flags(settings))
        end_s = time.monotonic() + START_S
        while show is None and time.monotonic() < end_s:
            time.sleep(0.2)
            show = running.running_show(settings)
    if show is None:
        return f"app.py was started, and did not answer within {START_S:g} s: start it by hand"
    return f"a show runs, but {show.trouble}" if show.trouble else ""


def _worker_flags(settings: PrimarySettings) -> list[str]:
    return [
        f"--primary_hostname={local_name(settings.bind)}",
        f"--job_port={settings.job_port}",
        f"--result_port={settings.result_port}",
        f"--target_fps={float(settings.rate):g}",
        f"--warmup=1x{settings.size.height}x{settings.size.width}x3",
    ]


def _measure(settings: PrimarySettings, seconds: float) -> tuple[Measured | None, str]:
    with ExitStack() as resources:
        host = local_name(settings.bind)
        feed = sockets.feed_in(
            resources, host, settings.output_port, latest_only=False, key=viewer_key(settings.keys)
        )
        if not feed.poll(int(PICTURE_S * 1000)):
            return None, f"no picture came within {PICTURE_S:g} s; python app.py --doctor says why"
        # The status shows rates over two seconds. Received all the while: what piles up unread
        # would be counted as late.
        _watch(feed, 2.5 if seconds > 5 else 0.2)
        with Samples(settings) as samples:
            seen = _watch(feed, seconds)
        samples.look()
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


def _watch(feed: sockets.Socket, seconds: float) -> list[Seen]:
    return [
        Seen(one.came_s, one.latency_ms, one.picture.index, len(one.picture.jpg))
        for one in arrivals(feed, time.monotonic() + seconds)
    ]


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
        show = running.running_show(self._settings)
        stream = show.status.get("stream") if show else None
        if not isinstance(stream, dict):
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
