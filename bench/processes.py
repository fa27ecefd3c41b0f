"""Processes, their CPU time, percentiles: what all benchmarks need."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[1]


class Ending:
    """Starts processes and ends them all, whatever happens."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Ending:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self._processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin:
                process.stdin.close()

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._processes]

    def start(
        self,
        command: list[str],
        quiet: bool = True,
        piped: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """`piped`: what it writes to stderr, and reads, goes through pipes to this process."""
        errors = subprocess.PIPE if piped else subprocess.DEVNULL if quiet else sys.stderr
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stderr=errors,
            stdin=subprocess.PIPE if piped else None,
            env={**os.environ, **environment} if environment else None,
        )
        self._processes.append(process)
        return process


def tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for parent in found:
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        except OSError:
            continue
        found += map(int, children.split())
    return found


def cpu_s(pids: list[int]) -> float:
    """Time on a processor, all threads, as the scheduler counts it: to the nanosecond, where
    utime and stime are samples of 10 ms that short bursts slip through."""
    total_ns = 0
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                total_ns += int(thread.read_text().split()[0])
            except OSError:
                continue
    return total_ns / 1e9


def idle_s() -> float:
    """Time that the processors of this machine stood idle since it started, all together."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pids: list[int]) -> float:
    """Proportional memory, so that shared pages count once."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return total / 1024


def percentiles(values: list[float]) -> dict[str, float]:
    ordered = sorted(values) or [float("nan")]
    last = len(ordered) - 1
    return {f"p{q}": ordered[round(last * q / 100)] for q in (50, 95, 99)}
