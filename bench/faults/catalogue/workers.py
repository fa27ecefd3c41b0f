"""Workers that die, stop and slow down."""

from __future__ import annotations

from collections.abc import Iterator

from bench.faults.limits import Limits
from bench.faults.stage import DELAY_MS, THREE, Cast, Stage
from bench.faults.table import fault

WITH_ACTOR = (Cast("w0", actor=True), *THREE[1:])
LEFT = r"worker.* left "
SILENT = r"worker w\d silent"


@fault("nothing", "no fault at all, for comparison", Limits(lost=2, silence_ms=100), shares=True)
def nothing(stage: Stage) -> Iterator[None]:
    stage.struck()
    yield


def _kill(stage: Stage, count: int) -> Iterator[None]:
    victims = stage.random.sample(list(stage.crew.values()), count)
    stage.struck()
    for victim in victims:
        victim.kill()
    yield
    stage.restart(*victims)


@fault(
    "kill one",
    "kill -9 of one worker of three",
    Limits(lost=2, silence_ms=100, normal_s=2, out_s=0.6, says=LEFT),
    shares=True,
    lasts_s=2.3,
    soak=True,
)
def kill_one(stage: Stage) -> Iterator[None]:
    return _kill(stage, 1)


@fault(
    "kill two",
    "kill -9 of two workers of three",
    Limits(lost=20, silence_ms=200, normal_s=3, heals=True, out_s=0.6, says=LEFT),
    shares=True,
    lasts_s=2.3,
    watch_s=4,
    soak=True,
)
def kill_two(stage: Stage) -> Iterator[None]:
    return _kill(stage, 2)


@fault(
    "kill all",
    "kill -9 of all workers",
    Limits(picture_s=2, normal_s=3, heals=True, out_s=0.6, says=f"{LEFT}|no worker"),
    shares=True,
    lasts_s=2.3,
    watch_s=4,
    soak=True,
)
def kill_all(stage: Stage) -> Iterator[None]:
    return _kill(stage, 3)


@fault(
    "stop",
    "one worker of three stopped (SIGSTOP) for 5 s, then continued",
    Limits(lost=2, silence_ms=100, normal_s=2, out_s=0.6, says=SILENT),
    shares=True,
    lasts_s=5,
    soak=True,
)
def stop(stage: Stage) -> Iterator[None]:
    victim = stage.any_worker()
    stage.struck()
    victim.suspend()
    yield
    victim.resume()


def _slow(stage: Stage, times: int) -> Iterator[None]:
    stage.worker("w0").tell(f"delay {times * DELAY_MS}")
    yield
    stage.worker("w0").tell(f"delay {DELAY_MS}")


@fault(
    "slow 5",
    "a worker that becomes 5 times slower",
    Limits(lost=4, silence_ms=100, normal_s=2, says="worker w0 .*(slow|silent|late)"),
    shares=True,
    lasts_s=3,
    casts=WITH_ACTOR,
    soak=True,
)
def slow_5(stage: Stage) -> Iterator[None]:
    return _slow(stage, 5)


@fault(
    "slow 50",
    "a worker that becomes 50 times slower",
    Limits(lost=4, silence_ms=100, normal_s=2, says="worker w0 .*(slow|silent|late)"),
    shares=True,
    lasts_s=3,
    casts=WITH_ACTOR,
    soak=True,
)
def slow_50(stage: Stage) -> Iterator[None]:
    return _slow(stage, 50)


@fault(
    "late",
    "a worker whose answers come 0.7 s late",
    Limits(lost=4, silence_ms=100, normal_s=2, says="worker w0 .*(slow|silent|late)"),
    shares=True,
    lasts_s=3,
    casts=WITH_ACTOR,
    soak=True,
)
def late(stage: Stage) -> Iterator[None]:
    stage.worker("w0").tell("hold 700")
    yield
    stage.worker("w0").tell("hold 0")
