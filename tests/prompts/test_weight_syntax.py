"""What of a prompt is words, and that everything else survives a translation."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from runpy import run_path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.prompts.weight_syntax import MOST_PIECES, GrammarError, split_prompt


def shouted(text: str) -> str:
    taken = split_prompt(text)
    return taken.join([word.upper() for word in taken.words])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ein Garten aus Glas", "EIN GARTEN AUS GLAS"),
        (" ein Haus (rot), 'alt' ", " EIN HAUS (ROT), 'ALT' "),
        ('ein Schild, auf dem "offen" steht', 'EIN SCHILD, AUF DEM "OFFEN" STEHT'),
        ("(rot)1.3 Haus", "(ROT)1.3 HAUS"),
        ("(rotes Haus)1.3, am (Meer)0.8!", "(ROTES HAUS)1.3, AM (MEER)0.8!"),
        ("((alt)1.2 und rot)++", "((ALT)1.2 UND ROT)++"),
        ("rot++ Haus- am Meer", "ROT++ HAUS- AM MEER"),
        ("(Haus)-0.5", "(HAUS)-0.5"),
        ('("ein Haus", "das Meer").blend(0.7, 0.3)', '("EIN HAUS", "DAS MEER").blend(0.7, 0.3)'),
        ('("Haus", "Meer").and()', '("HAUS", "MEER").and()'),
        ('"altes Haus"1.5 am Meer', '"ALTES HAUS"1.5 AM MEER'),
        ("Haus.health(1.4) am Meer", "HAUS.health(1.4) AM MEER"),
        ("(Haus).health(1.4)", "(HAUS).health(1.4)"),
        (r"Haus \(alt\) am Meer++", r"HAUS \(ALT\) AM MEER++"),
        ("Haus++ withLora(tusche, 0.8)", "HAUS++ withLora(tusche, 0.8)"),
        ("12++ (34)1.2", "12++ (34)1.2"),
        ("дом++ у (моря)1.2", "ДОМ++ У (МОРЯ)1.2"),
    ],
)
def test_signs_stay_and_words_do_not(text: str, expected: str) -> None:
    assert shouted(text) == expected
    assert split_prompt(text).join(split_prompt(text).words) == text


@pytest.mark.parametrize("text", ["", "  ", "123", "!?", "🙂", "(12)1.3"])
def test_without_a_letter_there_is_nothing_to_translate(text: str) -> None:
    assert split_prompt(text).words == []


def test_compel_reads_the_same_grammar_before_and_after() -> None:
    """Where the real parser is at hand, it is the judge: same weights, other words."""
    pytest.importorskip("pyparsing")
    try:
        path = distribution("compel").locate_file("compel/prompt_parser.py")
    except PackageNotFoundError:
        pytest.skip("compel is not installed")
    # The file alone: the package would import torch.
    prompt_parser = run_path(str(path))
    parser = prompt_parser["PromptParser"]()
    for text in (
        "(rot)1.3 Haus am Meer",
        "rot++ Haus, ein- altes (Boot)0.8",
        '("ein Haus", "das Meer").blend(0.7, 0.3)',
        '"altes Haus"1.5 am Meer',
    ):
        before, after = parser.parse_conjunction(text), parser.parse_conjunction(shouted(text))
        assert repr(after).upper() == repr(before).upper()
        assert repr(after) != repr(before)


@pytest.mark.parametrize("word", ["house++", "(house)1.3", 'a "b"2', "x.blend(", r"\("])
def test_words_that_bring_signs_along_are_refused(word: str) -> None:
    for text in ("Haus", "Haus (am Meer)1.2"):
        taken = split_prompt(text)
        with pytest.raises(GrammarError, match=r"signs|weights"):
            taken.join([word, *taken.words[1:]])


def test_between_weights_not_even_a_bracket_may_come() -> None:
    taken = split_prompt("Haus (am Meer)1.2")
    with pytest.raises(GrammarError, match="signs"):
        taken.join(["house (old)", "at the sea"])
    assert split_prompt("Haus").join(["house (old)"]) == "house (old)"


def test_a_full_stop_of_the_translators_own_is_taken_off() -> None:
    taken = split_prompt("Haus++ am (Meer)1.2.")
    assert taken.join(["House.", "at the", "Sea. "]) == "House++ at the (Sea)1.2."


def test_what_is_left_alone() -> None:
    with pytest.raises(GrammarError, match="swap"):
        split_prompt("eine (Katze).swap(Hund) im Haus")
    with pytest.raises(GrammarError, match="pieces"):
        split_prompt("(rot)1.2 " * (MOST_PIECES + 1))


GRAMMAR = st.lists(st.sampled_from([*'ab ü1.,-+()"\\', ").blend(1,2)", "(a)1.2", "b++ "])).map(
    "".join
)


@given(st.one_of(GRAMMAR, st.text()))
def test_any_text_is_put_together_as_it_was_or_left_alone(text: str) -> None:
    try:
        taken = split_prompt(text)
    except GrammarError:
        return
    assert "".join(taken.parts) == text
    assert taken.join(taken.words) == text
