"""What the list that ships refuses and what it lets through, however either is spelled."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from lib.prompts.refused_words import RefusedWords, WordListError
from lib.prompts.word_list import LIST, WordList, read_list

SHIPPED = read_list(LIST)
HERE = Path(__file__).parent
_ESCAPED = re.compile(r"\\U([0-9a-f]{8})|\\u([0-9a-f]{4})|\\(n)")


def lines(name: str) -> list[str]:
    kept = HERE.joinpath(name).read_text("utf-8").splitlines()
    return [
        _ESCAPED.sub(lambda found: "\n" if found[3] else chr(int(found[1] or found[2], 16)), line)
        for line in kept
        if line and not line.startswith("#")
    ]


REFUSED, INNOCENT = lines("prompts_refused.txt"), lines("prompts_innocent.txt")
LANGUAGES = dict(line.split(": ", 1) for line in lines("common_words.txt"))


def test_what_strangers_tried_is_refused() -> None:
    assert len(REFUSED) >= 100
    assert [text for text in REFUSED if not SHIPPED.found(text)] == []


def test_what_nobody_minds_is_let_through() -> None:
    assert len(INNOCENT) >= 110
    assert {text: word for text in INNOCENT if (word := SHIPPED.found(text))} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_ordinary_words_of_other_languages_raise_no_alarm(language: str) -> None:
    words = LANGUAGES[language].split()
    assert len(words) > 45
    assert {word: found for word in words if (found := SHIPPED.found(word))} == {}
    assert {word: found for word in words if (found := SHIPPED.found(word.upper()))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "\u0301" * 5000,
        "\u0301\u0316" * 2500,  # not in their order, which takes the square of their number
        "a" + "\u0301\u0316\u0327" * 1650,
        "\u200b\u202e" * 2500,
    ],
)
def test_ten_kilobytes_of_marks_cost_less_than_words(text: str) -> None:
    words = ("a house by the sea " * 300)[: len(text)]
    SHIPPED.found(text)
    SHIPPED.found(words)
    assert min(seconds(text) for _ in range(5)) < min(seconds(words) for _ in range(5))


@pytest.mark.parametrize(
    "text", ["na.ked ", "a b ", "aa1!", "man", "womanman ", "裸", "ﷺ", "x \u202e", "a\u0301\u0316"]
)
def test_time_grows_with_the_length_and_no_faster(text: str) -> None:
    short, long = text * (2000 // len(text)), text * (8000 // len(text))
    SHIPPED.found(long)
    once = min(seconds(short) for _ in range(3))
    assert min(seconds(long) for _ in range(3)) < 8 * once + 0.01


def seconds(text: str) -> float:
    before = time.process_time()
    SHIPPED.found(text)
    return time.process_time() - before


def test_the_signs_about_people() -> None:
    refused = RefusedWords(
        ["bare", "?bar*", "!bare bones", "~bare tree", "@man", "@mensch*", "!barré"], "x"
    )
    assert refused.count == 2
    for text, word in {
        "a bar": "",
        "a man in a bar": "bar",
        "ein Barren, Menschen": "bar",
        "a bare tree": "",
        "a man and a bare tree": "bare",
        "bare-tree": "",
        "bare. tree": "bare",
        "bare bones and a man": "",
        "bareman": "bare",
        "a man, barré": "",
        "a man, BARRE\u0301": "",
        "a man, barre": "bare",
        "a man, b\u200bar": "bar",
    }.items():
        assert refused.found(text) == word, text
    with pytest.raises(WordListError, match="line 2 of x is no word"):
        RefusedWords(["blue", "?"], "x")
    with pytest.raises(WordListError, match="holds no word to refuse"):
        RefusedWords(["!blue", "@man"], "x")


def test_two_texts_that_are_refused_together_only() -> None:
    words = WordList()
    assert words.objection("a nude colour palette", "a lake") == ""
    assert words.objection("a nude colour palette", "a woman") == (
        "'nude' is on the list of refused words"
    )
    assert words.objection("a nude", "a woman") == "", "that one is refused by itself"
    assert words.objection("cut my", "wrists") == ""
