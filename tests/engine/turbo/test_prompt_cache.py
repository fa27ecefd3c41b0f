"""Prompts: off the frame path, kept, weighted, blended."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
import torch

from tests.engine.turbo.conftest import Opens
from tests.rig import until

if TYPE_CHECKING:
    from lib.engine.turbo.prompt_cache import EncodedPrompt, PromptCache
    from lib.engine.turbo.turbo import Turbo

CPU = torch.device("cpu")


class Slow:
    """Reads a text into one number, when it is let."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.read: list[str] = []
        self.error: Exception = ValueError("no such word")

    def __call__(self, text: str) -> EncodedPrompt:
        from lib.engine.turbo.prompt_cache import EncodedPrompt

        self.gate.wait(30)
        self.read.append(text)
        if "broken" in text:
            raise self.error
        return EncodedPrompt(torch.full((1, 77, 4), float(len(text))), None)


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def cache(slow: Slow) -> Iterator[PromptCache]:
    from lib.engine.turbo.prompt_cache import PromptCache

    made = PromptCache(slow, CPU)
    yield made
    slow.gate.set()
    made.close()


def number(cache: PromptCache, *prompts: tuple[str, float]) -> float:
    return float(cache.get(prompts).encoded.hidden[0, 0, 0])


def test_the_first_is_waited_for_and_later_ones_are_not(cache: PromptCache, slow: Slow) -> None:
    threading.Timer(0.1, slow.gate.set).start()
    assert number(cache, ("one", 1.0)) == 3
    slow.gate.clear()
    assert number(cache, ("three", 1.0)) == 3  # at once: as it was
    assert number(cache, ("one", 0.6), ("three", 0.4)) == 3
    slow.gate.set()
    assert until(lambda: number(cache, ("three", 1.0)) == 5)
    assert number(cache, ("one", 0.5), ("three", 0.5)) == 4


def test_the_end_does_not_wait_for_a_prompt(cache: PromptCache, slow: Slow) -> None:
    """A worker has two seconds to end in."""
    assert not cache.settle((("one", 1.0),), 0.1)
    asked_s = time.monotonic()
    cache.close()
    assert time.monotonic() - asked_s < 1.8 and cache.is_busy
    slow.gate.set()
    assert until(lambda: not cache.is_busy)


def test_what_is_known_is_not_read_again(cache: PromptCache, slow: Slow) -> None:
    slow.gate.set()
    for _ in range(50):
        number(cache, ("one", 1.0))
    assert cache.settle((("one", 0.5), ("three", 0.5)))
    assert slow.read == ["one", "three"]


def test_the_newest_is_read_first_and_the_oldest_not_at_all(cache: PromptCache, slow: Slow) -> None:
    slow.gate.set()
    number(cache, ("first", 1.0))
    slow.gate.clear()
    for count in range(40):
        number(cache, ("x" * (10 + count), 1.0))
    slow.gate.set()
    assert cache.settle((("x" * 49, 1.0),))
    assert until(lambda: not cache._wanted)
    assert len(slow.read) < 20
    assert "x" * 49 in slow.read[1:3]  # behind the one that it was at, if it was at one


def test_a_prompt_that_can_not_be_read_leaves_the_picture(
    cache: PromptCache, slow: Slow, caplog: pytest.LogCaptureFixture
) -> None:
    slow.gate.set()
    assert number(cache, ("one", 1.0)) == 3
    with caplog.at_level(logging.WARNING):
        cache.settle((("broken", 1.0),))
        for _ in range(5):
            assert number(cache, ("broken", 1.0)) == 3
    said = [record.message for record in caplog.records]
    assert said == ["the prompt 'broken' cannot be read: no such word"]


def test_no_error_ends_the_thread_that_reads(cache: PromptCache, slow: Slow) -> None:
    slow.gate.set()
    assert number(cache, ("one", 1.0)) == 3
    for error in (AssertionError(), KeyError("hidden"), AttributeError("no attribute")):
        slow.error = error
        cache.settle(((f"broken by {type(error).__name__}", 1.0),), timeout_s=5)
        assert number(cache, ("one", 1.0)) == 3
    assert cache.settle((("three", 1.0),), timeout_s=5)


def test_a_first_prompt_that_can_not_be_read_is_an_error(cache: PromptCache, slow: Slow) -> None:
    from lib.engine.engine import EngineError

    slow.gate.set()
    with pytest.raises(EngineError, match="the prompt 'broken' cannot be read"):
        cache.get((("broken", 1.0),))


# --- with the model's own encoder

Reads = Callable[[str], torch.Tensor]


@pytest.fixture(scope="module")
def read(engine: Turbo) -> Reads:
    from lib.engine.turbo.prompt_encoder import PromptEncoder

    encoder = PromptEncoder(engine.models)

    def read(text: str) -> torch.Tensor:
        with torch.no_grad():
            return encoder.encode(text).hidden

    return read


def test_weighted_phrases_and_blends_are_compels(read: Reads) -> None:
    plain, heavy, light = read("a red cat"), read("a (red)1.5 cat"), read("a (red)0.5 cat")
    assert plain.shape == heavy.shape == (1, 77, 32)
    assert not torch.allclose(plain, heavy) and not torch.allclose(heavy, light)
    assert torch.allclose(read("a red++ cat"), read("a (red)1.21 cat"), atol=1e-5)
    blend = read('("rain", "snow").blend(0.3, 0.7)')
    assert torch.allclose(blend, 0.3 * read("rain") + 0.7 * read("snow"), atol=1e-5)


@pytest.mark.parametrize(
    "text",
    [
        "a cat (in oil) - on canvas, C++",
        "(",
        '"quoted" and (nested (deep))',
        "(red)1.2 (((",
        '("a", "b").blend(0.1',
        "x" * 2000,
        "",
        "猫 🐈 \n\t",
        '("one", "two").and()',
    ],
)
def test_any_text_is_read(read: Reads, text: str) -> None:
    made = read(text)
    assert made.shape == (1, 77, 32)
    assert bool(torch.isfinite(made).all())


def test_weights_that_can_not_be_used_are_said(
    read: Reads, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        made = read('("one", "two").and()')
    assert [record.message for record in caplog.records] == [
        'the weights in \'("one", "two").and()\' are not used: more than 77 tokens at once'
    ]
    assert made.shape == (1, 77, 32)


def test_no_error_of_the_parser_keeps_a_prompt_out(
    engine: Turbo, caplog: pytest.LogCaptureFixture
) -> None:
    from lib.engine.turbo.prompt_encoder import PromptEncoder

    def fails(_text: str) -> torch.Tensor:
        raise KeyError("no such node")

    encoder = PromptEncoder(engine.models)
    encoder._weighting = [fails]
    with torch.no_grad(), caplog.at_level(logging.WARNING):
        made, plain = (encoder.encode(text).hidden for text in ("a (red)1.5 cat", "a cat"))
    assert made.shape == plain.shape
    assert caplog.messages == ["the weights in 'a (red)1.5 cat' are not used: 'no such node'"]


def test_an_xl_model_reads_with_both_encoders(weights: object, opens: Opens) -> None:
    from lib.engine.turbo.prompt_encoder import PromptEncoder

    engine = opens(model=f"{weights}/xl", vae=f"{weights}/taesd")
    with torch.no_grad():
        said = PromptEncoder(engine.models).encode("a (red)1.5 cat")
    assert said.hidden.shape == (1, 77, 64)
    assert said.pooled is not None and said.pooled.shape == (1, 32)
