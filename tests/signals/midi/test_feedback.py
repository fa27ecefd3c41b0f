"""A motor fader follows the show, and never fights the hand."""

from __future__ import annotations

from lib.signals.midi.feedback import ECHO_NS, EVERY_NS, HAND_NS, ControlFeedback

MS = 1_000_000


def test_a_wish_is_sent_once() -> None:
    feedback = ControlFeedback()
    feedback.want(0.5)
    assert feedback.due(0) == 0.5
    feedback.want(0.5)
    assert feedback.due(EVERY_NS) is None


def test_wishes_that_come_fast_are_thinned_and_the_last_one_arrives() -> None:
    feedback = ControlFeedback()
    sent = []
    for step in range(101):
        feedback.want(step / 100)
        if (at := feedback.due(step * MS)) is not None:
            sent.append(at)
    assert len(sent) <= 5
    assert feedback.due(101 * MS + EVERY_NS) == 1.0


def test_nothing_is_sent_while_a_hand_moves_and_the_wish_after_it() -> None:
    feedback = ControlFeedback()
    assert feedback.moved(0.3, 0)
    for step in range(10):
        assert feedback.moved(0.3 + step / 100, step * 100 * MS)
        feedback.want(0.9)
        assert feedback.due(step * 100 * MS + MS) is None
    still = 900 * MS + HAND_NS
    feedback.want(0.9)
    assert feedback.due(still) == 0.9


def test_the_wish_of_before_the_hand_is_over() -> None:
    feedback = ControlFeedback()
    feedback.want(0.9)
    feedback.moved(0.2, 0)
    assert feedback.due(10 * HAND_NS) is None


def test_a_motor_that_reports_its_own_way_is_no_hand() -> None:
    feedback = ControlFeedback()
    feedback.moved(0.0, 0)
    feedback.want(1.0)
    start = HAND_NS
    assert feedback.due(start) == 1.0
    assert not any(feedback.moved(at / 10, start + at * 20 * MS) for at in range(11))
    assert not feedback.held(start + 300 * MS)


def test_a_hand_that_holds_the_fader_against_its_motor_wins() -> None:
    feedback = ControlFeedback()
    feedback.moved(0.5, 0)
    feedback.want(0.8)
    assert feedback.due(HAND_NS) == 0.8
    assert feedback.moved(0.2, HAND_NS + 50 * MS), "it went the other way"
    assert feedback.due(HAND_NS + 100 * MS) is None
    assert feedback.moved(0.6, HAND_NS + ECHO_NS + MS), "the motor has long arrived"


def test_a_controller_that_comes_back_is_told_anew() -> None:
    feedback = ControlFeedback()
    feedback.want(0.5)
    assert feedback.due(0) == 0.5
    feedback.lost()
    feedback.want(0.5)
    assert feedback.due(MS) == 0.5
