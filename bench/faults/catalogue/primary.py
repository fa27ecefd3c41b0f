"""The primary, whole and in parts, killed and started again under its workers and viewers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

from bench.faults.limits import Limits
from bench.faults.stage import Stage
from bench.faults.table import fault
from bench.processes import tree


@fault(
    "kill app",
    "kill -9 of app.py, which is started again at once",
    Limits(
        picture_s=4,
        normal_s=6,
        heals=True,
        renumbers=True,
        beginnings=1,
        why_silent="nobody is there to say it",
    ),
    lasts_s=0,
    watch_s=8,
)
def kill_app(stage: Stage) -> Iterator[None]:
    everybody = tree(stage.primary.pid)
    stage.struck()
    stage.primary.kill()
    stage.primary.wait()
    stage.until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in everybody), 3, "orphans")
    stage.healed()
    stage.start_primary()
    yield


def _kill_role(stage: Stage, name: str) -> Iterator[None]:
    pid = stage.role(name)[0]
    stage.struck()
    os.kill(pid, signal.SIGKILL)
    yield
    stage.until(lambda: stage.role(name) not in ([], [pid]), 5, f"{name} is not back")


@fault(
    "kill stream",
    "kill -9 of the stream process; app.py starts it again",
    Limits(picture_s=2, normal_s=4, beginnings=1, says="the stream (ended|is silent|is starting)"),
    lasts_s=0.5,
    watch_s=5,
    soak=True,
)
def kill_stream(stage: Stage) -> Iterator[None]:
    return _kill_role(stage, "stream")


@fault(
    "kill control",
    "kill -9 of the control process; app.py starts it again",
    Limits(lost=2, silence_ms=100, normal_s=1, why_silent="nobody is there to say it"),
    shares=True,
    lasts_s=0.5,
    watch_s=3,
    soak=True,
)
def kill_control(stage: Stage) -> Iterator[None]:
    return _kill_role(stage, "control")


@fault(
    "stop stream",
    "the stream process stopped (SIGSTOP) for 3 s, then continued",
    Limits(normal_s=3, heals=True, picture_s=2, says="the stream is silent"),
    lasts_s=3,
    watch_s=4,
)
def stop_stream(stage: Stage) -> Iterator[None]:
    pid = stage.role("stream")[0]
    stage.struck()
    os.kill(pid, signal.SIGSTOP)
    yield
    os.kill(pid, signal.SIGCONT)
    stage.healed()
