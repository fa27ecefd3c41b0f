"""Processes: started, spoken to, ended whatever happens, and what each of them uses."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]


def flags(about: str | None, **usual: object) -> argparse.ArgumentParser:
    """A parser of flags by name, each with its usual value, which says of what type it is."""
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, value in usual.items():
        how: Any = {"type": type(value), "default": value}
        parser.add_argument(f"--{name}", **{"action": "store_true"} if value is False else how)
    return parser


class Program(subprocess.Popen[bytes]):
    """One process. Words that begin with `-m` or a file of ours are for this Python, and `before`
    stands for a program that starts it in its own place.

    `talks`: it is spoken to by lines on its input and answers by lines on its output.
    `logged`: its input and its stderr are pipes to this process; otherwise stderr is thrown away.
    """

    def __init__(
        self,
        *words: str,
        before: Sequence[str] = (),
        talks: bool = False,
        logged: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        ours = words[0] == "-m" or words[0].endswith(".py")
        self.started_s = time.monotonic()
        super().__init__(
            [*before, *([sys.executable] if ours else []), *words],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE if talks or logged else None,
            stdout=subprocess.PIPE if talks else None,
            stderr=subprocess.PIPE if logged else None if talks else subprocess.DEVNULL,
            start_new_session=talks,  # Ctrl+C is for us: what was changed is put right in order
        )

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def alive(self) -> bool:
        return self.poll() is None

    def tell(self, line: str) -> None:
        assert self.stdin
        self.stdin.write(f"{line}\n".encode())
        self.stdin.flush()

    def hear(self) -> str:
        """Its next line; empty when it has ended."""
        assert self.stdout
        return self.stdout.readline().decode().strip()

    def ask(self, line: str) -> str:
        self.tell(line)
        return self.hear()

    def kill(self) -> None:
        """At once, and gone when this returns."""
        super().kill()
        self.wait()

    def end(self) -> None:
        """In order, also where it was suspended; killed after five seconds."""
        for number in (signal.SIGCONT, signal.SIGTERM):
            self.send_signal(number)
        try:
            self.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()
        for pipe in (self.stdin, self.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()


class Programs:
    """Ends all that it started."""

    def __init__(self) -> None:
        self._programs: list[Program] = []

    def __enter__(self) -> Programs:
        return self

    def __exit__(self, *_: object) -> None:
        for program in self._programs:  # first all together: each takes its time
            program.send_signal(signal.SIGCONT)
            program.terminate()
        for program in self._programs:
            program.end()

    @property
    def pids(self) -> list[int]:
        return [program.pid for program in self._programs]

    def start(self, *words: str, **how: Any) -> Program:
        self._programs.append(Program(*words, **how))
        return self._programs[-1]


def run(
    *words: str, environment: Mapping[str, str] | None = None, timeout_s: float = 60
) -> subprocess.CompletedProcess[str]:
    """A program of ours to its end, with what it said."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


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
            with suppress(OSError):
                total_ns += int(thread.read_text().split()[0])
    return total_ns / 1e9


def idle_s() -> float:
    """Time that the processors of this machine stood idle since it started, all together."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pids: list[int]) -> float:
    """Proportional memory, so that shared pages count once."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return total / 1024


class Held(NamedTuple):
    """By one process. Memory is what it has in RAM and what of it was swapped out."""

    memory_mb: float
    descriptors: int
    threads: int


class Sample(NamedTuple):
    """Of all processes at one moment, by name; one that is not there is left out."""

    at_s: float
    held: dict[str, Held]

    @property
    def memory_mb(self) -> float:
        return sum(one.memory_mb for one in self.held.values())

    @property
    def descriptors(self) -> int:
        return sum(one.descriptors for one in self.held.values())


def sample(pids: Mapping[str, int]) -> Sample:
    held = {name: _held(pid) for name, pid in pids.items()}
    return Sample(time.monotonic(), {name: one for name, one in held.items() if one})


def _held(pid: int) -> Held | None:
    try:
        text = Path(f"/proc/{pid}/status").read_text("utf-8")
        descriptors = len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - names are all it takes
    except OSError:
        return None
    said = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    kilobytes = sum(int(said.get(name, "0").split()[0]) for name in ("VmRSS", "VmSwap"))
    return Held(kilobytes / 1024, descriptors, int(said.get("Threads", "0")))
