from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.ladder import KEPT, OLD_NS, RUNGS, Ladder

MS = 1_000_000
MOMENTS = (0, 2 * MS, 5 * MS, 45 * MS, 60 * MS, 61 * MS)  # captured ... published
SAID = {"decode": 3.0, "engine": 25.0, "look": 4.0, "encode": 2.0}


def test_the_rungs_of_a_frame() -> None:
    ladder = Ladder()
    ladder.add(MOMENTS, SAID)
    found = ladder.read(61 * MS)
    assert list(found) == list(RUNGS)
    assert [times[0] for times in found.values()] == [2, 3, 6, 3, 25, 4, 2, 15, 1]


@given(
    st.lists(st.integers(0, 10**9), min_size=6, max_size=6),
    st.dictionaries(st.sampled_from([*SAID, "queue", "total"]), st.floats(0, 2000)),
)
def test_the_rungs_add_up_to_the_latency_whatever_a_worker_says(
    steps: list[int], said: dict[str, float]
) -> None:
    moments, now_ns = [], 0
    for step in steps:
        now_ns += step
        moments.append(now_ns)
    ladder = Ladder()
    a, b, c, d, e, f = moments
    ladder.add((a, b, c, d, e, f), said)
    found = ladder.read(now_ns)
    assert all(times[0] >= 0 for times in found.values())
    assert sum(times[0] for times in found.values()) == pytest.approx((f - a) / 1e6, abs=0.05)


def test_a_worker_that_says_nothing_has_all_its_time_on_the_network() -> None:
    ladder = Ladder()
    ladder.add(MOMENTS, {})
    found = ladder.read(61 * MS)
    assert found["network"][0] == 40
    assert not found.keys() & SAID.keys()


def test_a_worker_that_says_more_than_it_can_have_needed_is_not_believed() -> None:
    ladder = Ladder()
    ladder.add(MOMENTS, {"engine": 41.0})
    found = ladder.read(61 * MS)
    assert found["network"][0] == 40 and "engine" not in found


def test_only_who_looks_at_pictures_has_that_rung() -> None:
    ladder = Ladder()
    ladder.add(MOMENTS, {name: ms for name, ms in SAID.items() if name != "look"})
    found = ladder.read(61 * MS)
    assert "look" not in found and found["network"][0] == 10


def test_workers_that_speak_and_workers_that_do_not_stand_side_by_side() -> None:
    ladder = Ladder()
    for number in range(100):
        ladder.add(MOMENTS, SAID if number % 2 else {})
    found = ladder.read(61 * MS)
    assert found["engine"] == (25, 25, 25)
    assert found["network"] == (40, 40, 40) or found["network"] == (6, 40, 40)


def test_percentiles_are_of_the_latest_frames_and_old_ones_say_nothing() -> None:
    ladder = Ladder()
    for number in range(KEPT + 50):
        late_ns = 9 * MS if number < 50 else (number - 50) * MS // 10
        at_ns = number * MS
        ladder.add((at_ns, at_ns, at_ns, at_ns, at_ns, at_ns + late_ns), {})
    p50, p95, p99 = ladder.read(10**9)["publish"]
    assert (p50, p95, p99) == pytest.approx((15, 28.4, 29.6), abs=0.2)
    assert ladder.read(10**9 + OLD_NS) == {}


def test_before_the_first_frame_there_is_no_ladder() -> None:
    assert Ladder().read(5) == {}
