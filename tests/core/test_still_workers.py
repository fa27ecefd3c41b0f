"""Which worker is there for a still, and which better one it is left to."""

from __future__ import annotations

import pytest

from lib.core.still import SECOND_NS, Still
from lib.core.still_workers import StillRoster, StillWorker

PAINTER = StillWorker("painter", rank=1)
TURBO = StillWorker("turbo", ("txt2img", "img2img"), ("sd-turbo",), rank=2, largest=512)
IDENTITY = StillWorker("identity", rank=0)


def still(**change: object) -> Still:
    fields = {"kind": "txt2img", "model": "", "engine": "", "side": 512} | change
    return Still("id", 1, "{}", samples=1, lane=1, turn=1, keep=1, since_ns=0, **fields)  # type: ignore[arg-type] # a test's dials


def test_a_better_engine_counts_for_a_minute_since_it_asked() -> None:
    roster = StillRoster()
    roster.asked("t", TURBO, 0)
    roster.asked("i", IDENTITY, 0)
    assert roster.better_than(PAINTER, 60 * SECOND_NS) == (TURBO,)
    assert roster.better_than(PAINTER, 60 * SECOND_NS + 1) == ()
    assert roster.better_than(TURBO, 0) == ()


def test_who_hands_in_what_is_no_picture_is_not_there_for_longer_each_time() -> None:
    roster = StillRoster()
    roster.asked("t", TURBO, 0)
    roster.went_wrong("t", 0)
    assert roster.benched_ns("t", 0) == SECOND_NS and roster.better_than(PAINTER, 0) == ()
    roster.went_wrong("t", SECOND_NS)
    assert roster.benched_ns("t", SECOND_NS) == 2 * SECOND_NS
    roster.went_well("t")
    roster.went_wrong("t", 10 * SECOND_NS)
    assert roster.benched_ns("t", 10 * SECOND_NS) == SECOND_NS
    roster.went_wrong("stranger", 0)
    assert roster.benched_ns("stranger", 0) == 0


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
    roster.asked("t", TURBO, 0)
    roster.asked("i", IDENTITY, 0)
    assert roster.missing(still(**asked), 0) == says


def test_identity_is_only_there_for_what_names_it() -> None:
    roster = StillRoster()
    roster.asked("i", IDENTITY, 0)
    assert roster.missing(still(), 0) == "a worker with another engine than identity"
    assert roster.missing(still(engine="identity"), 0) == ""


def test_only_so_many_are_remembered() -> None:
    roster = StillRoster()
    for number in range(300):
        roster.asked(str(number), PAINTER, 0)
    assert len(roster.there(0)) == 256
