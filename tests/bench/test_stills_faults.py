"""The check that every still ends once: it sees each breach, and a short run has none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.charts import Mark
from bench.faults.machine import power_trouble
from bench.faults.stills_faults import Plan, run
from bench.faults.stills_verdict import Counts, Sample, draw_course, forgotten, judged
from bench.postgres import missing

Event = tuple[str, str]


def job(
    state: str = "done", pictures: int = 1, error: str = "", samples: int = 1
) -> dict[str, Any]:
    return {
        "id": "a",
        "state": state,
        "pictures": [f"p{number}" for number in range(pictures)],
        "error": error,
        "params": {"samples": samples},
    }


def events(*whats: str) -> list[Event]:
    return [("a", what) for what in whats]


GOOD = events("queued", "running", "queued", "running", "sample 0", "done")


def test_a_still_that_ended_once_is_right_and_its_lost_lease_is_counted() -> None:
    ended = judged([job()], GOOD, 1, Counts(), 1)
    assert not ended.broken and (ended.claims, ended.lost) == (2, 1)
    ended = judged([job("failed", 0, "It vanished.")], events("queued", "failed"), 1, Counts(), 1)
    assert not ended.broken and ended.reasons == {"It vanished.": 1}


@pytest.mark.parametrize(
    ("shown", "told", "says"),
    [
        ([], GOOD, "0 of 1 stills are there"),
        ([job("running")], GOOD, "is still running"),
        ([job()], [*GOOD, *events("done")], "ended 2 times"),
        ([job()], events("queued", "running"), "ended 0 times"),
        ([job()], [*GOOD, *events("failed")], "ended 2 times"),
        ([job(samples=2)], GOOD, "1 pictures of 2"),
        ([job()], [*GOOD, *events("sample 0")], "sample 0 was taken twice"),
        ([job("failed", 0)], events("queued", "failed"), "failed without a reason"),
    ],
)
def test_each_breach_is_seen(shown: list[dict[str, Any]], told: list[Event], says: str) -> None:
    (broken,) = judged(shown, told, 1, Counts(), 1).broken
    assert says in broken


def test_databases_are_killed_and_the_power_cut_at_even_parts_of_the_way() -> None:
    plan = Plan(jobs=9, workers=1, stalled=0, database_kills=2, cuts=1)
    assert plan.due == [(1 / 3, "database"), (1 / 2, "power"), (2 / 3, "database")]


def test_what_was_done_and_is_no_longer_is_seen() -> None:
    course = [Sample(0, 3), Sample(1), Sample(2, 3), Sample(3, 2), Sample(4, 9)]
    assert forgotten(course) == ["at 3 s 2 were done, and 3 before"]


def test_the_course_is_drawn_with_its_gaps(tmp_path: Path) -> None:
    course = [Sample(at, 2 * at, at, 1.0) for at in range(20)]
    course[9] = Sample(9)
    draw_course(tmp_path / "course.svg", "course", course, [Mark("a service is killed", 9, 10)])
    drawn = (tmp_path / "course.svg").read_text()
    assert drawn.count("<polyline") == 6 + 1, "a rate is not known at 9 s, and five later"
    assert "1 a service is killed" in drawn


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(power_trouble() is not None, reason=str(power_trouble()))
def test_stills_end_once_whatever_is_killed_or_stopped_and_though_the_power_is_cut() -> None:
    ended = run(Plan(jobs=16, workers=3, stalled=1, cuts=1, delay_ms=100, hurry=5, most_s=150))
    assert not ended.broken, ended
    assert ended.states["done"] > 12 and ended.counts.stalls and ended.counts.cuts == 1


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(bool(missing()), reason=missing())
def test_the_same_in_a_postgresql_that_is_killed() -> None:
    ended = run(
        Plan(
            jobs=60,
            workers=3,
            stalled=1,
            ledger="postgresql",
            database_kills=1,
            delay_ms=20,
            hurry=5,
            most_s=150,
            lasting=False,
        )
    )
    assert not ended.broken, ended
    assert ended.states["done"] > 55 and ended.counts.database_kills == 1
