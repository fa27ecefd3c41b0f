"""A whole show as its user starts it: app.py, workers, and a viewer of the public feed."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from bench.ports import free_ports
from bench.processes import Ending, cpu_s, memory_mb, percentiles, tree
from lib.wire import sockets
from lib.wire.keys import viewer_key
from lib.wire.messages import decode_picture
from lib.wire.ports import USUAL

PORTS = tuple(USUAL)


@dataclass
class Seen:
    """What a SUB on 5557 saw, and what it cost."""

    fps: float
    cpu_ms: float  # a frame, primary and workers together
    latency: dict[str, float]
    gaps_ms: dict[str, float]
    longest_gap_ms: float
    jitter_ms: float  # standard deviation of the gaps
    missing: int  # indices that were never seen
    backwards: int
    memory_mb: float
    primary_cores: float
    worker_cores: float
    counts: dict[str, int] = field(default_factory=dict)


class Show:
    """Started on entering, ended on leaving."""

    patience_ms = 20_000  # until the first picture

    def __init__(self, directory: Path, fps: float, workers: list[str], *flags: str) -> None:
        self._flags = ["--mode", "video", "--directory", str(directory), "--fps", f"{fps:g}"]
        # What the machine can do is measured, not what is left of the pictures where it can not.
        self._flags += ["--headless", "--relief", "off", *flags]
        self._workers = workers
        self._programs: list[list[str]] = []  # workers of other kinds
        self.ports = dict(zip(PORTS, free_ports(4), strict=True))
        self._ending = Ending()
        self.resources = ExitStack()
        # What somebody plays on this machine is not to be measured, and not to be overwritten.
        state = self.resources.enter_context(TemporaryDirectory(prefix="afterimage-bench-"))
        self._flags += ["--state_dir", state]
        self.osc_port = 0

    def add_sleepers(self, count: int, delay_ms: float) -> None:
        """Workers that only wait, all in one process."""
        self.add_program(
            "bench.cost.sleepers", "--workers", str(count), "--delay_ms", f"{delay_ms:g}"
        )

    def add_program(self, module: str, *flags: str) -> None:
        """A worker that is a module of its own."""
        self._programs.append(["-m", module, *flags])

    def __enter__(self) -> Show:
        self.start_primary()
        self.workers = [self.start_worker(flags) for flags in self._workers]
        for program in self._programs:
            command = [sys.executable, *program, *self._flag(2)]
            self.workers.append(self._ending.start(command))
        port = self.ports["output_port"]
        key = viewer_key(os.environ.get("KEYS", ""))  # as the programs have it
        self.viewer = sockets.feed_in(self.resources, "127.0.0.1", port, key, latest_only=False)
        if not self.viewer.poll(self.patience_ms):
            self.__exit__(None, None, None)
            raise RuntimeError("no picture came")
        return self

    def start_primary(self) -> None:
        osc = ["--osc_port", str(self.osc_port)]
        command = [sys.executable, "app.py", *self._flag(4), *self._flags, *osc]
        self.primary = self._ending.start(command)

    def start_worker(self, flags: str) -> subprocess.Popen[bytes]:
        worker = [sys.executable, "transform.py", "--engine", "identity"]
        return self._ending.start([*worker, *self._flag(2), *flags.split()])

    def _flag(self, count: int) -> list[str]:
        """The first so many ports as flags: a worker knows two of the four."""
        return [text for name in PORTS[:count] for text in (f"--{name}", str(self.ports[name]))]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.resources.close()
        self._ending.__exit__(kind, error, trace)

    def role(self, name: str) -> list[int]:
        """The process of the primary that plays this role."""
        found = []
        for pid in tree(self.primary.pid):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if words[-3:-1] == [b"--role", name.encode()]:
                found.append(pid)
        return found

    def pids(self) -> tuple[list[int], list[int]]:
        return tree(self.primary.pid), [pid for one in self.workers for pid in tree(one.pid)]

    def status(self) -> dict[str, object]:
        stream = self._host_status()["stream"]
        assert isinstance(stream, dict)
        return stream

    def watchers(self) -> int:
        """Pages and players that look at the moving picture."""
        watchers = self._host_status()["watchers"]
        assert isinstance(watchers, int)
        return watchers

    def _host_status(self) -> dict[str, object]:
        url = f"http://127.0.0.1:{self.ports['settings_port']}/status"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return dict(json.load(answer))

    def counts(self) -> dict[str, int]:
        stages = self.status()["stages"]
        assert isinstance(stages, dict)
        return {f"{s}.{n}": c for s, stage in stages.items() for n, c in stage["counts"].items()}

    def share(self, name: str) -> float:
        """Which part of the frames this worker makes; 0 while it makes none."""
        workers = self.status()["workers"]
        assert isinstance(workers, list)
        return sum(float(worker["share"]) for worker in workers if worker["name"] == name)

    def known(self, name: str) -> bool:
        workers = self.status()["workers"]
        assert isinstance(workers, list)
        return any(worker["name"] == name for worker in workers)

    def answers(self) -> bool:
        """Whether the control port does."""
        try:
            return bool(self.status())
        except (OSError, KeyError, AssertionError):
            return False

    def until_answered(self, seconds: float = 20) -> None:
        """Frames may flow before the control port answers."""
        end = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() > end:
                raise RuntimeError("the control port does not answer")
            time.sleep(0.1)

    def service_ms(self) -> float:
        """From a job's leaving to its result, the median of late."""
        stages = self.status()["stages"]
        assert isinstance(stages, dict)
        return float(stages["workers"]["ms"][0])

    def held_ms(self) -> float:
        """From coming back to the feed, the p99 of late."""
        stages = self.status()["stages"]
        assert isinstance(stages, dict)
        return float(stages["playout"]["ms"][2])

    def states(self) -> dict[str, int]:
        """How many workers are in which state."""
        workers = self.status()["workers"]
        assert isinstance(workers, list)
        return dict(Counter(worker["state"] for worker in workers))

    def settle(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.viewer.poll(50):
                self.viewer.recv()

    def watch(self, seconds: float) -> Seen:
        """Count, time and check every picture for so long."""
        counts_before = self.counts()
        primary, workers = self.pids()
        cpu_before = cpu_s(primary), cpu_s(workers)
        start_s = time.monotonic()
        arrivals: list[float] = []
        latencies: list[float] = []
        indices: list[int] = []
        while (now_s := time.monotonic()) < start_s + seconds:
            if not self.viewer.poll(50):
                continue
            picture = decode_picture(self.viewer.recv())
            latencies.append(time.time() * 1000 - picture.timestamp)
            arrivals.append(now_s)
            indices.append(picture.index)
        span_s = time.monotonic() - start_s
        used = cpu_s(primary) - cpu_before[0], cpu_s(workers) - cpu_before[1]
        self.settle(0.6)  # the status is a little behind
        counts = {name: count - counts_before.get(name, 0) for name, count in self.counts().items()}
        gaps = [1000 * (later - earlier) for earlier, later in pairwise(arrivals)]
        frames = max(1, len(indices))
        return Seen(
            fps=len(indices) / span_s,
            cpu_ms=1000 * sum(used) / frames,
            latency=percentiles(latencies),
            gaps_ms=percentiles(gaps),
            longest_gap_ms=max(gaps, default=float("nan")),
            jitter_ms=statistics.pstdev(gaps) if gaps else float("nan"),
            missing=(indices[-1] - indices[0] + 1 - len(indices)) if indices else 0,
            backwards=sum(later <= earlier for earlier, later in pairwise(indices)),
            memory_mb=memory_mb(primary + workers),
            primary_cores=used[0] / span_s,
            worker_cores=used[1] / span_s,
            counts=counts,
        )
