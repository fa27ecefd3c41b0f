from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.config.params import MOST_IN_MIX
from lib.core.glide import (
    MOST_PARTS,
    Glide,
    mix_between,
    mix_for,
    mix_glide,
    number_between,
    number_glide,
)

SECOND_NS = 1_000_000_000
Mix = tuple[tuple[str, float], ...]

numbers = st.floats(-1e6, 1e6, allow_nan=False)
shares = st.floats(0, 1, allow_nan=False)
times = st.integers(0, 10 * SECOND_NS)


def mixes(most: int = MOST_PARTS) -> st.SearchStrategy[Mix]:
    def whole(parts: dict[str, int]) -> Mix:
        total = sum(parts.values())
        return tuple((key, weight / total) for key, weight in parts.items())

    keys = st.sampled_from("abcdefghijklmno")
    return st.dictionaries(keys, st.integers(1, 100), min_size=1, max_size=most).map(whole)


def check(mix: Mix) -> None:
    """What Params demands of a mix."""
    assert 1 <= len(mix) <= MOST_PARTS
    assert len({key for key, _ in mix}) == len(mix)
    assert all(0 <= weight <= 1 for _, weight in mix)
    assert sum(weight for _, weight in mix) == pytest.approx(1, abs=1e-9)


def test_a_number_is_half_way_at_half_time() -> None:
    glide = number_glide(0.0)
    glide.to(1.0, SECOND_NS, now_ns=5 * SECOND_NS)
    assert [glide.at(int(s * SECOND_NS)) for s in (4, 5, 5.5, 6, 7)] == [0, 0, 0.5, 1, 1]
    assert glide.busy(5 * SECOND_NS) and not glide.busy(6 * SECOND_NS)


def test_without_time_it_is_there_at_once() -> None:
    glide = number_glide(0.2)
    glide.to(0.9, 0, now_ns=7)
    assert glide.at(7) == 0.9 and not glide.busy(7)
    glide.to(0.1, SECOND_NS, now_ns=7)
    glide.to(0.3, 0, now_ns=8)
    assert glide.at(8) == 0.3
    glide.to(0.1, SECOND_NS, now_ns=9)
    glide.cut(0.1)
    assert glide.at(0) == 0.1 and not glide.busy(9)


def test_an_interrupted_glide_starts_from_where_it_is() -> None:
    glide = number_glide(0.0)
    glide.to(1.0, 100, now_ns=0)
    glide.to(0.0, 100, now_ns=50)
    assert [glide.at(t) for t in (50, 100, 150)] == [0.5, 0.25, 0.0]


def test_the_same_target_again_changes_nothing_of_the_way() -> None:
    glide = number_glide(0.0)
    glide.to(1.0, 100, now_ns=0)
    glide.to(1.0, 100, now_ns=90)
    glide.to(1.0, 0, now_ns=91)
    assert glide.at(95) == 0.95 and glide.at(100) == 1.0


def test_prompts_cross_fade_and_what_comes_stands_first() -> None:
    glide = mix_glide((("sea", 1.0),))
    glide.to((("fire", 1.0),), 100, now_ns=0)
    assert glide.at(25) == (("fire", 0.25), ("sea", 0.75))
    glide.to((("sea", 1.0),), 100, now_ns=25)
    assert glide.at(75) == (("sea", 0.875), ("fire", 0.125))
    assert glide.at(125) == (("sea", 1.0),)


def test_seeds_glide_too() -> None:
    glide = mix_glide(((7, 1.0),))
    glide.to(((9, 1.0),), 100, now_ns=0)
    assert glide.at(75) == ((9, 0.75), (7, 0.25))


def test_the_faintest_part_makes_room_and_the_others_share_its_weight() -> None:
    start = (*((name, 0.125) for name in "abcdefg"), ("faint", 0.1), ("half", 0.025))
    kept = mix_for(start, (("new", 1.0),))
    assert [key for key, _ in kept] == list("abcdefg")
    assert all(weight == pytest.approx(1 / 7) for _, weight in kept)
    # Where it is what comes, the next faintest goes.
    assert dict(mix_for(start, (("half", 1.0),))).keys() == {*"abcdefg", "half"}


def test_the_most_of_a_mix_is_what_params_allow() -> None:
    assert MOST_PARTS == MOST_IN_MIX


@given(numbers, numbers, st.lists(shares, min_size=2, max_size=20))
def test_numbers_are_monotonic_and_never_beyond_their_ends(
    start: float, end: float, at: list[float]
) -> None:
    way = [number_between(start, end, share) for share in sorted(at)]
    assert way == sorted(way, reverse=end < start)
    assert all(min(start, end) <= one <= max(start, end) for one in way)


@given(mixes(), mixes(2), st.lists(shares, min_size=2, max_size=20))
def test_each_part_of_a_mix_is_monotonic(start: Mix, end: Mix, at: list[float]) -> None:
    start = mix_for(start, end)
    way = [dict(mix_between(start, end, share)) for share in sorted(at)]
    comes, was = dict(end), dict(start)
    for key in comes | was:
        weights = [mix.get(key, 0.0) for mix in way]
        assert weights == sorted(weights, reverse=comes.get(key, 0.0) < was.get(key, 0.0))


@given(mixes(1), st.lists(st.tuples(times, mixes(2), times), max_size=40), times)
def test_however_often_a_mix_is_interrupted_it_stays_a_mix(
    first: Mix, changes: list[tuple[int, Mix, int]], after: int
) -> None:
    glide, now_ns = mix_glide(first), 0
    for pause_ns, target, over_ns in changes:
        now_ns += pause_ns
        goes_on = target == glide.target
        glide.to(target, over_ns, now_ns)
        assert goes_on or over_ns or glide.at(now_ns) == target
        check(glide.at(now_ns))
        check(glide.at(now_ns + over_ns // 3))
        assert glide.at(now_ns + 10 * SECOND_NS) == glide.target
    check(glide.at(now_ns + after))


@given(st.lists(st.tuples(times, numbers, times), min_size=1, max_size=30))
def test_a_number_never_jumps_unless_it_is_told_to(changes: list[tuple[int, float, int]]) -> None:
    glide, now_ns = number_glide(0.0), 0
    for pause_ns, target, over_ns in changes:
        now_ns += pause_ns
        here = glide.at(now_ns)
        goes_on = target == glide.target
        glide.to(target, over_ns, now_ns)
        assert glide.at(now_ns) == (here if over_ns or goes_on else target)


def test_any_kind_of_value_can_glide() -> None:
    glide = Glide((0, 0), lambda a, b, share: (round(a[0] + (b[0] - a[0]) * share), b[1]))
    glide.to((10, 3), 100, now_ns=0)
    assert glide.at(50) == (5, 3)
