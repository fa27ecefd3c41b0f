"""What happens to the primary's machine: its disk, its files, its clock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.faults.clock import StepClock, clock_trouble
from bench.faults.disk import Disk, disk_trouble
from bench.faults.limits import Limits
from bench.faults.stage import Stage
from bench.faults.table import fault
from bench.processes import ROOT

HOUR_S = 3600
DAMAGE = b'{"number": 7, "changed": {"see'


class Host:
    """What was put in place for a stage."""

    disk: Disk
    clock: StepClock
    state: Path

    @contextmanager
    def on_small_disk(self, stage: Stage) -> Iterator[None]:
        with Disk() as self.disk:
            run_dir, self.state = self.disk.folder / "run", self.disk.folder / "state"
            run_dir.mkdir()
            stage.environment["XDG_RUNTIME_DIR"] = str(run_dir)
            stage.flag("--state_dir", str(self.state))
            yield

    @contextmanager
    def with_clock(self, stage: Stage) -> Iterator[None]:
        self.clock = StepClock(stage.out)
        stage.environment.update(self.clock.environment)
        yield

    @contextmanager
    def with_state(self, stage: Stage) -> Iterator[None]:
        self.state = stage.out / "state"
        stage.flag("--state_dir", str(self.state))
        yield


HOST = Host()


@fault(
    "disk full",
    "the disk of the state and of the run folder full, while somebody plays",
    Limits(lost=2, silence_ms=100, normal_s=1, says=r"the disk with .* is full"),
    lasts_s=3,
    watch_s=6.5,
    needs=lambda: disk_trouble() or "",
    setting=HOST.on_small_disk,
)
def disk_full(stage: Stage) -> Iterator[None]:
    HOST.disk.fill()
    stage.struck()
    seed = stage.random.randrange(1 << 30)
    stage.play(seed=seed, prompt="a full disk " * 100)
    yield
    HOST.disk.clear()
    stage.healed()
    kept = HOST.state / "played.json"
    stage.until(lambda: kept.exists() and str(seed) in kept.read_text(), 8, "nothing was kept")


@fault(
    "state damaged",
    "the file of what is played cut off in the middle, and the control process killed",
    Limits(
        lost=2, silence_ms=100, normal_s=1, says=r"played\.json is damaged .* now played\.json\."
    ),
    lasts_s=2,
    watch_s=3,
    setting=HOST.with_state,
)
def state_damaged(stage: Stage) -> Iterator[None]:
    seed = stage.random.randrange(1 << 30)
    stage.play(seed=seed)
    kept = HOST.state / "played.json"
    stage.until(lambda: kept.exists() and str(seed) in kept.read_text(), 5, "nothing was kept")
    (before,) = stage.role("control")
    stage.struck()
    os.kill(before, signal.SIGKILL)
    # Somewhere else each time: the same words would already stand there.
    kept.write_bytes(b" " * stage.random.randrange(1, 9999) + DAMAGE)
    yield
    stage.until(lambda: stage.role("control") not in ([], [before]), 5, "control is not back")
    stage.until(stage.answers, 5, "control does not answer")
    if stage.ask("GET", "/params")["params"]["seed"] != seed:
        raise RuntimeError("what was played is forgotten")


@fault(
    ".env damaged",
    "a damaged .env under a running show, whose stream process is killed; a second start of app.py",
    Limits(picture_s=2, normal_s=4, beginnings=1, says="the stream "),
    lasts_s=2,
    watch_s=5,
)
def env_damaged(stage: Stage) -> Iterator[None]:
    path = Path(stage.environment["ENV_FILE"])
    path.write_bytes(b"JOB_PORT=many\nFPS=\xff\xfe\n=\nQUALITY\0=9")
    (before,) = stage.role("stream")
    stage.struck()
    os.kill(before, signal.SIGKILL)
    yield
    refused(stage, path.name)
    path.unlink()


def refused(stage: Stage, pattern: str, *flags: str) -> None:
    """app.py says in one sentence why it does not start, with code 2, and leaves nothing behind."""
    done = subprocess.run(
        [sys.executable, "app.py", "--headless", *flags],
        cwd=ROOT,
        env={**os.environ, **stage.environment},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    lines = done.stderr.strip().splitlines()
    if done.returncode != 2 or len(lines) != 1 or pattern not in lines[0]:
        raise RuntimeError(f"code {done.returncode}, and said: {done.stderr[-500:]}")


def step_by(seconds: int) -> None:
    way = "forward" if seconds > 0 else "back"

    @fault(
        f"clock {way}",
        f"the wall clock set {way} by an hour for 3 s, and right again",
        Limits(
            lost=2,
            silence_ms=100,
            normal_s=1,
            clock=True,
            aged=True,  # by the clock that was stepped
            says=f"the clock was set {way}.* by 1:00:00",
        ),
        lasts_s=3,
        watch_s=4,
        needs=lambda: clock_trouble() or "",
        setting=HOST.with_clock,
    )
    def strike(stage: Stage) -> Iterator[None]:
        HOST.clock.be_wrong_by(seconds)
        stage.struck()
        yield
        HOST.clock.be_wrong_by(0)
        stage.healed()


step_by(HOUR_S)
step_by(-HOUR_S)
