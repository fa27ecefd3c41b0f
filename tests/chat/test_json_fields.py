"""What a host says is read with care, and shown without what moves a cursor."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.chat import answers
from lib.chat.json_fields import short, value, visible

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NAMES = "stream params workers warnings sheet state cues change before remark door who action "
NAMES += "number latency_ms fps_in fps_out prompt name address fps service_ms share at after_s days"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07", "·[2J·]0;owned·"),
        ("a\r\nb\x00c\x9b31m", "a·b·c·31m"),
        ("abc\u202egpj.exe", "abc·gpj.exe"),
        ("one\u2028two", "one·two"),
        ("half \ud83d of it", "half \ufffd of it"),
        ("猫 🐈‍⬛ שלום é", "猫 🐈‍⬛ שלום é"),
    ],
)
def test_nothing_moves_the_cursor(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_values_as_a_person_writes_them() -> None:
    assert [value(one) for one in (True, 0.1 + 0.2, 7, "a")] == ["true", "0.3", "7", "'a'"]
    assert short("x" * 100) == "x" * 59 + "…"


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(NAMES.split()), JSON))
def test_whatever_a_host_says_is_an_answer(facts: dict[str, object]) -> None:
    for say in (answers.changed, answers.by_others, answers.status, answers.workers, answers.cues):
        for said in (say(facts), say({**facts, "stream": facts, "params": facts, "state": facts})):
            assert "\x1b" not in said
            said.encode()


def test_what_changed() -> None:
    entry = {"change": {"guidance_scale": 2.5}, "before": {"guidance_scale": 0.0}}
    assert answers.changed(entry) == "guidance 0 -> 2.5"
    assert answers.changed({**entry, "remark": "not translated"}).endswith("(not translated)")
    assert answers.changed({"change": {"cut": True}, "before": {"cut": True}}) == (
        "cut is true already"
    )
    many = {f"field{number}": number for number in range(9)}
    assert answers.changed({"change": many, "before": dict.fromkeys(many, -1)}).endswith(
        "; and 3 more"
    )


def test_cues_and_what_comes_next() -> None:
    sheet = {
        "cues": [
            {"preset": "dawn", "after_s": 30},
            {"preset": "black", "at": "22:00", "days": ["mon", "tue"]},
        ]
    }
    state = {"running": True, "paused": False, "position": 0, "next": "black", "seconds": 61.2}
    lines = answers.cues(json.loads(json.dumps({"sheet": sheet, "state": state}))).splitlines()
    assert lines == [
        "> 1. dawn after 30 s",
        "  2. black at 22:00 on mon, tue",
        "the cues are running; next is black in 61 s",
    ]
