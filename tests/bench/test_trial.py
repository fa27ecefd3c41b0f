"""A real show under a real fault, held against what always holds; the clock is not judged here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.faults.invariants import accounted
from bench.faults.limits import Limits
from bench.faults.stage import Stage
from bench.faults.table import Fault
from bench.faults.trial import strike, wait_for_none

# On a machine that does much else a frame may come late; nothing else may happen to it.
TIMELESS = Limits(aged=True, memory_mb=64, judge_held=False)  # who is killed stays away


@contextmanager
def kill(stage: Stage) -> Iterator[None]:
    stage.any_worker().kill()
    yield


def test_a_worker_of_three_is_killed_and_no_promise_breaks(tmp_path: Path) -> None:
    fault = Fault("kill", "kill -9 of one of three", kill, TIMELESS, lasts_s=0.3, watch_s=0.5)
    with Stage(tmp_path, fps=30) as stage:
        trial = strike(stage, fault)
        assert trial.broken == []
        stage.play(paused=True)
        assert wait_for_none(lambda: accounted(stage.look)) == []
        assert len(stage.history.read()) > 30
