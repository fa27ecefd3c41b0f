"""When which fault strikes: the same for the same seed, with rests, and all of them."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from bench.faults.schedule import EARLY, FIRST_S, TOTAL_REST, Kind, schedule

KINDS = {
    kind.name: kind
    for kind in (
        Kind("kill one", 4),
        Kind("stop one", 7),
        Kind("rubbish", 3),
        Kind("kill all", 5, total=True),
        Kind("stop all", 6, total=True),
        Kind("kill primary", 5, total=True, ends_primary=True),
    )
}
REST_S = 8.0


@pytest.mark.parametrize("seed", range(40))
def test_rests_are_kept_and_no_total_fault_follows_another(seed: int) -> None:
    strikes = schedule(list(KINDS.values()), 1200, seed, REST_S)
    assert strikes == schedule(list(KINDS.values()), 1200, seed, REST_S)
    assert strikes[0].start_s >= FIRST_S
    for one, other in pairwise(strikes):
        kind = KINDS[one.name]
        rest_s = REST_S * (TOTAL_REST if kind.total else 1)
        assert other.start_s >= one.start_s + kind.lasts_s + rest_s - 0.01
        assert not (kind.total and KINDS[other.name].total)
    last = KINDS[strikes[-1].name]
    assert strikes[-1].start_s + last.lasts_s + REST_S <= 1200
    counts = Counter(strike.name for strike in strikes)
    often = [counts[name] for name, kind in KINDS.items() if not kind.total]
    assert max(often) - min(often) <= 1 and min(often) >= 8


def test_the_primary_is_ended_in_the_first_part_only() -> None:
    ends = [
        strike.start_s
        for seed in range(40)
        for strike in schedule(list(KINDS.values()), 1200, seed, REST_S)
        if strike.name == "kill primary"
    ]
    assert ends and max(ends) <= EARLY * 1200


def test_another_seed_is_another_schedule() -> None:
    kinds = list(KINDS.values())
    assert len({tuple(schedule(kinds, 600, seed, REST_S)) for seed in range(10)}) == 10


@pytest.mark.parametrize("names", [["kill one"], ["kill all"], ["kill primary"], []])
def test_few_kinds_come_as_often_as_they_may(names: list[str]) -> None:
    strikes = schedule([KINDS[name] for name in names], 300, 1, REST_S)
    assert {strike.name for strike in strikes} == set(names)


def test_too_short_a_time_is_left_in_peace() -> None:
    assert schedule(list(KINDS.values()), 15, 1, REST_S) == []
