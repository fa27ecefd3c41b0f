"""The show under attack: a primary on numbered pictures, workers by name, a viewer that writes
its history, and the status and the log as they were at each moment."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from bench.faults.history import History, Line
from bench.pictures import SIDE, fill_numbered
from bench.processes import Program, Sample, sample
from bench.show import Show
from bench.status import StatusPoller, StatusSample

DELAY_MS = 25  # two of three workers are just enough for 60 frames a second
BACK = re.compile(r"worker \S+ (is too slow|silent|answers too late)")  # on its way back yet
LOG_LINES = 50_000  # that stay in memory; the file has all
CALM_S = 1.0  # so long all must be as it should before it counts as normal


@dataclass(frozen=True)
class WorkerSpec:
    """One worker: what is added to the command that starts it. A later flag wins."""

    name: str
    flags: tuple[str, ...] = ()
    before: tuple[str, ...] = ()  # a program that starts it in its own place, such as nsenter
    scripted: bool = False  # bench.faults.scripted_worker instead of transform.py


THREE = tuple(WorkerSpec(f"w{number}") for number in range(3))
WITH_SCRIPTED = (WorkerSpec("w0", scripted=True), *THREE[1:])


@dataclass
class Worker:
    """A worker of the show, and its process as it is now."""

    spec: WorkerSpec
    program: Program


class LogLine(NamedTuple):
    at_s: float
    program: str
    words: str


class Log:
    """One thread for each process, which ends with it."""

    def __init__(self, path: Path) -> None:
        self._out = path.open("w", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()
        self._lines: deque[LogLine] = deque(maxlen=LOG_LINES)

    def follow(self, name: str, program: Program) -> None:
        threading.Thread(target=self._read, args=(name, program), daemon=True).start()

    def _read(self, name: str, program: Program) -> None:
        assert program.stderr is not None
        for text in program.stderr:
            line = LogLine(time.monotonic(), name, text.decode("utf-8", "replace").rstrip())
            with self._lock:
                self._lines.append(line)
                if not self._out.closed:
                    print(f"{line.at_s:.3f} {name}: {line.words}", file=self._out)
        program.stderr.close()

    def since(self, at_s: float) -> list[LogLine]:
        with self._lock:
            return [line for line in self._lines if line.at_s >= at_s]

    def first(self, pattern: str, since_s: float) -> LogLine | None:
        """The first line that holds this pattern."""
        return next((one for one in self.since(since_s) if re.search(pattern, one.words)), None)

    def close(self) -> None:
        with self._lock:
            self._out.close()


class RecordedShow(Show):
    """Started on entering, ended on leaving; all that it writes lies in `out`."""

    def __init__(
        self,
        out: Path,
        specs: Sequence[WorkerSpec] = THREE,
        fps: float = 60,
        seed: int = 0,
        flags: Sequence[str] = (),
    ) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self.out, self.fps = out, fps
        self.pictures = out / "pictures"
        fill_numbered(self.pictures)
        super().__init__(self.pictures, fps, [], "--resolution", str(SIDE), *flags)
        self.random = random.Random(seed)
        # What stands in an .env on this machine is not to be measured.
        self.environment = {"ENV_FILE": str(out / "env")}
        self._specs = specs
        self.crew: dict[str, Worker] = {}
        self.poller = StatusPoller(self.ports["settings_port"], self.token)
        self.entered_s = self.struck_s = self.healed_s = self.left_s = 0.0
        self.fault = ""  # the one that is at work
        self.beside: Any = None  # what the fault's setting put beside it

    def flag(self, *words: str) -> None:
        """More for app.py, before the show is entered."""
        self._flags += words

    def respecify(self, name: str, *flags: str, before: Sequence[str] = ()) -> None:
        """A worker is started in this way, from before the show is entered."""
        self._specs = [
            replace(spec, flags=(*spec.flags, *flags), before=tuple(before))
            if spec.name == name
            else spec
            for spec in self._specs
        ]

    def __enter__(self) -> RecordedShow:
        """Returns when all is normal."""
        self.log = Log(self.out / "log.txt")
        self.resources.callback(self.log.close)
        try:
            self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """The programs first: what they write into must not vanish under them."""
        self._programs.__exit__()
        self.resources.close()

    def _open(self) -> None:
        path, port = self.out / "history.csv", str(self.ports["output_port"])
        path.touch()
        self._programs.start("-m", "bench.faults.history", "--port", port, "--out", str(path))
        self.history = History(path)
        self.resources.callback(self.history.close)
        self.start_primary()
        self.until_answered()
        self.resources.enter_context(self.poller)
        # Only now, so that the viewer is there before the first picture.
        for spec in self._specs:
            self.crew[spec.name] = self.hire(spec)
        self.until_normal()

    def start_primary(self) -> None:
        self.primary = self._logged("primary", *self._primary_command())

    def hire(self, spec: WorkerSpec) -> Worker:
        return Worker(spec, self._start_spec(spec))

    def _start_spec(self, spec: WorkerSpec) -> Program:
        program = ["transform.py", "--engine", "identity", "--stills_port", str(self.stills_port)]
        if spec.scripted:
            program = ["-m", "bench.faults.scripted_worker"]
        flags = ["--delay_ms", str(DELAY_MS), "--worker_id", spec.name, *spec.flags]
        return self._logged(spec.name, *program, *self._port_flags(2), *flags, before=spec.before)

    def _logged(self, name: str, *words: str, before: Sequence[str] = ()) -> Program:
        program = self._programs.start(
            *words, before=before, logged=True, environment=self.environment
        )
        self.log.follow(name, program)
        return program

    # --- its processes

    def any_worker(self) -> Worker:
        return self.random.choice(list(self.crew.values()))

    def restart(self, *workers: Worker) -> None:
        """Start them again, as their supervisor would, and return when they are up."""
        for worker in workers:
            worker.program.kill()
            worker.program = self._start_spec(worker.spec)
        self.until(lambda: all(map(self._is_up, workers)), 20, "a worker is not up")

    def _is_up(self, worker: Worker) -> bool:
        said = self.log.since(worker.program.started_s)
        return any(one.program == worker.spec.name and "engine:" in one.words for one in said)

    def pids_by_name(self) -> dict[str, int]:
        """Each process of the show by its role or name; one that is away is left out."""
        found = {"app": self.primary.pid} if self.primary.alive else {}
        for role in ("stream", "control"):
            with suppress(OSError):  # it ends while we look
                found |= dict(zip([role], self.role(role), strict=False))
        return found | {
            name: one.program.pid for name, one in self.crew.items() if one.program.alive
        }

    def sample(self) -> Sample:
        return sample(self.pids_by_name())

    # --- what it said and showed

    @property
    def said(self) -> StatusSample:
        return self.poller.last

    def seen(self, since_s: float, until_s: float = float("inf")) -> list[Line]:
        return self.history.between(since_s, until_s)

    # --- time

    @contextmanager
    def under(self, fault: str) -> Iterator[None]:
        """While a fault is at work; it strikes on entering and heals on leaving, or says when."""
        self.fault, self.healed_s = fault, 0.0
        self.struck_s = self.entered_s = time.monotonic()
        try:
            yield
        finally:
            self.fault, self.left_s = "", time.monotonic()
            self.healed_s = self.healed_s or self.left_s

    def struck(self) -> None:
        """The fault begins at this moment: for one that needs preparation."""
        self.struck_s = time.monotonic()

    def healed(self) -> None:
        """The fault is over at this moment: what it had broken is up again."""
        self.healed_s = time.monotonic()

    def until_normal(self, seconds: float = 30) -> None:
        """All workers at work and the whole rate at the viewer, and nothing said against one of
        them, for a second."""
        self.until(self._is_normal, seconds, "the show is not normal")

    def _is_normal(self) -> bool:
        since_s = time.monotonic() - CALM_S
        samples = self.poller.since(since_s)
        at_work = samples and all(
            one.workers.get(name) == "active" for one in samples for name in self.crew
        )
        if any(BACK.match(words) for one in samples for words in one.warnings):
            return False
        return bool(at_work) and len(self.seen(since_s)) >= 0.9 * self.fps * CALM_S

    def play(self, **change: object) -> None:
        """Change parameters."""
        self.ask("PATCH", "/params", change)
