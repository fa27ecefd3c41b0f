"""Every fault that a show must bear, several times each, held against what is promised.

    python -m bench.chaos                              all of them, three times each
    python -m bench.chaos --list                       what there is
    python -m bench.chaos --only "kill one" --runs 5
    python -m bench.chaos --markdown                   the table as docs/benchmarks.md has it

A show of app.py and three workers at 60 frames a second, two of which are just enough, read by a
viewer that writes down each picture. The pictures carry numbers, so each can be held against its
stamp. What is broken is named, and makes the exit code 1. Histories and logs stay under --out.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.faults import catalogue
from bench.faults.checker import Trial
from bench.faults.stalls import Stalls
from bench.faults.table import TABLE, Fault
from bench.faults.trial import Shows
from bench.report import command, machine, say_broken

assert catalogue  # importing it fills the table


def cells(fault: Fault, trials: Sequence[Trial]) -> dict[str, str]:
    """A row of the table: medians, lowest to highest in brackets."""
    figures, limits = [one.figures for one in trials], fault.limits
    first = next((one for one in figures if one.named), None)

    def spread(name: str, digits: int, asked: object = True) -> str:
        return _spread([getattr(one, name) for one in figures], digits) if asked else ""

    return {
        "fault": fault.words,
        "lost": spread("lost", 0),
        "silence, ms": spread("silence_ms", 0),
        "normal after, s": spread("normal_s", 1),
        "first picture after, s": spread("picture_s", 1, limits.picture_s),
        "out of rotation after, s": spread("out_s", 2, limits.out_s),
        "thinned": spread("thinned", 0),
        "latency p99, ms": _spread([one.latency_ms["p99"] for one in figures], 0),
        "memory, MB": f"{figures[0].memory_mb[0]:.0f} > {figures[-1].memory_mb[1]:.0f}",
        "said after, s": spread("named_s", 1, limits.says),
        "the status said": first.named if first else limits.why_silent,
    }


def _spread(values: Sequence[float | None], digits: int) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "never"
    middle = f"{statistics.median(known):.{digits}f}"
    low, high = (f"{edge:.{digits}f}" for edge in (min(known), max(known)))
    never = f", never {len(values) - len(known)} times" if len(known) < len(values) else ""
    return (middle if low == high else f"{middle} ({low} to {high})") + never


def parse() -> argparse.Namespace:
    parser = command(__doc__, list=False, runs=3, fps=60.0, seed=1, markdown=False)
    parser.add_argument("--only", nargs="+", choices=list(TABLE), metavar="NAME")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


class Suite:
    """Runs faults and prints what each cost."""

    def __init__(self, shows: Shows, runs: int) -> None:
        self.missed: list[str] = []
        self.rows: list[dict[str, str]] = []
        self._shows, self._runs = shows, runs
        self._busy = self._done = 0

    def run(self, fault: Fault) -> None:
        if lacking := fault.needs():
            print(f"  left out: {lacking}")
            return
        start_s = time.monotonic()
        try:
            trials = self._shows.run(fault, self._runs)
        except RuntimeError as error:
            self._miss(f"{fault.name}: {error}")
            return
        row = cells(fault, trials)
        self.rows.append(row)
        for name, cell in list(row.items())[1:]:
            print(f"  {name:<26}{cell}")
        for number, one in enumerate(trials, 1):
            why = " (this machine had no time meanwhile)" if one.busy else ""
            for words in one.broken:
                self._miss(f"{fault.name}, run {number}: {words}{why}")
        print(f"  took {time.monotonic() - start_s:.0f} s", flush=True)

        self._busy += sum(one.busy for one in trials)
        self._done += len(trials)

    def _miss(self, words: str) -> None:
        self.missed.append(words)
        print(f"  MISSED {words}", flush=True)

    @property
    def noise(self) -> str:
        """How far this machine itself can be believed."""
        return f"in {self._busy} of {self._done} runs this machine had no time for a moment"

    def print_table(self) -> None:
        for number, row in enumerate(self.rows):
            if number == 0:
                print("\n| " + " | ".join(row) + " |\n|" + "---|" * len(row))
            print("| " + " | ".join(row.values()) + " |")


def main() -> int:
    options = parse()
    if options.list:
        for fault in TABLE.values():
            print(f"{fault.name:<24}{fault.words}")
        return 0
    out = options.out or Path(tempfile.mkdtemp(prefix="afterimage-chaos-"))
    print(f"{machine()}; {options.runs} runs of each")
    print(f"histories and logs in {out}")
    chosen = [TABLE[name] for name in options.only or TABLE]
    with Stalls() as stalls, Shows(out, options.fps, options.seed, stalls) as shows:
        suite = Suite(shows, options.runs)
        for number, fault in enumerate(chosen, 1):
            print(f"\n[{number}/{len(chosen)}] {fault.name}: {fault.words}", flush=True)
            suite.run(fault)
    if options.markdown:
        suite.print_table()
    print(f"\nload at the end {os.getloadavg()[0]:.1f}; {suite.noise}")
    return say_broken(suite.missed)


if __name__ == "__main__":
    raise SystemExit(main())
