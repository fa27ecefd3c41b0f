"""Pleasant words lie above unpleasant ones, and plain ones between them."""

from __future__ import annotations

import pytest

from lib.signals.voice.valence import WordValence, with_tilt

valence = WordValence()
PLEASANT = ("I love this picture, it is beautiful", "I am so happy today", "what a lovely morning")
PLAIN = ("the table is next to the window", "the train leaves at nine", "blue mountains under snow")
UNPLEASANT = ("this is terrible and I hate it", "I am very sad and alone")


def test_words_have_a_side() -> None:
    if valence.of("hello") == 0 and valence.trouble:
        pytest.skip(valence.trouble)
    pleasant, plain, unpleasant = (
        [valence.of(words) for words in kind] for kind in (PLEASANT, PLAIN, UNPLEASANT)
    )
    assert min(pleasant) > 0.4 and max(unpleasant) < -0.4
    assert max(map(abs, plain)) < 0.35


@pytest.mark.parametrize("text", ["", "   ", "!!!", "\ud800", "x" * 5000, "猫"])
def test_any_text_has_a_number(text: str) -> None:
    assert -1 <= valence.of(text) <= 1


def test_the_tilt_says_little() -> None:
    assert abs(with_tilt(0.5, -40) - 0.5) <= 0.1 and abs(with_tilt(0.5, 20) - 0.5) <= 0.101
    assert with_tilt(-1, 20) >= -1 and with_tilt(1, -60) <= 1
