"""What the engine owes the show: the same picture for the same frame, whatever else goes on."""

from __future__ import annotations

import logging
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from lib.config.params import Params
from lib.engine.engine import EngineError, SpoiltError
from tests.engine.turbo.conftest import Opens
from tests.engine.turbo.reference import noise_frames

if TYPE_CHECKING:
    from lib.engine.turbo.turbo import Turbo

ONE = Params(prompt="snow", seed=5, num_inference_steps=2, strength=0.5)


def difference(one: Any, other: Any) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def test_the_same_picture_whatever_the_batch(engine: Turbo) -> None:
    """To one step of 255: a convolution over more frames adds up in another order."""
    engine.settle(ONE)
    frames = noise_frames(4, 64, 64)
    for params in (ONE, ONE.changed(guidance_scale=3.0, num_inference_steps=4)):
        alone = np.concatenate([engine.generate(frames[at : at + 1], params) for at in range(4)])
        assert difference(alone, engine.generate(frames, params)) <= 1
        assert difference(alone[1:3], engine.generate(frames[1:3], params)) <= 1


def test_the_same_picture_from_another_worker(engine: Turbo, opens: Opens) -> None:
    frames = noise_frames(2, 64, 64)
    other = opens()
    other.settle(ONE)
    engine.settle(ONE)
    other.generate(noise_frames(1, 64, 64, seed=9), ONE.changed(seed=77))  # what it did before
    assert np.array_equal(engine.generate(frames, ONE), other.generate(frames, ONE))


def test_a_seed_is_a_picture(engine: Turbo) -> None:
    engine.settle(ONE)
    frames = noise_frames(1, 64, 64)
    first = engine.generate(frames, ONE)
    assert difference(first, engine.generate(frames, ONE.changed(seed=6))) > 3
    assert np.array_equal(first, engine.generate(frames, ONE))


def test_without_a_fixed_seed_each_frame_has_its_own_noise(engine: Turbo) -> None:
    engine.settle(ONE)
    frames = np.repeat(noise_frames(1, 64, 64), 2, 0)
    params = ONE.changed(fixed_seed=False)
    made, again = engine.generate(frames, params), engine.generate(frames, params)
    assert difference(made[0], made[1]) > 3
    assert difference(made, again) > 3
    fixed = engine.generate(frames, ONE)  # and back
    assert np.array_equal(fixed[0], fixed[1])


def test_what_is_played_between_frames_is_what_the_next_is_made_with(
    engine: Turbo, opens: Opens
) -> None:
    """Parameters written in place make what fresh buffers make of them."""
    frames = noise_frames(1, 64, 64)
    played, fresh = engine, opens()
    for change in (
        {},
        {"prompt": "fire"},
        {"seed": 9},
        {"strength": 1.0},
        {"num_inference_steps": 4},
        {"guidance_scale": 2.0},
        {"guidance_scale": 5.0},
        {"seeds": ((5, 0.5), (6, 0.5))},
        {"mix": (("snow", 0.5), ("fire", 0.5))},
    ):
        params = ONE.changed(**change)
        played.settle(params)
        fresh.settle(params)
        made = played.generate(frames, params)
        fresh.graph_cache.clear()
        assert np.array_equal(made, fresh.generate(frames, params)), change


def test_a_strength_without_a_step_is_raised_to_one_and_said_once(
    engine: Turbo, caplog: pytest.LogCaptureFixture
) -> None:
    frames = noise_frames(1, 64, 64)
    engine.settle(ONE)
    with caplog.at_level(logging.WARNING):
        weak = [engine.generate(frames, ONE.changed(strength=0.3)) for _ in range(3)]
    assert np.array_equal(weak[0], engine.generate(frames, ONE))  # one of two steps
    said = [record.message for record in caplog.records]
    assert said == ["strength 0.3 of 2 steps is no step: one step is made"]


def test_pictures_that_are_not_numbers(engine: Turbo) -> None:
    """One frame of a batch comes out as not-a-number; the others are as they would be."""
    frames = noise_frames(3, 64, 64)
    engine.settle(ONE)
    good = engine.generate(frames, ONE)

    def poison(_module: object, _given: object, made: torch.Tensor) -> torch.Tensor:
        made = made.clone()
        made[1] = float("nan")
        return made

    hook = engine.models.unet.unet.conv_in.register_forward_hook(poison)
    try:
        with pytest.raises(SpoiltError) as caught:
            engine.generate(frames, ONE)
    finally:
        hook.remove()
    assert caught.value.spoilt == {1}
    assert np.array_equal(caught.value.pictures[[0, 2]], good[[0, 2]])
    assert np.array_equal(engine.generate(frames, ONE), good)


def test_two_batches_may_be_on_their_way(engine: Turbo) -> None:
    engine.settle(ONE)
    frames = noise_frames(2, 64, 64)
    first, second = engine.begin(frames[:1], ONE), engine.begin(frames[1:], ONE)
    assert np.array_equal(second.wait()[0], engine.generate(frames[1:], ONE))
    assert np.array_equal(first.wait()[0], engine.generate(frames[:1], ONE))


def test_warming_up_leaves_nothing_of_itself(opens: Opens) -> None:
    engine = opens()
    engine.warm_up(3, 64, 64)
    frames = noise_frames(1, 64, 64)
    first = engine.generate(frames, ONE)  # its prompt is new, and it is waited for all the same
    engine.settle(ONE)
    assert np.array_equal(first, engine.generate(frames, ONE))


def test_a_size_it_can_not_make_is_a_sentence(engine: Turbo) -> None:
    with pytest.raises(EngineError, match="sides must be multiples of 8, not 60x64"):
        engine.generate(noise_frames(1, 64, 60), ONE)


def test_it_says_what_it_is(engine: Turbo) -> None:
    assert engine.about == "turbo (turbo, float32, taesd on CPU): asked for"
    assert engine.device == "CPU"


# --- glides: what moves is what a frame carries


def test_noise_glides_with_its_variance(engine: Turbo) -> None:
    end = engine.noise.of(((2, 1.0),), 1, 64, 64).flatten()
    near = []
    for at in range(11):
        noise = engine.noise.of(((1, 1 - at / 10), (2, at / 10)), 1, 64, 64)
        assert float(noise.var()) == pytest.approx(1, abs=0.03)
        near.append(float(torch.corrcoef(torch.stack([noise.flatten(), end]))[0, 1]))
    assert near == sorted(near)
    assert torch.equal(noise.flatten(), end)


def test_a_glide_begins_and_ends_at_its_prompts_and_goes_straight(engine: Turbo) -> None:
    mixes = [(("snow", 1 - at / 10), ("fire", at / 10)) for at in range(11)]
    engine.settle(ONE.changed(mix=mixes[5]))
    hidden = [engine.prompt_cache.get(mix).encoded.hidden for mix in mixes]
    way = [float((one - hidden[-1]).norm()) for one in hidden]
    assert way == sorted(way, reverse=True) and way[-1] == 0
    steps = [before - after for before, after in pairwise(way)]
    assert max(steps) == pytest.approx(min(steps), rel=1e-3)
    frames = noise_frames(1, 64, 64)
    for mix, prompt in ((mixes[0], "snow"), (mixes[-1], "fire")):
        alone = engine.generate(frames, ONE.changed(prompt=prompt))
        assert np.array_equal(engine.generate(frames, ONE.changed(mix=mix)), alone)
