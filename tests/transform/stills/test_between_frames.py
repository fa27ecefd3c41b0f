"""Stills on the live picture's thread: frames come first, and neither's failure is the other's."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from lib.config.params import Params
from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.core.still_params import StillParams
from lib.engine.engine import Engine, Frames
from lib.engine.identity import Identity
from lib.stage import Inbox
from lib.transform.generate import FAILURES, Generate
from lib.transform.stills.makers import MakeBetweenFrames
from lib.transform.stills.making import Making
from lib.transform.task import Task
from tests.rig import until

STILL = StillParams("a", steps=40, width=64, height=64)


class Frames_:  # noqa: N801 - what Fetch is for Generate
    def __init__(self) -> None:
        self.tasks: Inbox[Task] = Inbox(256)

    def put(self, number: int) -> None:
        pixels = np.full((64, 64, 3), number % 256, np.uint8)
        self.tasks.put(Task(float(number), number, Params(), Size(64, 64), 1, pixels))


class Rig:
    def __init__(self, engine: Engine, share: float) -> None:
        self.frames = Frames_()
        self.maker = MakeBetweenFrames(engine, share)
        self.generate = Generate(engine, self.frames, stills=self.maker)  # type: ignore[arg-type]
        self.generate.start()

    def make(self, params: StillParams = STILL) -> Making:
        making = Making(params, frozenset(), 600_000_000_000)
        self.maker.make(making)
        return making

    def waits(self, count: int) -> int:
        """So many frames wait from now on, until the last is made; how many were."""
        for number in range(count):
            self.frames.put(number)
        return sum(self.generate.done.get(2) is not None for _ in range(count))


@pytest.fixture
def rig() -> Iterator[list[Rig]]:
    rigs: list[Rig] = []
    yield rigs
    for one in rigs:
        one.generate.stop()


def test_a_still_is_made_while_no_frame_comes(rig: list[Rig]) -> None:
    rig.append(Rig(Identity(delay_ms=1), 0))
    making = rig[0].make()
    sample = making.next_sample(5)
    assert sample and sample.number == 0 and until(lambda: making.over) and not making.error


def test_without_a_share_it_stands_still_while_frames_wait(rig: list[Rig]) -> None:
    rig.append(Rig(Identity(delay_ms=5), 0))
    making = rig[0].make()
    assert until(lambda: making.reached().step > 0)
    began = making.reached().step
    rig[0].waits(100)
    assert making.reached().step <= began + 3
    assert making.next_sample(5) and until(lambda: making.over)


def test_with_a_share_it_gets_that_and_no_more(rig: list[Rig]) -> None:
    rig.append(Rig(Identity(delay_ms=5), 0.2))
    making = rig[0].make(StillParams("a", steps=150, width=64, height=64))
    assert until(lambda: making.reached().step > 0)
    began = making.reached().step
    rig[0].waits(200)
    steps = making.reached().step - began
    assert steps / (steps + 200) == pytest.approx(0.2, abs=0.05)


def test_a_still_that_fails_costs_no_frame(rig: list[Rig]) -> None:
    class Failing(Identity):
        def make(self, *args: object) -> Iterator[Pixels]:  # type: ignore[override]
            raise ValueError
            yield

    rig.append(Rig(Failing(delay_ms=1), 0.1))
    making = rig[0].make()
    assert until(lambda: making.over) and making.error
    assert rig[0].waits(10) == 10


def test_a_live_picture_that_fails_ends_the_stage_and_is_no_fault_of_the_still(
    rig: list[Rig],
) -> None:
    class Failing(Identity):
        def generate(self, frames: Frames, params: Params) -> Frames:
            raise ValueError("no picture")

    rig.append(Rig(Failing(delay_ms=5), 0))
    making = rig[0].make(StillParams("a", steps=150, width=64, height=64))
    assert until(lambda: making.reached().step > 0)
    for number in range(FAILURES):
        rig[0].frames.put(number)
    assert until(lambda: not rig[0].generate.alive)
    assert isinstance(rig[0].generate.failure, RuntimeError) and not making.error


def test_pieces_that_are_too_long_are_left_to_other_workers(rig: list[Rig]) -> None:
    rig.append(Rig(Identity(delay_ms=80), 0.5))
    making = rig[0].make(StillParams("a", steps=50, width=64, height=64))
    for number in range(50):
        rig[0].frames.put(number)
        if until(lambda: making.over, 0.15):
            break
    assert making.cancelled and not making.error and not rig[0].maker.suited
    assert making.reached().step < 20


def test_a_live_picture_goes_on_while_a_still_waits_to_be_handed_in(rig: list[Rig]) -> None:
    rig.append(Rig(Identity(delay_ms=1), 0.1))
    making = rig[0].make(StillParams("a", steps=1, width=64, height=64, samples=8))
    assert until(lambda: making.full)
    began = time.monotonic()
    rig[0].waits(50)
    assert time.monotonic() - began < 3
    numbers = []
    while sample := making.next_sample(1):
        numbers.append(sample.number)
    assert numbers == list(range(8)) and making.over


def test_the_picture_rests_after_a_frame_where_stills_get_too_little() -> None:
    class Starving(MakeBetweenFrames):
        def frame_took(self, took_ns: int, now_ns: int) -> int:
            return 30_000_000

    frames = Frames_()
    generate = Generate(Identity(), frames, stills=Starving(Identity(), 0))  # type: ignore[arg-type]
    generate.start()
    try:
        for number in range(10):
            frames.put(number)
        began = time.monotonic()
        assert all(generate.done.get(1) for _ in range(10))
        assert time.monotonic() - began > 0.25
    finally:
        assert generate.stop()
