"""lib.core.second_press: twice on purpose, and neither a bounce nor another hand."""

from __future__ import annotations

from lib.core.second_press import MOST_HANDS, NOT_BEFORE_NS, WITHIN_NS, SecondPress

S = 1_000_000_000


def test_the_second_press_of_the_same_hand_counts_once() -> None:
    asked = SecondPress()
    assert not asked.confirms("anna", 0)
    assert not asked.confirms("ben", S), "another hand"
    assert asked.confirms("anna", S)
    assert not asked.confirms("anna", 2 * S), "a third press is a first one again"


def test_a_press_that_bounces_or_a_fader_is_one_press() -> None:
    asked = SecondPress()
    for ms in range(0, 5000, 16):
        assert not asked.confirms("fader", ms * 1_000_000)
    assert asked.confirms("fader", 4992 * 1_000_000 + NOT_BEFORE_NS)


def test_after_a_while_it_is_a_first_press_again() -> None:
    asked = SecondPress()
    asked.confirms("anna", 0)
    assert not asked.confirms("anna", WITHIN_NS + 1)
    assert asked.confirms("anna", 2 * WITHIN_NS)


def test_hands_are_bounded_and_the_oldest_is_forgotten() -> None:
    asked = SecondPress()
    for number in range(MOST_HANDS + 1):
        asked.confirms(number, 0)
    assert not asked.confirms(0, S)
    assert asked.confirms(MOST_HANDS, S)
