import time

import numpy as np
import pytest

from lib.config.params import Params
from lib.engine import identity
from lib.engine.identity import Identity


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The milliseconds that were slept, without sleeping them."""
    slept: list[float] = []
    monkeypatch.setattr(identity.time, "sleep", lambda seconds: slept.append(seconds * 1000))
    return slept


def test_the_frames_come_back_themselves(waits: list[float]) -> None:
    frames = np.arange(2 * 8 * 8 * 3, dtype=np.uint8).reshape(2, 8, 8, 3)
    assert Identity().generate(frames, Params()) is frames
    assert waits == []


def test_a_batch_waits_once(waits: list[float]) -> None:
    Identity(delay_ms=20).generate(np.zeros((4, 8, 8, 3), np.uint8), Params())
    assert waits == [pytest.approx(20)]


def test_jitter_goes_both_ways_and_is_the_same_each_run(waits: list[float]) -> None:
    frames = np.zeros((1, 8, 8, 3), np.uint8)
    for engine in (Identity(20, 5), Identity(20, 5)):
        for _ in range(200):
            engine.generate(frames, Params())
    assert waits[:200] == waits[200:]
    assert 15 <= min(waits) < 16 and 24 < max(waits) <= 25


def test_more_jitter_than_delay_never_waits_less_than_nothing(waits: list[float]) -> None:
    engine = Identity(delay_ms=1, jitter_ms=50)
    for _ in range(100):
        engine.generate(np.zeros((1, 8, 8, 3), np.uint8), Params())
    assert min(waits) > 0


def test_the_wait_is_real() -> None:
    engine = Identity(delay_ms=20)
    engine.warm_up(1, 8, 8)
    began = time.monotonic()
    engine.generate(np.zeros((1, 8, 8, 3), np.uint8), Params())
    assert 0.019 < time.monotonic() - began < 0.5
    assert engine.about == "identity (hands frames back after 20 ms): asked for"
