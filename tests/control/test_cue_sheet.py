"""Sheets of cues as JSON."""

from __future__ import annotations

import pytest

from lib.config.controls import RefusedError
from lib.control.cue_sheet import document_of, sheet_from
from lib.core.cues import Cue, Sheet


def test_there_and_back() -> None:
    document = {
        "loop": False,
        "cues": [
            {"preset": "day", "at": "06:30", "glide_ms": 60000},
            {"preset": "night", "at": "22:00:05", "days": ["mon", "sun"]},
        ],
    }
    sheet = sheet_from(document)
    assert sheet.cues[0] == Cue("day", at_s=6 * 3600 + 30 * 60, glide_ms=60000)
    assert sheet.cues[1].days == (0, 6)
    assert sheet.by_clock
    assert document_of(sheet) == document
    tape = {"loop": True, "cues": [{"preset": "a", "after_s": 0}, {"preset": "a", "after_s": 1.5}]}
    assert document_of(sheet_from(tape)) == tape
    assert sheet_from(tape["cues"]).loop is False
    assert sheet_from({}) == Sheet()


def cue(**more: object) -> object:
    return {"cues": [{"preset": "a", **more}]}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (5, "an object with loop and cues"),
        (None, "an object with loop and cues"),
        ({"cue": []}, "an object with loop and cues"),
        ({"cues": {}}, "cues must be a list"),
        ({"loop": 1}, "loop true or false"),
        ([5], "cue 1 needs the name of a preset"),
        ([{"preset": 5, "after_s": 1}], "cue 1 needs the name of a preset"),
        ([{"preset": "a/b", "after_s": 1}], "cue 1: a preset's name has no slashes"),
        (cue(), "cue 1 needs either after_s or at"),
        (cue(after_s=1, at="18:00"), "cue 1 needs either after_s or at"),
        (cue(after_s=1, when=2), "cue 1 has 'when', which is nothing known"),
        (cue(after_s=-1), "cue 1: after_s must be a number from 0 to 604800"),
        (cue(after_s=1e9), "after_s must be a number"),
        (cue(after_s=float("nan")), "after_s must be a number"),
        (cue(after_s=True), "after_s must be a number"),
        (cue(after_s="1"), "after_s must be a number"),
        (cue(after_s=10**400), "after_s must be a number"),
        (cue(after_s=1, days=["mon"]), "days belong to a time of the day"),
        (cue(after_s=1, glide_ms=600_001), "glide_ms must be a number from 0 to 600000"),
        (cue(at="24:00"), "at must be a time of the day"),
        (cue(at="6pm"), "at must be a time of the day"),
        (cue(at="٠٦:٠٠"), "at must be a time of the day"),
        (cue(at="06:00\n"), "at must be a time of the day"),
        (cue(at=1800), "at must be a time of the day"),
        (cue(at="18:00", days=[]), "days must be some of mon, tue"),
        (cue(at="18:00", days=["Monday"]), "days must be some of mon, tue"),
        (cue(at="18:00", days=[[]]), "days must be some of mon, tue"),
        (
            [{"preset": "a", "at": "18:00"}, {"preset": "a", "after_s": 1}],
            "all in seconds (after_s) or all by the clock (at)",
        ),
        ({"loop": True, "cues": [{"preset": "a", "after_s": 0}]}, "takes at least a second"),
        ([{"preset": "a", "after_s": 1}] * 501, "at most 500 cues, not 501"),
    ],
)
def test_what_is_wrong_is_a_sentence(document: object, sentence: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        sheet_from(document)
    assert sentence in str(refusal.value)
    assert len(str(refusal.value)) < 200
