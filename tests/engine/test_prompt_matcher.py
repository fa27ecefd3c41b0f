import time

import numpy as np
import pytest

from lib.engine.painter.prompt_matcher import PromptMatcher
from lib.engine.painter.styles import STYLES
from tests.words.test_vectors import WEIRD

GREY = np.array([128, 128, 128, 1], np.float32)


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("stormy sea at night", 19),
        ("autumn forest", 5),
        ("stained glass", 15),
        ("pencil drawing", 11),
        ("snow in the mountains, winter", 14),
        ("a volcano", 20),
        ("cherry blossom", 8),
        ("water lilies by Monet", 12),
        ("green jungle", 13),
    ],
)
def test_a_prompt_finds_the_style_that_suits_it(
    matcher: PromptMatcher, prompt: str, style: int
) -> None:
    assert int(np.argmax(matcher.mix_of(prompt, 0).styles)) == style


def test_colours_follow_the_words(matcher: PromptMatcher) -> None:
    red, _, blue = matcher.mix_of("burning flames", 0).colours @ GREY
    assert red > blue + 20
    red, _, blue = matcher.mix_of("midnight", 0).colours @ GREY
    assert blue > red + 20
    red, green, blue = matcher.mix_of("black and white film noir", 0).colours @ [255, 0, 0, 1]
    assert max(red, green, blue) - min(red, green, blue) < 60  # of 255


@pytest.mark.parametrize("prompt", [*WEIRD, "confetti and fireworks", "woven basket", "black hole"])
def test_every_recipe_can_be_painted(matcher: PromptMatcher, prompt: str) -> None:
    for seed in (0, 1, 2**32 - 1):
        styles, colours = matcher.mix_of(prompt, seed)
        assert np.isfinite(colours).all() and colours.shape == (3, 4)
        assert abs(styles.sum() - 1) < 1e-5 and (styles >= 0).all()
        assert all(share <= style.most + 1e-6 for share, style in zip(styles, STYLES, strict=True))


def test_a_seed_varies_the_style_and_always_alike(matcher: PromptMatcher) -> None:
    first, second = (matcher.mix_of("stormy sea", seed).styles for seed in (1, 2))
    assert 0.2 < np.abs(first - second).sum() < 1
    assert np.argmax(first) == np.argmax(second)
    assert np.array_equal(first, PromptMatcher(matcher._vectors).mix_of("stormy sea", 1).styles)


def test_a_prompt_is_read_once(matcher: PromptMatcher) -> None:
    assert matcher.mix_of("once upon a time", 3) is matcher.mix_of("once upon a time", 3)
    for number in range(1000):
        matcher.mix_of("a crowd", number)
    assert matcher.mix_of.cache_info().currsize <= 256


def test_reading_a_prompt_takes_no_time_that_shows(matcher: PromptMatcher) -> None:
    took = []
    for number in range(20):
        began = time.perf_counter()
        matcher.mix_of(f"a garden of glass number {number}, northern lights, oil on canvas", 0)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.015  # 0.4 ms where it was measured; half of a frame on a busy machine


def test_a_glide_begins_at_one_recipe_and_ends_at_the_other(matcher: PromptMatcher) -> None:
    sea, fire = matcher.mix_of("stormy sea", 1), matcher.mix_of("burning flames", 1)
    assert matcher.blend((("stormy sea", 1.0),), ((1, 1.0),)) is sea
    gone = 0.0
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        mix = (("burning flames", share), ("stormy sea", 1 - share))
        styles, colours = matcher.blend(mix, ((1, 1.0),))
        assert np.allclose(styles, share * fire.styles + (1 - share) * sea.styles, atol=1e-6)
        assert np.allclose(colours, share * fire.colours + (1 - share) * sea.colours, atol=1e-4)
        assert abs(styles.sum() - 1) < 1e-5
        here = float(np.abs(styles - sea.styles).sum())
        assert here > gone or share == 0
        gone = here


def test_seeds_glide_too_and_both_at_once(matcher: PromptMatcher) -> None:
    prompts, seeds = (("sea", 0.5), ("fire", 0.5)), ((1, 0.25), (2, 0.75))
    styles, _ = matcher.blend(prompts, seeds)
    wanted = sum(
        much * share * matcher.mix_of(prompt, seed).styles
        for prompt, much in prompts
        for seed, share in seeds
    )
    assert np.allclose(styles, wanted, atol=1e-6)
    assert all(share <= style.most + 1e-6 for share, style in zip(styles, STYLES, strict=True))


def test_a_blend_that_stands_is_worked_out_once_and_a_glide_fills_no_cache(
    matcher: PromptMatcher,
) -> None:
    seeds = ((1, 1.0),)
    first = matcher.blend((("sea", 0.5), ("fire", 0.5)), seeds)
    assert matcher.blend((("sea", 0.5), ("fire", 0.5)), seeds) is first
    before = matcher.mix_of.cache_info().currsize
    for step in range(1, 100):
        matcher.blend((("sea", step / 100), ("fire", 1 - step / 100)), seeds)
    assert matcher.mix_of.cache_info().currsize == before
