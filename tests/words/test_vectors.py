import subprocess
import sys

import numpy as np
import pytest

from lib.config.settings import ROOT
from lib.words.vectors import Embedder, HashedWords, WordVectors, words_of

WEIRD = [
    "",
    " ",
    "\n\t",
    "🌊🔥",
    "the of and",
    "ш" * 2000,
    "בית ליד הים",
    "\x00",
    "\ud800",
    "a" * 2000,
]


@pytest.fixture(scope="module", params=[WordVectors, HashedWords])
def vectors(request: pytest.FixtureRequest) -> Embedder:
    made: Embedder = request.param()
    return made


def test_alike_words_lie_closer_than_others() -> None:
    place = WordVectors().embed
    assert place("ocean waves") @ place("stormy sea") > place("ocean waves") @ place("accountant")


def test_without_vectors_the_same_word_is_still_the_same() -> None:
    place = HashedWords().embed
    assert place("a red Rose") @ place("rose") > 0.5 > abs(place("rose") @ place("tulip"))


@pytest.mark.parametrize("text", WEIRD)
def test_any_text_has_a_place(vectors: Embedder, text: str) -> None:
    vector = vectors.embed(text)
    length = float(np.linalg.norm(vector))
    assert vector.shape == (256,) and (length == 0 or abs(length - 1) < 1e-5)


def test_little_words_do_not_count_unless_alone() -> None:
    assert words_of("The sea at the shore") == ["sea", "shore"]
    assert words_of("the of") == ["the", "of"]


def test_reading_the_vectors_loads_no_network_library() -> None:
    code = (
        "import sys; from lib.words.vectors import WordVectors; WordVectors();"
        "print([one for one in ('requests', 'httpx2', 'wordllama', 'torch') if one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
