"""A real show under a real fault, held against what always holds; the clock is not judged here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench.trust import faults
from bench.trust.limits import Limits
from bench.trust.promises import accounted
from bench.trust.stage import Stage
from bench.trust.table import TABLE
from bench.trust.trial import strike, wait_for_none

assert faults  # importing it fills the table

# On a machine that does much else a frame may come late; nothing else may happen to it.
TIMELESS = Limits(aged=True, memory_mb=64)


def test_a_worker_of_three_is_killed_and_no_promise_breaks(tmp_path: Path) -> None:
    fault = replace(TABLE["kill one"], limits=TIMELESS, lasts_s=0.4, watch_s=0.6)
    with Stage(tmp_path, fps=30) as stage:
        trial = strike(stage, fault)
        assert trial.broken == []
        stage.play(paused=True)
        assert wait_for_none(lambda: accounted(stage.look)) == []
        assert len(stage.history.read()) > 30
