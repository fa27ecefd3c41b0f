"""Words of media: each has a look of its own, and no text ends a still."""

from dataclasses import replace

import numpy as np
import pytest

from lib.core.pixels import Pixels
from lib.engine.painter.graph import STYLES
from lib.engine.painter.stills.media import MEDIA, PLAIN, TONES, Medium, look_of, medium_of
from lib.engine.painter.stills.motif import Motif
from lib.engine.painter.stills.painting import Painting
from lib.engine.painter.stills.plan import planned
from lib.scene.draw import draw
from lib.scene.parse import parse
from lib.scene.vocabulary import vocabulary
from tests.engine.stills.conftest import Make
from tests.words.test_vectors import WEIRD

SMALL = {"width": 96, "height": 96, "steps": 2}
LEAST = 3.0  # grey levels between two media
# A prompt comes through the wire, where a lone surrogate is refused.
SENT = [text for text in WEIRD if text.encode("utf-8", "ignore").decode() == text]


@pytest.fixture(scope="module")
def looks() -> dict[str, Pixels]:
    """One drawing in each medium; words would also change the composition."""
    drawn = draw(parse("a house in a garden by a lake"), 1, 96, 96).picture
    pictures = {}
    for medium in (PLAIN, *MEDIA):
        named = replace(parse(""), styles=(medium.name,))
        look = look_of(named, np.full(STYLES, 1 / STYLES, np.float32))
        assert look.medium is medium
        painting = Painting(Motif(drawn), look, 1, None)
        for pieces in planned(4, network=False):
            for piece in pieces:
                painting.do(piece, lambda: None)
        painting.end_strokes(lambda: None)
        pictures[medium.name] = painting.picture(lambda: None)
    return pictures


@pytest.mark.parametrize("medium", MEDIA, ids=lambda medium: medium.name)
def test_each_medium_has_a_look_of_its_own(medium: Medium, looks: dict[str, Pixels]) -> None:
    for name, other in looks.items():
        if name != medium.name:
            apart = np.abs(looks[medium.name].astype(np.int16) - other).mean()
            assert apart > LEAST, name


def test_each_style_word_has_a_finish_and_each_finish_words() -> None:
    known = vocabulary()
    assert known.names("style") == {medium.name for medium in MEDIA} | set(TONES)
    for word in known.words("style"):
        described = parse(f"a cat in a garden, {word}")
        assert medium_of(described) is not PLAIN or set(described.styles) & set(TONES), word
        assert not described.unknown and [item.name for item in described.items] == ["cat"], word


def test_black_and_white_and_sepia_go_over_any_medium(make: Make) -> None:
    for medium in ("", "oil painting", "photograph"):
        grey = make(f"a red house, {medium}, black and white", **SMALL).astype(np.int16)
        assert np.ptp(grey, axis=2).max() <= 1
        brown = make(f"a red house, {medium}, sepia", **SMALL).mean(axis=(0, 1))
        assert brown[0] > brown[1] > brown[2]


def test_a_black_and_white_animal_is_painted_in_colours() -> None:
    even = np.full(STYLES, 1 / STYLES, np.float32)
    for words, tones in (("a black and white cow", 0), ("a cow, black and white", 1)):
        assert len(look_of(parse(words), even).finishes) == 1 + tones


@pytest.mark.parametrize(
    "words",
    [
        "a drawing room",
        "an oil lamp",
        "chalk cliffs",
        "an ink bottle",
        "a poster on a wall",
        "a photo frame on a table",
        "a canvas tent",
    ],
)
def test_a_thing_that_is_called_after_a_medium_names_none(words: str) -> None:
    assert medium_of(parse(words)) is PLAIN
    assert medium_of(parse(f"{words}, charcoal")).name == "charcoal"


@pytest.mark.parametrize("prompt", SENT)
def test_any_text_makes_a_picture(make: Make, prompt: str) -> None:
    assert make(prompt, width=64, height=72, steps=1).std() > 2
