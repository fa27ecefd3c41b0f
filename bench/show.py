"""A whole show as its user starts it: app.py, workers, and a viewer of the public feed."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from bench.asking import Asker
from bench.ports import LOCAL, free_ports
from bench.processes import Program, Programs, cpu_s, memory_mb, tree
from bench.report import percentiles
from bench.status import sample_of
from lib.wire import sockets
from lib.wire.keys import viewer_key
from lib.wire.messages import Picture, WireError, decode_picture
from lib.wire.ports import USUAL

PORTS = tuple(USUAL)


class Arrival(NamedTuple):
    """A picture of the feed as a viewer gets it."""

    came_s: float  # monotonic
    latency_ms: float
    picture: Picture


def arrivals(feed: sockets.Socket, until_s: float) -> Iterator[Arrival]:
    """What comes on the feed until then, on the monotonic clock."""
    while (left_s := until_s - time.monotonic()) > 0:
        if feed.poll(min(50, int(1000 * left_s) + 1)):
            data, came_s, wall_ms = feed.recv(), time.monotonic(), 1000 * time.time()
            try:
                picture = decode_picture(data)
            except WireError:
                continue
            yield Arrival(came_s, wall_ms - picture.timestamp, picture)


class Seen(NamedTuple):
    """What a SUB on 5557 saw, and what it cost."""

    fps: float
    latency: dict[str, float]
    jitter_ms: float  # standard deviation of the gaps
    missing: int  # indices that were never seen
    backwards: int
    memory_mb: float
    cores: dict[str, float]  # of the primary, of its stream and control alone, of all workers
    counts: Mapping[str, int]

    def cpu_ms(self, *who: str) -> float:
        """A frame."""
        return 1000 * sum(self.cores[name] for name in who or ("primary", "workers")) / self.fps


class Show:
    """Started on entering, ended on leaving."""

    patience_ms = 20_000  # until the first picture

    def __init__(self, directory: Path, fps: float, workers: list[str], *flags: str) -> None:
        self._flags = ["--mode", "video", "--directory", str(directory), "--fps", f"{fps:g}"]
        # What the machine can do is measured, not what is left of the pictures where it cannot.
        self._flags += ["--headless", "--relief", "off", *flags]
        self._workers = workers
        self.ports = dict(zip(PORTS, free_ports(4), strict=True))
        self._programs = Programs()
        self.resources = ExitStack()
        # What somebody plays on this machine is not to be measured, and not to be overwritten.
        state = self.resources.enter_context(TemporaryDirectory(prefix="afterimage-bench-"))
        self._flags += ["--state_dir", state]
        self.osc_port = self.stills_port = self.signals_port = 0
        self.token: dict[str, str] = {}  # as a header
        if "--control_token" in flags:
            token = flags[flags.index("--control_token") + 1]
            self.token = {"Authorization": f"Bearer {token}"}

    def __enter__(self) -> Show:
        self.start_primary()
        self.workers = [self.start_worker(flags) for flags in self._workers]
        key = viewer_key(os.environ.get("KEYS", ""))  # as the programs have it
        port = self.ports["output_port"]
        self.viewer = sockets.feed_in(self.resources, LOCAL, port, key, latest_only=False)
        if not self.viewer.poll(self.patience_ms):
            self.__exit__()
            raise RuntimeError("no picture came")
        return self

    def __exit__(self, *_: object) -> None:
        self.resources.close()
        self._programs.__exit__()

    def _primary_command(self) -> list[str]:
        ours = ("--osc_port", str(self.osc_port), "--stills_port", str(self.stills_port))
        ours += ("--signals_port", str(self.signals_port))
        return ["app.py", *self._port_flags(4), *self._flags, *ours]

    def start_primary(self) -> None:
        self.primary = self._programs.start(*self._primary_command())

    def start_worker(self, words: str) -> Program:
        """By its flags; one that is no transform.py, by `-m` and its module before them."""
        ours = [] if words.startswith("-m ") else ["transform.py", "--engine", "identity"]
        ours += [] if words.startswith("-m ") else ["--stills_port", str(self.stills_port)]
        return self._programs.start(*ours, *words.split(), *self._port_flags(2))

    def _port_flags(self, count: int) -> list[str]:
        """The first so many: a worker knows two of the four."""
        return [text for name in PORTS[:count] for text in (f"--{name}", str(self.ports[name]))]

    # --- its processes

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

    # --- its control port

    def ask(self, method: str, path: str, document: object = None, timeout_s: float = 5) -> Any:
        with closing(Asker(self.ports["settings_port"], self.token, timeout_s)) as line:
            return line.ask(method, path, document)

    def status(self) -> dict[str, Any]:
        """What the stream says; KeyError before it has said anything."""
        stream = self.ask("GET", "/status")["stream"]
        if stream is None:
            raise KeyError("stream")
        return dict(stream)

    def watchers(self) -> int:
        """Pages and players that look at the moving picture."""
        return int(self.ask("GET", "/status")["watchers"])

    def counts(self) -> Mapping[str, int]:
        return sample_of(self.ask("GET", "/status"), time.monotonic()).counts

    def late_ms(self, stage: str, place: int) -> float:
        """Of late, by the status: p50, p95 and p99 are places 0, 1 and 2."""
        return float(self.status()["stages"][stage]["ms"][place])

    def known(self) -> dict[str, dict[str, Any]]:
        """The workers by name."""
        return {one["name"]: one for one in self.status()["workers"]}

    def answers(self) -> bool:
        """Whether the control port does."""
        try:
            return bool(self.status())
        except (OSError, KeyError):
            return False

    # --- time

    def until(self, true: Callable[[], object], seconds: float, otherwise: str) -> None:
        end_s = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end_s:
                raise RuntimeError(f"{otherwise} after {seconds:g} s")
            time.sleep(0.02)

    def until_answered(self, seconds: float = 20) -> None:
        """Frames may flow before the control port answers."""
        self.until(self.answers, seconds, "the control port does not answer")

    def settle(self, seconds: float) -> None:
        for _ in arrivals(self.viewer, time.monotonic() + seconds):
            pass

    def watch(self, seconds: float) -> Seen:
        """Count, time and check every picture for so long."""
        self.settle(0.1)  # what piled up while nobody looked is not of this while
        counts_before = self.counts()
        primary, workers = self.pids()
        pids = {"primary": primary, "workers": workers}
        pids |= {name: self.role(name) for name in ("stream", "control")}
        cpu_before, start_s = {name: cpu_s(pids[name]) for name in pids}, time.monotonic()
        times, latencies, indices = [], [], []
        for came_s, latency_ms, picture in arrivals(self.viewer, start_s + seconds):
            times.append(1000 * came_s)
            latencies.append(latency_ms)
            indices.append(picture.index)
        span_s = time.monotonic() - start_s
        cores = {name: (cpu_s(pids[name]) - cpu_before[name]) / span_s for name in pids}
        self.settle(0.6)  # the status is a little behind
        counts = {name: count - counts_before.get(name, 0) for name, count in self.counts().items()}
        gaps = steps(times)
        return Seen(
            fps=len(indices) / span_s,
            latency=percentiles(latencies),
            jitter_ms=statistics.pstdev(gaps) if gaps else float("nan"),
            missing=(indices[-1] - indices[0] + 1 - len(indices)) if indices else 0,
            backwards=sum(step <= 0 for step in steps(indices)),
            memory_mb=memory_mb(primary + workers),
            cores=cores,
            counts=counts,
        )


def steps(values: Sequence[float]) -> list[float]:
    """From each to the next."""
    return [later - earlier for earlier, later in pairwise(values)]
