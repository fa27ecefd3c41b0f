"""What waits until it is due: a bounded number, and nobody takes the room of others."""

from __future__ import annotations

from lib.osc.due_bundles import MOST, DueBundles
from lib.osc.packet import Bundle

BUNDLE = Bundle(None, [])
SECOND = 1_000_000_000


def taken(due: DueBundles, now_ns: int) -> list[str]:
    who = []
    while one := due.take(now_ns):
        who.append(one.who)
    return who


def test_they_come_out_in_the_order_in_which_they_are_due_and_then_as_they_came() -> None:
    due = DueBundles()
    for who, at in (("c", 30), ("a", 10), ("b", 10)):
        assert due.put(at, BUNDLE, who) is None
    assert due.next_ns == 10 and taken(due, 9) == []
    assert taken(due, 10) == ["a", "b"] and due.next_ns == 30
    assert taken(due, 99) == ["c"] and due.next_ns is None and len(due) == 0


def test_a_flood_drops_its_own_and_leaves_room_for_others() -> None:
    due = DueBundles()
    for number in range(MOST + 100):
        assert due.put(50 * SECOND + number, BUNDLE, "flood") == (
            "flood" if number >= MOST else None
        )
    for number in range(MOST // 4):
        assert due.put((10 + number) * SECOND, BUNDLE, "honest") == "flood"
    assert due.put(50 * SECOND, BUNDLE, "flood") == "flood"
    assert due.put(5 * SECOND, BUNDLE, "third") == "flood"
    assert len(due) == MOST and taken(due, 10 * SECOND) == ["third", "honest"]
    assert taken(due, 10**12).count("honest") == MOST // 4 - 1


def test_what_is_due_earlier_survives_a_flood_of_the_same_sender() -> None:
    due = DueBundles()
    for number in range(MOST):
        due.put(50 * SECOND + number, BUNDLE, "one machine")
    assert due.put(10 * SECOND, BUNDLE, "one machine") == "one machine"
    assert len(due) == MOST and due.next_ns == 10 * SECOND
