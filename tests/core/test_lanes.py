"""Places in the queue of stills, without a database: lib.core.lanes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lib.core.lanes import AHEAD_NS, Lane, Waiter, choose, next_turn, placed
from lib.core.still import Keep, Still

STILL = Still(
    id="j", number=1, request="{}", kind="txt2img", model="", engine="", side=512, samples=1,
    lane=Lane.BATCH, turn=1, keep=Keep.HISTORY, since_ns=0,
)  # fmt: skip


def waiter(owner: str, lane: Lane, turn: int, keep: Keep = Keep.HISTORY) -> Waiter:
    return Waiter("j", owner, lane, turn, keep, 0)


@given(st.lists(st.sampled_from("abc"), max_size=40))
def test_no_owner_is_served_twice_while_another_waits_for_its_first(owners: list[str]) -> None:
    last = dict.fromkeys("abc", 0)
    queue = []
    for number, owner in enumerate(owners):
        last[owner] = next_turn(0, last[owner])
        queue.append((last[owner], number, owner))
    for round_, _, owner in sorted(queue):
        waiting = [other for turn, _, other in queue if turn < round_]
        assert waiting.count(owner) == round_ - 1


def test_the_best_lane_and_its_first_turn_count() -> None:
    waiters = [waiter("a", Lane.BATCH, 1), waiter("b", Lane.INTERACTIVE, 9, Keep.CANVAS)]
    still = placed(STILL, waiters)
    assert (still.lane, still.turn, still.keep) == (Lane.INTERACTIVE, 9, Keep.CANVAS)


def test_what_was_sent_back_stays_behind_in_its_lane_only() -> None:
    still = replace(STILL, back=20)
    assert placed(still, [waiter("a", Lane.BATCH, 3)]).turn == 20
    assert placed(still, [waiter("a", Lane.INTERACTIVE, 3)]).turn == 3


def test_a_running_still_that_nobody_waits_for_is_history() -> None:
    assert placed(replace(STILL, keep=Keep.CANVAS), []).keep == Keep.HISTORY
    assert placed(replace(STILL, keep=Keep.NONE), []).keep == Keep.NONE


def test_a_held_model_overtakes_nobody_of_a_better_lane_or_who_has_waited() -> None:
    first = replace(STILL, lane=Lane.INTERACTIVE, model="other")
    held = replace(first, id="held", model="held")
    assert choose([], {"held"}, 0) is None
    assert choose([first, held], {"held"}, AHEAD_NS - 1) is held
    assert choose([first, held], {"held"}, AHEAD_NS) is first
    assert choose([first, replace(held, lane=Lane.BATCH)], {"held"}, 0) is first
