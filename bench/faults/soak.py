"""A show that runs for as long as it is told to, while something happens to it now and then.

    python -m bench.soak --minutes 20 --fps 60 --seed 7 --out /tmp/soak
    python -m bench.soak --minutes 2 --fps 30 --size 64 --busy     on a machine that does more

app.py on numbered pictures, three workers, one of which lies when it is told to, a page with
pictures, a reader of moving JPEG, two viewers of the feed, and somebody who changes parameters.
Faults strike at moments that the seed gives; the same seed, the same faults at the same moments.
Each second's memory, descriptors, threads, latency, silence and drops are a row of soak.csv, and
all of them are drawn in soak.svg.

Broken are: a picture out of order, twice, not whole or not that of its stamp; a frame that is in
no counter; a fault that cost more than its class may; descriptors or threads that are not what
they were at the start; memory of app, stream or control that grows by more than its noise. While
this machine itself has no time (a thread that only sleeps wakes up 30 ms late, or less than 15 %
of the processors is idle), nothing is judged by the clock, and the output says how often.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.charts import Curve, Panel, draw
from bench.faults import catalogue
from bench.faults.endure import Busy, Endurance, Guests, Struck, kind_of, suited
from bench.faults.growth import LASTING, growth
from bench.faults.rows import DROPS, Recorder, Row
from bench.faults.schedule import schedule
from bench.faults.show import WITH_SCRIPTED, RecordedShow
from bench.faults.stalls import Stalls
from bench.report import command, machine, say_broken

assert catalogue  # importing it fills the table

LINES = 40  # of the log, that are shown when something is broken
MOST_MB = 40.0  # that a process may grow whose life is too short for a slope


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60:3}:{int(seconds) % 60:02}"


def words(struck: Struck) -> str:
    """A line for one fault."""
    mark, trial = struck
    line = f"{clock(mark.start_s)}  {mark.name:<24}"
    if trial is None:
        return f"{line}the show did not get over it"
    figures = trial.figures
    normal = "never" if figures.normal_s is None else f"{figures.normal_s:.1f} s"
    cost = f"lost {figures.lost}, silent {figures.silence_ms:.0f} ms, normal after {normal}"
    busy = "; this machine had no time" if trial.busy else ""
    return f"{line}{cost}{busy}{'; BROKEN' if trial.broken else ''}"


def grown(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    """Prints how each process grew; what must not grow and did is returned."""
    broken = []
    for name in names:
        found = growth(rows, name)
        if found is None:
            continue
        too_much = found.slope is None and found.last_mb - found.first_mb > MOST_MB
        if name in LASTING and (found.grows or too_much):
            broken.append(f"memory grows: {found.words()}")
        print(f"  {found.words()}")
    return broken


def figures(rows: Sequence[Row], seen: int) -> None:
    drops: Counter[str] = Counter()
    for row in rows:
        drops.update(row.drops)
    peace = [row for row in rows if not row.fault]
    latency = [row.p50_ms for row in rows if row.p50_ms is not None]
    worst = max((row.p99_ms for row in peace if row.p99_ms is not None), default=0.0)
    told = ", ".join(f"{count} {name}" for name, count in drops.items() if count)
    print(f"  {len(rows)} s, {seen} pictures seen; dropped: {told or 'none'}")
    if latency:
        print(f"  latency: middle of p50 {statistics.median(latency):.0f} ms, "
              f"largest p99 of a second without a fault {worst:.0f} ms")  # fmt: skip
    for what in ("descriptors", "threads"):
        ends = [sum(getattr(one, what) for one in row.held.values()) for row in (rows[0], rows[-1])]
        most = max(sum(getattr(one, what) for one in row.held.values()) for row in rows)
        print(f"  {what}: {ends[0]} at first, {ends[1]} at last, at most {most}")


def panels(rows: Sequence[Row], names: Sequence[str], fps: float) -> list[Panel]:
    """The rows as panels above each other."""
    times = [row.at_s for row in rows]

    def curve(name: str, value: Callable[[Row], float | None]) -> Curve:
        return Curve(name, times, [value(row) for row in rows])

    def held(what: str) -> list[Curve]:
        return [
            curve(name, lambda row, n=name: getattr(row.held.get(n), what, None)) for name in names
        ]

    latency = [
        curve("p50", lambda row: row.p50_ms),
        curve("p99", lambda row: row.p99_ms),
        curve("delay", lambda row: row.delay_ms or None),
    ]
    silence = [curve("seen", lambda row: row.silence_ms)]
    drops = [curve(name, lambda row, n=name: float(row.drops.get(n, 0))) for name in DROPS]
    return [
        Panel("memory, MB", held("memory_mb"), high=1.6),
        Panel("descriptors", held("descriptors")),
        Panel("threads", held("threads")),
        Panel("pictures a second", [curve("seen", lambda row: row.fps)], level=("offered", fps)),
        Panel("latency, ms", latency, logarithmic=True, lowest=10),
        Panel("longest silence, ms", silence, logarithmic=True, lowest=10),
        Panel("dropped a second", drops, logarithmic=True),
    ]


def parse() -> argparse.Namespace:
    parser = command(__doc__, minutes=20.0, fps=60.0, seed=7)
    parser.add_argument("--size", type=int, default=256, help="pixels of a side")
    parser.add_argument("--rest", type=float, default=8, help="least seconds between two faults")
    parser.add_argument("--only", nargs="+", choices=list(suited()), metavar="FAULT")
    parser.add_argument("--out", type=Path, help="folder for soak.csv, soak.svg, history and log")
    parser.add_argument(
        "--busy",
        action="store_true",
        help="the machine does other work as well: nothing is judged by the clock",
    )
    return parser.parse_args()


def soak(options: argparse.Namespace, out: Path) -> list[str]:
    """What was broken."""
    seconds, chosen = 60 * options.minutes, options.only or list(suited())
    kinds = [kind_of(suited()[name]) for name in chosen]
    strikes = schedule(kinds, seconds, options.seed, options.rest)
    print(machine())
    print(f"{options.minutes:g} minutes at {options.fps:g} fps; {len(strikes)} faults of "
          f"{len(kinds)} kinds from seed {options.seed}", flush=True)  # fmt: skip
    kind = Busy if options.busy else RecordedShow
    flags = ("--resolution", str(options.size))
    with (
        kind(out, WITH_SCRIPTED, options.fps, options.seed, flags) as show,
        Guests(show, options.seed),
    ):
        with Stalls() as stalls, Recorder(show, out) as recorder:
            endurance = Endurance(show, recorder, stalls, options.busy)
            for struck in endurance.run(strikes, seconds):
                print(words(struck), flush=True)
        endurance.at_the_end()
    rows, broken = recorder.rows, endurance.broken
    figures(rows, endurance.seen)
    if not options.busy:
        excused = sum(one.trial.busy for one in endurance.struck if one.trial)
        print(f"  not judged by the clock, for this machine had no time: {excused} faults of "
              f"{len(endurance.struck)}, {endurance.excused} pictures at rest")  # fmt: skip
    broken += grown(rows, recorder.names)
    if not options.busy and len(rows) < 0.95 * seconds:
        broken.append(f"only {len(rows)} of {seconds:.0f} seconds were recorded")
    if options.out:
        title = (f"{options.minutes:g} minutes at {options.fps:g} fps, three workers, "
                 f"{len(endurance.struck)} faults from seed {options.seed}")  # fmt: skip
        marks = [struck.mark for struck in endurance.struck]
        draw(out / "soak.svg", title, panels(rows, recorder.names, options.fps), marks)
        print(f"  {out / 'soak.csv'}, {out / 'soak.svg'}")
    return broken


def main() -> int:
    options = parse()
    with tempfile.TemporaryDirectory(prefix="afterimage-soak-") as folder:
        out = options.out or Path(folder)
        try:
            broken = soak(options, out)
        except RuntimeError as error:
            broken = [str(error)]
        if broken:
            log = (out / "log.txt").read_text("utf-8").splitlines()
            print("its log's last lines:\n  " + "\n  ".join(log[-LINES:]))
    return say_broken(broken)


if __name__ == "__main__":
    raise SystemExit(main())
