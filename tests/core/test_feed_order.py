import random

from hypothesis import given
from hypothesis import strategies as st

from lib.core.feed_order import FeedOrder

S = 1_000_000_000


def test_an_older_frame_and_a_repeat_are_refused() -> None:
    order = FeedOrder()
    assert order.accepts(10, 5000, now_ns=0)
    order.shown(10, 5000)
    assert not order.accepts(9, 4967, now_ns=1)
    assert not order.accepts(10, 5000, now_ns=2)
    assert order.accepts(11, 5033, now_ns=3)


def test_a_primary_that_has_started_again_is_followed_at_once() -> None:
    order = FeedOrder()
    order.shown(90_000, 5000)
    assert order.accepts(0, 5001, now_ns=0)
    order.shown(0, 5001)
    assert order.accepts(1, 5034, now_ns=1)
    assert not order.accepts(0, 4000, now_ns=1)


def test_a_higher_index_is_taken_although_the_clock_was_set_back() -> None:
    order = FeedOrder()
    order.shown(10, 5000)
    assert order.accepts(11, 1000, now_ns=0)


def test_a_restart_with_a_clock_set_back_does_not_freeze_the_screen() -> None:
    order = FeedOrder(patience_ns=S)
    order.shown(90_000, 5000)
    assert not order.accepts(0, 10, now_ns=50 * S)  # patience begins with the first refusal
    assert not order.accepts(20, 700, now_ns=50 * S + S - 1)
    assert order.accepts(30, 1000, now_ns=51 * S)


def test_a_stray_old_frame_now_and_then_uses_up_no_patience() -> None:
    order = FeedOrder(patience_ns=S)
    for second in range(10):
        order.shown(100 + second, 5000 + second)
        assert not order.accepts(3, 100, now_ns=second * S)


@given(st.integers(0, 2**32), st.integers(2, 60))
def test_in_any_shuffle_of_one_run_what_is_shown_only_grows(seed: int, number: int) -> None:
    frames = [(index, 1000 + 33 * index) for index in range(number)]
    random.Random(seed).shuffle(frames)
    order, shown = FeedOrder(), []
    for now_ns, frame in enumerate(frames):
        if order.accepts(*frame, now_ns=now_ns):
            order.shown(*frame)
            shown.append(frame[0])
    assert shown == sorted(set(shown))
    assert shown[-1] == number - 1
