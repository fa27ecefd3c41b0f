"""Workers that die, stop and slow down."""

from __future__ import annotations

from collections.abc import Iterator

from bench.trust.checker import Limits
from bench.trust.stage import Stage
from bench.trust.table import fault


@fault(
    "kill one",
    "kill -9 of one worker of three",
    Limits(lost=2, silence_ms=100, normal_s=2, says=r"worker w\d .*left"),
    lasts_s=2.5,
    soak=True,
)
def kill_one(stage: Stage) -> Iterator[None]:
    victim = stage.any_worker()
    victim.kill()
    yield
    stage.restart(victim)
