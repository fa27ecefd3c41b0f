"""Which values share a change, and what keeps its place."""

from __future__ import annotations

from collections.abc import Iterator

from lib.osc.addresses import OscAction
from lib.osc.change_queue import (
    MOST_ACTIONS,
    MOST_SEPARATE_CHANGES,
    ChangeQueue,
    QueuedAction,
    QueuedChange,
)


def queued(who: str = "session", **change: object) -> QueuedChange:
    return QueuedChange(dict(change), {who: None})  # type: ignore[arg-type] # a test's plain values


def taken(queue: ChangeQueue) -> Iterator[object]:
    while item := queue.take():
        yield item.values if isinstance(item, QueuedChange) else item.action.what


def test_a_thousand_values_of_a_fader_are_one_change() -> None:
    queue = ChangeQueue()
    for number in range(1000):
        queue.add_change(queued(strength=number / 1000))
    assert list(taken(queue)) == [{"strength": 0.999}]


def test_two_faders_and_two_hands_keep_a_change_of_their_own() -> None:
    queue = ChangeQueue()
    for number in range(100):
        queue.add_change(queued(strength=number / 100))
        queue.add_change(queued(opacity=number / 200))
    assert list(taken(queue)) == [{"strength": 0.99}, {"opacity": 0.495}]
    queue.add_change(queued("one", strength=0.1))
    queue.add_change(queued("two", strength=0.2))
    queue.add_change(queued("one", strength=0.3))
    assert list(taken(queue))[-1] == {"strength": 0.3}


def test_a_bundle_stays_whole_and_the_newest_value_wins() -> None:
    queue = ChangeQueue()
    queue.add_change(queued(strength=0.1))
    queue.add_change(queued(strength=0.2, seed=7))
    queue.add_change(queued(strength=0.3))
    queue.add_change(queued(strength=0.4))
    assert list(taken(queue)) == [
        {"strength": 0.1},
        {"strength": 0.2, "seed": 7},
        {"strength": 0.4},
    ]


def test_where_more_move_than_can_be_played_they_share_a_change() -> None:
    queue = ChangeQueue()
    names = [f"fader{number}" for number in range(20)]
    for number in range(50):
        for name in names:
            queue.add_change(queued(name, **{name: number}))
    assert len(queue) == MOST_SEPARATE_CHANGES
    last: dict[str, object] = {}
    while item := queue.take():
        assert isinstance(item, QueuedChange) and item.who
        last |= item.values
    assert last == dict.fromkeys(names, 49)


def test_hard_holds_for_what_comes_between_it_and_soft() -> None:
    queue = ChangeQueue()
    queue.add_change(queued(strength=0.1))
    queue.add_change(queued(cut=True))
    queue.add_change(queued(prompt="a"))
    queue.add_change(queued(cut=False))
    queue.add_change(queued(strength=0.9))
    state: dict[str, object] = {}
    seen = {}
    for change in taken(queue):
        assert isinstance(change, dict)
        state |= change
        seen |= {key: state.get("cut") for key in change}
    assert seen == {"cut": False, "prompt": True, "strength": False}


def test_an_action_keeps_its_place_and_there_is_an_end_to_them() -> None:
    queue = ChangeQueue()
    queue.add_change(queued(strength=0.1))
    assert queue.add_action(QueuedAction(OscAction("undo"), "session"))
    queue.add_change(queued(strength=0.2))
    assert list(taken(queue)) == [{"strength": 0.1}, "undo", {"strength": 0.2}]
    assert all(
        queue.add_action(QueuedAction(OscAction("undo"), "session")) for _ in range(MOST_ACTIONS)
    )
    assert not queue.add_action(QueuedAction(OscAction("undo"), "session"))
    for number in range(1000):
        queue.add_change(queued(cut=bool(number % 2), strength=number / 1000))
    assert len(queue) <= MOST_ACTIONS + 1
    assert list(taken(queue))[-1] == {"cut": True, "strength": 0.999}


def test_a_change_of_hundreds_of_senders_names_a_few() -> None:
    queue = ChangeQueue()
    for number in range(500):
        queue.add_change(queued(f"10.0.0.{number}", opacity=0.5, **{f"x{number}": 1}))
    item = list(queue._items)[-1]
    assert isinstance(item, QueuedChange)
    assert item.who == "10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6 and 493 more"
    assert queued("one", opacity=1).who == "one"
