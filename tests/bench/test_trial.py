"""A real show under a real fault, held against what always holds; the clock is not judged here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.faults.invariants import Limits, accounted
from bench.faults.show import RecordedShow
from bench.faults.stalls import Stalls
from bench.faults.table import Fault
from bench.faults.trial import strike, wait_for_none

# On a machine that does much else a frame may come late; nothing else may happen to it.
TIMELESS = Limits(aged=True, memory_mb=64, judge_held=False)  # who is killed stays away


@contextmanager
def kill(show: RecordedShow) -> Iterator[None]:
    show.any_worker().program.kill()
    yield


@pytest.mark.slow
def test_a_worker_of_three_is_killed_and_no_promise_breaks(tmp_path: Path) -> None:
    fault = Fault("kill", "kill -9 of one of three", kill, TIMELESS, lasts_s=0.3, watch_s=0.5)
    with RecordedShow(tmp_path, fps=30) as show:
        trial = strike(show, fault, Stalls())
        assert trial.broken == []
        show.play(paused=True)
        assert wait_for_none(lambda: accounted(show.said)) == []
        assert len(show.history.read()) > 30
