import time
from collections.abc import Callable

import numpy as np
import pytest

from lib.config.params import Params
from lib.core.pixels import Pixels
from lib.core.still_params import PAINT, StillKind, StillParams
from lib.engine import identity
from lib.engine.engine import StillCancelledError
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


class Progress:
    """Counts what an engine reports; cancels at the piece of that number."""

    def __init__(self, cancel_at: int = -1) -> None:
        self.pieces, self._cancel_at = 0, cancel_at
        self.steps: list[tuple[int, int]] = []
        self.previews: list[Pixels] = []

    def piece(self) -> None:
        if self.pieces == self._cancel_at:
            raise StillCancelledError
        self.pieces += 1

    def step(self, done: int, total: int, preview: Callable[[], Pixels] | None = None) -> None:
        self.piece()
        self.steps.append((done, total))
        if preview:
            self.previews.append(preview())


def make(params: StillParams, *pictures: np.ndarray) -> list[Pixels]:
    image, mask = (*pictures, None, None)[:2]
    return list(Identity().make(params, image, mask, Progress()))


def test_a_still_is_a_colour_by_prompt_and_seed() -> None:
    params = StillParams("a lake", seed=3, width=64, height=128, samples=2)
    one, two = make(params)
    assert one.shape == (128, 64, 3) and one.dtype == np.uint8
    assert (one == one[0, 0]).all() and (one[0, 0] != two[0, 0]).any()
    assert (two == make(StillParams("a lake", seed=4, width=64, height=128))[0]).all()
    assert (one != make(StillParams("a sea", seed=3, width=64, height=128))[0]).any()


def test_a_picture_comes_back_and_only_what_is_masked_changes() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    mask = np.zeros((64, 64), np.uint8)
    mask[:16] = PAINT
    assert (make(StillParams("a", StillKind.IMG2IMG, width=64, height=64), image)[0] == image).all()
    painted = make(StillParams("a", StillKind.INPAINT, width=64, height=64), image, mask)[0]
    assert (painted[16:] == image[16:]).all() and (painted[:16] == painted[0, 0]).all()
    wide = make(StillParams("a", StillKind.OUTPAINT, width=128, height=64, left=64), image)[0]
    assert (wide[:, 64:] == image).all() and (wide[:, :64] == wide[0, 0]).all()


def test_steps_are_counted_over_all_samples_and_waited_for(waits: list[float]) -> None:
    progress = Progress()
    params = StillParams("a", steps=3, samples=2, width=64, height=64)
    pictures = list(Identity(delay_ms=20).make(params, None, None, progress))
    assert progress.steps == [(done, 6) for done in range(1, 7)] and progress.pieces == 7
    assert waits == [pytest.approx(20)] * 6
    assert (progress.previews[-1] == pictures[-1]).all()


def test_a_cancelled_still_ends_at_its_next_piece() -> None:
    making = Identity().make(StillParams("a", samples=2), None, None, Progress(cancel_at=10))
    next(making)
    with pytest.raises(StillCancelledError):
        next(making)
