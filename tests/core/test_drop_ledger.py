from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from lib.core.drop_ledger import FORGET_NS, DropLedger


def test_what_was_given_up_is_lost_once_it_is_overtaken() -> None:
    ledger = DropLedger()
    ledger.give_up(5, last_shown=3, now_ns=0)
    ledger.settle(last_shown=4, now_ns=1)
    assert not ledger.counts
    ledger.settle(last_shown=6, now_ns=2)
    assert ledger.counts == {"lost": 1}


def test_what_was_given_up_and_comes_in_time_after_all_is_no_loss() -> None:
    ledger = DropLedger()
    ledger.give_up(5, last_shown=3, now_ns=0)
    ledger.shown(5)
    ledger.settle(last_shown=6, now_ns=FORGET_NS * 2)
    assert not ledger.counts


def test_a_lost_frame_that_comes_late_is_lost_and_not_late_too() -> None:
    ledger = DropLedger()
    ledger.give_up(5, last_shown=6, now_ns=0)
    ledger.late(5)
    ledger.give_up(8, last_shown=6, now_ns=0)
    ledger.late(8)
    ledger.settle(last_shown=9, now_ns=1)
    assert ledger.counts == {"lost": 2}
    ledger.late(7)
    assert ledger.counts == {"lost": 2, "late": 1}


def test_what_was_given_up_while_nothing_is_shown_is_lost_in_the_end() -> None:
    ledger = DropLedger()
    ledger.give_up(5, last_shown=3, now_ns=0)
    ledger.settle(last_shown=3, now_ns=FORGET_NS)
    assert not ledger.counts
    ledger.settle(last_shown=3, now_ns=FORGET_NS + 1)
    assert ledger.counts == {"lost": 1}


def test_nothing_is_kept_for_ever() -> None:
    ledger = DropLedger()
    for number in range(1000):
        ledger.give_up(number, last_shown=1000, now_ns=0)
    for _ in range(1000):
        ledger.settle(last_shown=1000, now_ns=FORGET_NS + 1)
    assert not ledger._lost and not ledger._given_up
    assert ledger.counts == {"lost": 1000}


WAYS = {
    "comes": ["come"],
    "comes too late": ["late"],
    "never comes": ["give up"],
    "is given up and comes all the same": ["give up", "come"],
    "is given up and comes too late": ["give up", "late"],
}


@given(st.lists(st.sampled_from(sorted(WAYS)), max_size=40), st.randoms(use_true_random=False))
def test_each_number_is_counted_once(ways: list[str], dice: random.Random) -> None:
    ledger, last, shown = DropLedger(), -1, 0
    left = {number: list(WAYS[way]) for number, way in enumerate(ways)}
    while left:
        number = dice.choice(sorted(left))
        what = left[number].pop(0)
        if not left[number]:
            del left[number]
        if what == "give up":
            ledger.give_up(number, last, 0)
        elif what == "late" or number <= last:
            ledger.late(number)
        else:
            last, shown = number, shown + 1
            ledger.shown(number)
        ledger.settle(last, 0)
    ledger.settle(len(ways), 0)
    assert shown + ledger.counts.total() == len(ways)
    assert ledger.counts.keys() <= {"lost", "late"}
