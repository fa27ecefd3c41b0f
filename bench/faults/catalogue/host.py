"""What happens to the primary's machine: its disk, its files, its clock."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench.faults.catalogue.primary import UNHARMED, refused
from bench.faults.invariants import Limits
from bench.faults.machine import Disk, StepClock, clock_trouble, disk_trouble
from bench.faults.show import RecordedShow
from bench.faults.table import fault

HOUR_S = 3600
DAMAGE = b'{"number": 7, "changed": {"see'


@contextmanager
def small_disk(show: RecordedShow) -> Iterator[Disk]:
    with Disk() as disk:
        run_dir = disk.folder / "run"
        run_dir.mkdir()
        show.environment["XDG_RUNTIME_DIR"] = str(run_dir)
        show.flag("--state_dir", str(disk.folder / "state"))
        yield disk


@contextmanager
def stepped_clock(show: RecordedShow) -> Iterator[StepClock]:
    clock = StepClock(show.out)
    show.environment.update(clock.environment)
    yield clock


@contextmanager
def kept_state(show: RecordedShow) -> Iterator[Path]:
    state = show.out / "state"
    show.flag("--state_dir", str(state))
    yield state


def until_kept(show: RecordedShow, state: Path, seed: int, seconds: float) -> Path:
    kept = state / "played.json"
    there = lambda: kept.exists() and str(seed) in kept.read_text()  # noqa: E731
    show.until(there, seconds, "nothing was kept")
    return kept


@fault(
    "disk full",
    "the disk of the state and of the run folder full, while somebody plays",
    replace(UNHARMED, says=r"the disk with .* is full"),
    lasts_s=3,
    watch_s=6.5,
    needs=disk_trouble,
    setting=small_disk,
)
def disk_full(show: RecordedShow) -> Iterator[None]:
    disk: Disk = show.beside
    disk.fill()
    show.struck()
    seed = show.random.randrange(1 << 30)
    show.play(seed=seed, prompt="a full disk " * 100)
    yield
    disk.clear()
    show.healed()
    until_kept(show, disk.folder / "state", seed, 8)


@fault(
    "state damaged",
    "the file of what is played cut off in the middle, and the control process killed",
    replace(UNHARMED, says=r"played\.json is damaged .* now played\.json\."),
    lasts_s=2,
    watch_s=3,
    setting=kept_state,
)
def state_damaged(show: RecordedShow) -> Iterator[None]:
    seed = show.random.randrange(1 << 30)
    show.play(seed=seed)
    kept = until_kept(show, show.beside, seed, 5)
    (before,) = show.role("control")
    show.struck()
    os.kill(before, signal.SIGKILL)
    # Somewhere else each time: the same words would already stand there.
    kept.write_bytes(b" " * show.random.randrange(1, 9999) + DAMAGE)
    yield
    show.until(lambda: show.role("control") not in ([], [before]), 5, "control is not back")
    show.until(show.answers, 5, "control does not answer")
    if show.ask("GET", "/params")["params"]["seed"] != seed:
        raise RuntimeError("what was played is forgotten")


@fault(
    ".env damaged",
    "a damaged .env under a running show, whose stream process is killed; a second start of app.py",
    Limits(picture_s=2, normal_s=4, beginnings=1, says="the stream "),
    lasts_s=2,
    watch_s=5,
)
def env_damaged(show: RecordedShow) -> Iterator[None]:
    path = Path(show.environment["ENV_FILE"])
    path.write_bytes(b"JOB_PORT=many\nFPS=\xff\xfe\n=\nQUALITY\0=9")
    (before,) = show.role("stream")
    show.struck()
    os.kill(before, signal.SIGKILL)
    yield
    refused(show, path.name)
    path.unlink()


def step_by(seconds: int) -> None:
    way = "forward" if seconds > 0 else "back"
    # Aged, by the clock that was stepped.
    limits = replace(UNHARMED, clock=True, aged=True, says=f"the clock was set {way}.* by 1:00:00")

    @fault(
        f"clock {way}",
        f"the wall clock set {way} by an hour for 3 s, and right again",
        limits,
        lasts_s=3,
        watch_s=4,
        needs=clock_trouble,
        setting=stepped_clock,
    )
    def strike(show: RecordedShow) -> Iterator[None]:
        clock: StepClock = show.beside
        clock.be_wrong_by(seconds)
        show.struck()
        yield
        clock.be_wrong_by(0)


step_by(HOUR_S)
step_by(-HOUR_S)
