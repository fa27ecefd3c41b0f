"""The show under attack: a primary on numbered pictures, workers by name, a viewer that writes
its history, and the status and the log as they were at each moment."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from bench.faults.history import History, Line
from bench.faults.logs import Logs, Said
from bench.faults.pictures import SIDE, fill
from bench.faults.sample import Sample, sample
from bench.faults.watch import Look, Watch
from bench.processes import tree
from bench.show import Show

DELAY_MS = 25  # two of three workers are just enough for 60 frames a second
BACK = re.compile(r"worker \S+ (is too slow|silent|answers too late)")  # on its way back yet
CALM_S = 1.0  # so long all must be as it should before it counts as normal


@dataclass(frozen=True)
class Cast:
    """One worker: what is added to the command that starts it. A later flag wins."""

    name: str
    flags: tuple[str, ...] = ()
    before: tuple[str, ...] = ()  # a program that starts it, such as ip netns exec NAME
    actor: bool = (
        False  # bench.faults.scripted_worker, which does what it is told, instead of transform.py
    )


THREE = tuple(Cast(f"w{number}") for number in range(3))


class Worker:
    """A worker's process, and what can be done to it."""

    def __init__(self, cast: Cast, start: Callable[[Cast], subprocess.Popen[bytes]]) -> None:
        self.cast, self._start = cast, start
        self.process = start(cast)
        self.started_s = time.monotonic()

    @property
    def name(self) -> str:
        return self.cast.name

    @property
    def pid(self) -> int:
        """Of the worker itself, also where another program starts it."""
        return tree(self.process.pid)[-1]

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.process.wait()

    def suspend(self) -> None:
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def restart(self) -> None:
        """As its supervisor would."""
        if self.alive:
            self.kill()
        self.started_s = time.monotonic()
        self.process = self._start(self.cast)

    def tell(self, words: str) -> None:
        """An actor does what its input says."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{words}\n".encode())
        self.process.stdin.flush()


def bearer(flags: Sequence[str]) -> dict[str, str]:
    """The header that a primary wants which listens to a network."""
    return {"Authorization": f"Bearer {flags[flags.index('--control_token') + 1]}"}


class Stage(Show):
    """Started on entering, ended on leaving; all that it writes lies in `out`."""

    def __init__(
        self,
        out: Path,
        casts: Sequence[Cast] = THREE,
        fps: float = 60,
        seed: int = 0,
        flags: Sequence[str] = (),
    ) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self.out, self.fps = out, fps
        self.pictures = out / "pictures"
        fill(self.pictures)
        super().__init__(self.pictures, fps, [], "--resolution", str(SIDE), *flags)
        self.random = random.Random(seed)
        # What stands in an .env on this machine is not to be measured.
        self.environment = {"ENV_FILE": str(out / "env")}
        self._casts = casts
        self.crew: dict[str, Worker] = {}
        self.token = {} if "--control_token" not in flags else bearer(flags)
        self.watch_status = Watch(self.ports["settings_port"], self.token)
        self.struck_s = self.healed_s = 0.0

    def __enter__(self) -> Stage:
        """Returns when all is normal."""
        self.logs = Logs(self.out / "log.txt")
        self.resources.callback(self.logs.close)
        try:
            self._open()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The programs first: what they write into must not vanish under them."""
        self._ending.__exit__(kind, error, trace)
        self.resources.close()

    def flag(self, *words: str) -> None:
        """More for app.py, before the stage is entered."""
        self._flags += words

    def recast(self, name: str, *flags: str, before: Sequence[str] = ()) -> None:
        """A worker is started in this way, from before the stage is entered."""
        self._casts = [
            replace(cast, flags=(*cast.flags, *flags), before=tuple(before))
            if cast.name == name
            else cast
            for cast in self._casts
        ]

    def _open(self) -> None:
        self._start_viewer()
        self.start_primary()
        self.until_answered()
        self.watch_status.start()
        self.resources.callback(self.watch_status.stop)
        # Only now, so that the viewer is there before the first picture.
        for cast in self._casts:
            self.crew[cast.name] = Worker(cast, self._start_worker)
        self.until_normal()

    def _start_viewer(self) -> None:
        path = self.out / "history.csv"
        path.touch()
        port = str(self.ports["output_port"])
        command = ["-m", "bench.faults.history", "--port", port, "--out", str(path)]
        self._recorder = self._ending.start([sys.executable, *command])
        self.history = History(path)
        self.resources.callback(self.history.close)

    def start_primary(self) -> None:
        osc = ["--osc_port", str(self.osc_port)]
        command = [sys.executable, "app.py", *self._flag(4), *self._flags, *osc]
        self.primary = self._ending.start(command, piped=True, environment=self.environment)
        self.logs.follow("primary", self.primary)

    def _start_worker(self, cast: Cast) -> subprocess.Popen[bytes]:
        program = ["-m", "bench.faults.scripted_worker"] if cast.actor else ["transform.py"]
        engine = [] if cast.actor else ["--engine", "identity"]
        flags = ["--delay_ms", str(DELAY_MS), "--worker_id", cast.name, *cast.flags]
        command = [*cast.before, sys.executable, *program, *engine, *self._flag(2), *flags]
        process = self._ending.start(command, piped=True, environment=self.environment)
        self.logs.follow(cast.name, process)
        return process

    # --- who is there

    def worker(self, which: int | str) -> Worker:
        return self.crew[which] if isinstance(which, str) else list(self.crew.values())[which]

    def any_worker(self) -> Worker:
        return self.random.choice(list(self.crew.values()))

    def restart(self, *workers: Worker) -> None:
        """Start them again, and return when they are up."""
        for worker in workers:
            worker.restart()
        self.until(lambda: all(map(self._is_up, workers)), 20, "a worker is not up")

    def _is_up(self, worker: Worker) -> bool:
        said = self.logs.since(worker.started_s)
        return any(one.who == worker.name and "engine:" in one.words for one in said)

    def pids_by_name(self) -> dict[str, int]:
        """Each process of the show by its role or name; who is away is left out."""
        found = {"app": self.primary.pid} if self.primary.poll() is None else {}
        for role in ("stream", "control"):
            with suppress(OSError):  # it ends while we look
                found |= dict(zip([role], self.role(role), strict=False))
        return found | {name: one.pid for name, one in self.crew.items() if one.alive}

    def sample(self) -> Sample:
        return sample(self.pids_by_name())

    # --- what it said

    @property
    def look(self) -> Look:
        return self.watch_status.last

    def warnings_since(self, at_s: float) -> list[tuple[float, tuple[str, ...]]]:
        return self.watch_status.warnings_since(at_s)

    def log(self, since_s: float) -> list[Said]:
        return self.logs.since(since_s)

    def seen(self, since_s: float, until_s: float = float("inf")) -> list[Line]:
        return self.history.between(since_s, until_s)

    # --- time

    def struck(self) -> None:
        """The fault begins at this moment: for one that needs preparation."""
        self.struck_s = time.monotonic()

    def healed(self) -> None:
        """The fault is over at this moment: what it had broken is up again."""
        self.healed_s = time.monotonic()

    def until(self, true: Callable[[], object], seconds: float, otherwise: str) -> None:
        end_s = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end_s:
                raise RuntimeError(f"{otherwise} after {seconds:g} s")
            time.sleep(0.02)

    def until_normal(self, seconds: float = 30) -> None:
        """All workers at work and the whole rate at the viewer, and nothing said against one of
        them, for a second."""
        self.until(self._is_normal, seconds, "the show is not normal")

    def _is_normal(self) -> bool:
        since_s = time.monotonic() - CALM_S
        looks = self.watch_status.since(since_s)
        at_work = looks and all(
            look.workers.get(name) == "active" for look in looks for name in self.crew
        )
        if any(BACK.match(words) for look in looks for words in look.warnings):
            return False
        return bool(at_work) and len(self.seen(since_s)) >= 0.9 * self.fps * CALM_S

    # --- what anybody could do

    def play(self, **change: object) -> None:
        """Change parameters."""
        self.ask("PATCH", "/params", change)

    def ask(self, method: str, path: str, document: object = None) -> Any:
        """An answer of the control port."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports['settings_port']}{path}",
            None if document is None else json.dumps(document).encode(),
            {"Content-Type": "application/json", **self.token},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def _host_status(self) -> dict[str, object]:
        return dict(self.ask("GET", "/status"))
