"""Which values share a change, and what keeps its place."""

from __future__ import annotations

from collections.abc import Iterator

from lib.osc.addresses import Deed
from lib.osc.pending import MOST_DEEDS, MOST_WISHES, Order, Pending, Wish


def wish(who: str = "session", **change: object) -> Wish:
    return Wish(dict(change), {who: None})  # type: ignore[arg-type] # a test's plain values


def taken(pending: Pending) -> Iterator[object]:
    while item := pending.take():
        yield item.change if isinstance(item, Wish) else item.deed.what


def test_a_thousand_values_of_a_fader_are_one_change() -> None:
    pending = Pending()
    for number in range(1000):
        pending.change(wish(strength=number / 1000))
    assert list(taken(pending)) == [{"strength": 0.999}]


def test_two_faders_and_two_hands_keep_a_change_of_their_own() -> None:
    pending = Pending()
    for number in range(100):
        pending.change(wish(strength=number / 100))
        pending.change(wish(opacity=number / 200))
    assert list(taken(pending)) == [{"strength": 0.99}, {"opacity": 0.495}]
    pending.change(wish("one", strength=0.1))
    pending.change(wish("two", strength=0.2))
    pending.change(wish("one", strength=0.3))
    assert list(taken(pending))[-1] == {"strength": 0.3}


def test_a_bundle_stays_whole_and_the_newest_value_wins() -> None:
    pending = Pending()
    pending.change(wish(strength=0.1))
    pending.change(wish(strength=0.2, seed=7))
    pending.change(wish(strength=0.3))
    pending.change(wish(strength=0.4))
    assert list(taken(pending)) == [
        {"strength": 0.1},
        {"strength": 0.2, "seed": 7},
        {"strength": 0.4},
    ]


def test_where_more_move_than_can_be_played_they_share_a_change() -> None:
    pending = Pending()
    names = [f"fader{number}" for number in range(20)]
    for number in range(50):
        for name in names:
            pending.change(wish(name, **{name: number}))
    assert len(pending) == MOST_WISHES
    last: dict[str, object] = {}
    while item := pending.take():
        assert isinstance(item, Wish) and item.who
        last |= item.change
    assert last == dict.fromkeys(names, 49)


def test_hard_holds_for_what_comes_between_it_and_soft() -> None:
    pending = Pending()
    pending.change(wish(strength=0.1))
    pending.change(wish(cut=True))
    pending.change(wish(prompt="a"))
    pending.change(wish(cut=False))
    pending.change(wish(strength=0.9))
    state: dict[str, object] = {}
    seen = {}
    for change in taken(pending):
        assert isinstance(change, dict)
        state |= change
        seen |= {key: state.get("cut") for key in change}
    assert seen == {"cut": False, "prompt": True, "strength": False}


def test_a_deed_keeps_its_place_and_there_is_an_end_to_them() -> None:
    pending = Pending()
    pending.change(wish(strength=0.1))
    assert pending.deed(Order(Deed("undo"), "session"))
    pending.change(wish(strength=0.2))
    assert list(taken(pending)) == [{"strength": 0.1}, "undo", {"strength": 0.2}]
    assert all(pending.deed(Order(Deed("undo"), "session")) for _ in range(MOST_DEEDS))
    assert not pending.deed(Order(Deed("undo"), "session"))
    for number in range(1000):
        pending.change(wish(cut=bool(number % 2), strength=number / 1000))
    assert len(pending) <= MOST_DEEDS + 1
    assert list(taken(pending))[-1] == {"cut": True, "strength": 0.999}
