"""A still that only waits is not taken for an engine that hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from lib.core.pixels import Pixels
from lib.core.still_params import StillParams
from lib.engine.engine import Engine
from lib.engine.identity import Identity
from lib.transform.stills.makers import MakeStills
from lib.transform.stills.making import Making
from tests.rig import until
from tests.transform.stills.test_between_frames import STILL, Rig

HOUR_NS = 3_600_000_000_000
BURST = 100  # frames


def hangs(making: Making) -> bool:
    """Whether it would be said to hang if it stood for an hour as it stands now."""
    return making.hung(time.monotonic_ns() + HOUR_NS) is not None


def waits_while_frames_do(rig: Rig, making: Making) -> None:
    assert rig.generate.done.get(2)
    seen = 0
    while len(rig.frames.tasks):
        said = hangs(making)
        if len(rig.frames.tasks):
            assert not said
            seen += 1
        time.sleep(0.01)
    assert seen


@pytest.fixture
def rigs() -> Iterator[list[Rig]]:
    made: list[Rig] = []
    yield made
    for one in made:
        one.generate.stop()


class Held(Identity):
    """Loads, and then stands in its first step, until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.loads, self.goes_on = threading.Event(), threading.Event()

    def opened(self) -> Engine:
        self.loads.wait(10)
        return self

    def make(self, *args: object) -> Iterator[Pixels]:  # type: ignore[override]
        self.goes_on.wait(10)
        yield from super().make(*args)  # type: ignore[arg-type]


def test_one_whose_samples_wait_to_be_handed_in() -> None:
    engine = Held()
    maker = MakeStills(engine.opened)
    maker.start()
    making = Making(StillParams("a", steps=1, width=64, height=64, samples=4), frozenset(), 1)
    try:
        assert not hangs(making)  # pictures that it is made from may be fetched for long
        maker.make(making)
        assert until(lambda: hangs(making))  # what loads may hang
        engine.loads.set()
        time.sleep(0.05)
        assert hangs(making)  # and what computes
        engine.goes_on.set()
        assert until(lambda: making.full) and not hangs(making)
        assert [sample.number for sample in iter(lambda: making.next_sample(1), None)] == [
            *range(4)
        ]
    finally:
        engine.loads.set()
        engine.goes_on.set()
        making.cancel()
        maker.stop()


@pytest.mark.parametrize("begun", [True, False])
def test_one_that_waits_for_its_share_beside_the_live_picture(rigs: list[Rig], begun: bool) -> None:
    rigs.append(rig := Rig(Identity(delay_ms=5), 0))
    making = rig.make() if begun else None
    assert making is None or until(lambda: making.reached().step > 0)
    for number in range(BURST):
        rig.frames.put(number)
    making = making or rig.make()
    waits_while_frames_do(rig, making)
    assert making.next_sample(5) and until(lambda: making.over)


def test_one_that_is_handed_in_while_frames_keep_the_engine_busy(rigs: list[Rig]) -> None:
    class Busy(Identity):
        def make(self, *args: object) -> Iterator[Pixels]:  # type: ignore[override]
            for picture in super().make(*args):  # type: ignore[arg-type]
                for number in range(BURST):
                    rigs[0].frames.put(number)
                yield picture

    rigs.append(Rig(Busy(delay_ms=5), 0))
    making = rigs[0].make(STILL)
    assert making.next_sample(5) and not making.over
    waits_while_frames_do(rigs[0], making)
    assert until(lambda: making.over)
