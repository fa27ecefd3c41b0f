"""Which worker is there for a still, and which better one it is left to."""

from __future__ import annotations

import pytest

from lib.core.still import SECOND_NS, Still
from lib.core.still_workers import BENCH_NS, StillRoster, StillWorker, WorkerName

PAINTER = StillWorker("painter", rank=1)
TURBO = StillWorker("turbo", ("txt2img", "img2img"), ("sd-turbo",), rank=2, largest=512)
IDENTITY = StillWorker("identity", rank=0)
T, T0 = WorkerName("t", "here"), WorkerName("i", "here")


def still(**change: object) -> Still:
    fields = {"kind": "txt2img", "model": "", "engine": "", "side": 512} | change
    return Still("id", 1, "{}", samples=1, lane=1, turn=1, keep=1, since_ns=0, **fields)  # type: ignore[arg-type] # a test's dials


def test_a_better_engine_counts_for_a_minute_since_it_asked() -> None:
    roster = StillRoster()
    roster.asked(T, TURBO, 0)
    roster.asked(T0, IDENTITY, 0)
    assert roster.better_than(PAINTER, 60 * SECOND_NS) == (TURBO,)
    assert roster.better_than(PAINTER, 60 * SECOND_NS + 1) == ()
    assert roster.better_than(TURBO, 0) == ()


def test_who_works_on_a_still_for_long_is_there_and_keeps_nobody_from_the_others() -> None:
    roster = StillRoster()
    roster.asked(T, TURBO, 0)
    roster.heard(T, 90 * SECOND_NS)
    assert roster.there(150 * SECOND_NS) == [TURBO] and roster.there(151 * SECOND_NS) == []
    assert roster.better_than(PAINTER, 90 * SECOND_NS) == ()


def test_who_hands_in_what_is_no_picture_is_not_there_for_longer_each_time() -> None:
    roster = StillRoster()
    roster.asked(T, TURBO, 0)
    roster.went_wrong(T, 0)
    assert roster.benched_ns(T, 0) == SECOND_NS and roster.better_than(PAINTER, 0) == ()
    roster.went_wrong(T, SECOND_NS)
    assert roster.benched_ns(T, SECOND_NS) == 2 * SECOND_NS
    roster.went_well(T)
    roster.went_wrong(T, 10 * SECOND_NS)
    assert roster.benched_ns(T, 10 * SECOND_NS) == SECOND_NS
    roster.went_wrong(WorkerName("stranger", "there"), 0)
    assert roster.benched_ns(WorkerName("stranger", "there"), 0) == 0


def test_a_new_name_for_each_fault_does_not_help() -> None:
    roster = StillRoster()
    good, other = WorkerName("good", "here"), WorkerName("x", "elsewhere")
    for who in (good, other):
        roster.asked(who, PAINTER, 0)
    roster.went_well(good)
    pauses_s = []
    for number in range(10):
        liar = WorkerName(f"liar {number}", "here")
        roster.asked(liar, TURBO, 0)
        pauses_s.append(roster.benched_ns(liar, 0) // SECOND_NS)
        roster.went_wrong(liar, 0)
    assert pauses_s == [0, 0, 0, 0, 1, 2, 5, 10, 30, 60]
    assert roster.benched_ns(WorkerName("another", "here"), 0) == BENCH_NS[-1]
    assert roster.benched_ns(good, 0) == roster.benched_ns(other, 0) == 0
    assert roster.there(0) == [PAINTER, PAINTER]
    roster.went_wrong(WorkerName("tomorrow", "here"), 200 * SECOND_NS)
    assert roster.benched_ns(WorkerName("another", "here"), 200 * SECOND_NS) == 0


def test_a_worker_that_did_well_once_may_not_lie_for_ever_after() -> None:
    roster = StillRoster()
    roster.asked(T, TURBO, 0)
    roster.went_well(T)
    for _ in range(7):
        roster.went_wrong(T, 0)
    assert roster.benched_ns(WorkerName("a new name", "here"), 0) > 0


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"engine": "painter"}, "a worker with painter"),
        ({"kind": "inpaint"}, "a worker that makes inpaint"),
        ({"side": 1024}, "a worker for 1024 pixels; the largest now is 512"),
        ({"model": "dream"}, "a worker with the model 'dream'; there is sd-turbo"),
        ({"not_before_ns": 5}, "another try in some seconds"),
        ({"model": "sd-turbo"}, ""),
    ],
)
def test_a_still_says_what_it_waits_for(asked: dict[str, object], says: str) -> None:
    roster = StillRoster()
    assert "none has asked" in roster.missing(still(**asked), 0)
    roster.asked(T, TURBO, 0)
    roster.asked(T0, IDENTITY, 0)
    assert roster.missing(still(**asked), 0) == says


def test_identity_is_only_there_for_what_names_it() -> None:
    roster = StillRoster()
    roster.asked(T0, IDENTITY, 0)
    assert roster.missing(still(), 0) == "a worker with another engine than identity"
    assert roster.missing(still(engine="identity"), 0) == ""


def test_only_so_many_are_remembered() -> None:
    roster = StillRoster()
    for number in range(300):
        roster.asked(WorkerName(str(number), "here"), PAINTER, 0)
    assert len(roster.there(0)) == 256
