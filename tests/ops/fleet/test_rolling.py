"""Whatever fails on the way, pictures are made somewhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lib.ops.fleet.machines import Machine
from lib.ops.fleet.rolling import RollingUpdate


def named(*names: str) -> list[Machine]:
    return [Machine(name, name) for name in names]


def test_those_that_are_down_come_first_and_together_then_a_third_at_a_time() -> None:
    machines = named(*"abcdefgh")
    roll = RollingUpdate(machines, dict.fromkeys(machines[2:], 1))
    assert roll.wave() == machines[:2]
    for one in machines[:2]:
        roll.ended(one, True, False)
    assert roll.wave() == machines[2:4]  # of eight that work, two


def test_the_last_one_is_left_unless_it_rolls_itself_or_is_told() -> None:
    (one,) = named("a")
    assert RollingUpdate([one], {one: 1}).wave() == []
    assert RollingUpdate([one], {one: 2}).wave() == [one]
    assert RollingUpdate([one], {one: 1}, alone_too=True).wave() == [one]
    roll = RollingUpdate([one], {one: 1})
    roll.wave()
    assert "no other worker makes pictures" in roll.left()[0][1]


def test_what_fails_twice_is_not_tried_on_the_rest() -> None:
    machines = named(*"abcd")
    roll = RollingUpdate(machines, dict.fromkeys(machines, 1))
    for _ in range(2):
        (one,) = roll.wave()
        roll.ended(one, True, True)  # taken back: it works as before
    assert roll.wave() == []
    assert [one for one, _ in roll.left()] == machines[2:]
    assert "2 machines before it failed" in roll.left()[0][1]


def test_who_is_slow_says_nothing_of_the_others() -> None:
    machines = named(*"abcd")
    roll = RollingUpdate(machines, dict.fromkeys(machines, 1))
    for _ in range(3):
        (one,) = roll.wave()
        roll.ended(one, False, False)
    assert roll.wave() == []  # the last one that works


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["works", "slow", "failed"])), max_size=9)
)
def test_never_all_at_once(house: list[tuple[int, str]]) -> None:
    machines = named(*map(str, range(len(house))))
    units = {one: workers for one, (workers, _) in zip(machines, house, strict=True)}
    fates = {one: fate for one, (_, fate) in zip(machines, house, strict=True)}
    working = {one for one in machines if units[one]}
    roll, seen = RollingUpdate(machines, units), []
    while wave := roll.wave():
        taken = working & set(wave)
        alone = taken == working and taken
        assert not alone or (len(taken) == 1 and units[taken.pop()] > 1)
        seen += wave
        for one in wave:
            works = fates[one] == "works"
            (working.add if works else working.discard)(one)
            roll.ended(one, works, fates[one] == "failed")
    assert len(seen) == len(set(seen))
    assert {*seen, *(one for one, _ in roll.left())} == set(machines)
