"""The check that every still ends once: it sees each breach, and a short run has none."""

from __future__ import annotations

from typing import Any

import pytest

from bench.faults.stills import Counts, Plan, judged, run

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
        ([], GOOD, "0 of 1 stills were asked for"),
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


@pytest.mark.slow
def test_stills_end_once_whatever_is_killed_or_stopped() -> None:
    ended = run(Plan(jobs=12, workers=3, stalled=1, hurry=5, most_s=50))
    assert not ended.broken, ended
    assert ended.states["done"] > 8 and ended.counts.stalls
