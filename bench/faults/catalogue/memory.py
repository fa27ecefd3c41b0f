"""A process that gets no more memory, and is asked for more."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bench.faults.limits import Limits
from bench.faults.pictures import SIDE
from bench.faults.stage import Stage
from bench.faults.table import fault

LONG = "a very long prompt " * 80


def starve(pid: int) -> None:
    """It keeps what it has: the kernel counts what it may write to."""
    words = Path(f"/proc/{pid}/status").read_text().split()
    has_kb = int(words[words.index("VmData:") + 1])
    resource.prlimit(pid, resource.RLIMIT_DATA, (1024 * has_kb, resource.RLIM_INFINITY))


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def ask_for_more(stage: Stage, number: int) -> None:
    """Another size each time."""
    with suppress(OSError):  # refused, since it has no memory for us either
        stage.play(resolution=str((4 + 2 * (number % 3)) * SIDE), prompt=f"{number} {LONG}")


def no_memory(name: str, limits: Limits) -> None:
    is_worker = name.startswith("w")

    @fault(
        f"no memory for {name}",
        f"{name} gets no more memory, while larger pictures are asked for",
        limits,
        lasts_s=1,
        watch_s=5,
    )
    def strike(stage: Stage) -> Iterator[None]:
        pid = stage.pids_by_name()[name]
        starve(pid)
        stage.struck()
        for number in range(200):
            if ended(pid):
                break
            ask_for_more(stage, number)
            time.sleep(0.05)
        else:
            raise RuntimeError(f"{name} has not ended")
        stage.struck()  # until then it lived on what it had
        if is_worker:
            stage.restart(stage.worker(name))
        yield
        stage.until(lambda: not ended(stage.pids_by_name().get(name, pid)), 5, f"no {name}")
        stage.until(stage.answers, 10, "control does not answer")
        stage.play(resolution=str(SIDE), prompt="a garden")
        stage.healed()


# Larger pictures take longer, and the memory that they took is kept: by who is started anew, too.
LARGER = Limits(normal_s=4, heals=True, aged=True, memory_mb=130)
no_memory("stream", replace(LARGER, picture_s=2, beginnings=1, says="the stream "))
no_memory("control", replace(LARGER, why_silent="nobody is there to say it"))
no_memory("w0", replace(LARGER, says="worker w0 .*left"))
