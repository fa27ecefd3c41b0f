"""What benchmarks print, how they are asked, and how they end."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.pictures import fill
from bench.processes import flags


def command(about: str | None, **usual: object) -> argparse.ArgumentParser:
    """The parser of a program that starts others: asked to end, it ends what it started, since a
    show left behind would spoil the next figures."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    return flags(about, **usual)


def machine() -> str:
    cores, python, load = os.cpu_count(), platform.python_version(), os.getloadavg()[0]
    return f"{platform.machine()}, {cores} cores, Python {python}; load {load:.1f}"


def percentiles(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values) or [float("nan")]
    last = len(ordered) - 1
    return {f"p{q}": ordered[round(last * q / 100)] for q in (50, 95, 99)}


def say_broken(broken: Sequence[str]) -> int:
    """What was broken, and the exit code."""
    for one in broken:
        print(f"BROKEN {one}")
    return 1 if broken else 0


class Report:
    """Prints each figure as median (lowest to highest) and keeps what missed its budget."""

    def __init__(self) -> None:
        self.missed: list[str] = []
        self._gathered: dict[str, tuple[list[float], dict[str, Any]]] = {}

    def add(self, name: str, value: float, unit: str, **budget: float | None) -> None:
        """One run's value, for a line that `say` prints with those of all runs."""
        values, _ = self._gathered.setdefault(name, ([], {"unit": unit, **budget}))
        values.append(value)

    def say(self) -> None:
        gathered, self._gathered = self._gathered, {}
        for name, (values, how) in gathered.items():
            self.line(name, values, **how)

    def line(self, name: str, values: Sequence[float], unit: str, most: float | None = None,
             least: float | None = None) -> float:  # fmt: skip
        middle = statistics.median(values)
        budget, mark = "", ""
        if most is not None:
            budget, mark = f"   at most {most:g}", "ok" if middle <= most else "MISSED"
        if least is not None:
            budget, mark = f"   at least {least:g}", "ok" if middle >= least else "MISSED"
        if mark == "MISSED":
            self.missed.append(name)
        spread = f"({min(values):.2f} to {max(values):.2f})"
        print(f"  {name:<46}{middle:9.2f} {unit:<8}{spread:<20}{budget} {mark}", flush=True)
        return middle


class Parts:
    """A benchmark whose parts are methods of their own."""

    def __init__(self, runs: int, seconds: float, pictures: Path) -> None:
        self.runs, self.seconds, self.pictures = runs, seconds, pictures
        self.report = Report()


def measure(about: str, kind: type[Parts], parts: Sequence[str]) -> int:
    """The parts that were asked for, by name; 1 if a budget does not hold."""
    parser = command(about, runs=3, seconds=6.0)
    parser.add_argument("--only", choices=parts, action="append")
    options = parser.parse_args()
    print(f"{machine()}; median of {options.runs} (lowest to highest)")
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        bench = kind(options.runs, options.seconds, Path(folder))
        for part in options.only or parts:
            method: Callable[[], None] = getattr(bench, part)
            print(f"\n{part}: {method.__doc__}")
            method()
            bench.report.say()
    return say_broken(bench.report.missed)
