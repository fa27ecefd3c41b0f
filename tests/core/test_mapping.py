"""A mapping is one text, in one way; what is wrong with it is said in a sentence."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.config.controls import BY_FIELD, RefusedError, control_named
from lib.core.mapping import (
    CURVES,
    MOST_ROWS,
    TARGETS,
    MappingError,
    Row,
    armed,
    disarmed,
    parse_mapping,
    write_mapping,
)

ROW = {"signal": "lfo.sine", "to": "strength"}
NEVER = ("passthrough", "debug", "resolution", "batch_size", "steps", "directory", "take", "black")


def test_rows_come_back_as_they_were_and_are_written_in_one_way() -> None:
    text = json.dumps([{**ROW, "depth": 0.5, "armed": True}, {"to": "similar", "signal": "a.b"}])
    rows = parse_mapping(text)
    assert rows == (Row("lfo.sine", "strength", depth=0.5, armed=True), Row("a.b", "similar"))
    assert parse_mapping(write_mapping(rows)) == rows
    assert write_mapping(parse_mapping(write_mapping(rows))) == write_mapping(rows)
    assert parse_mapping("") == () and write_mapping(()) == ""
    assert armed(rows) == rows[:1] and armed(parse_mapping(disarmed(text))) == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{}", "must be a JSON list of rows"),
        ("[1]", "must be a JSON list of rows"),
        ("[" * 100_000, "must be a JSON list of rows"),
        ([{}], "row 1 needs a signal and what it moves"),
        ([ROW, {**ROW, "signal": "A b"}], "row 2 needs a signal by its name"),
        ([{**ROW, "mode": "sideways"}], "row 1 has a mode, relative or absolute"),
        ([{**ROW, "curve": "x"}], "row 1 has a curve, one of linear"),
        ([{**ROW, "depth": 2}], "row 1 to strength has a depth from -1 to 1"),
        ([{**ROW, "depth": "1"}], "row 1 has a depth that is a number"),
        ([{**ROW, "armed": 1}], "row 1 has a armed that is true or false"),
        ([{**ROW, "depth": 10**400}], "row 1 has a depth that is a number"),
        ([{**ROW, "seed": 10**400}], "row 1 to strength has a seed from 0"),
        ([{**ROW, "seed": 0.5}], "row 1 has a seed that is a whole number"),
        ('[{"signal": "a.b", "to": "strength", "depth": NaN}]', "row 1 has a depth"),
        ([{**ROW, "more": 1}], "row 1 has no 'more'"),
        ([ROW] * (MOST_ROWS + 1), "has at most 32 rows"),
        ([{**ROW, "mode": "absolute", "armed": True}] * 2, "two armed absolute rows to strength"),
        (
            [{"signal": "a.b", "to": "seeds", "seed": n, "armed": True} for n in (1, 2)],
            "two different second seeds",
        ),
    ],
)
def test_what_is_wrong_is_said(given: object, said: str) -> None:
    with pytest.raises(MappingError, match=said):
        parse_mapping(given if isinstance(given, str) else json.dumps(given))


@pytest.mark.parametrize("name", NEVER)
def test_no_row_moves_what_only_people_set(name: str) -> None:
    with pytest.raises(MappingError, match="moves one of"):
        parse_mapping(json.dumps([{**ROW, "to": name}]))
    with pytest.raises(RefusedError, match="mapping row 1"):
        control_named("mapping").check(json.dumps([{**ROW, "to": name}]))


def test_the_ranges_are_those_of_the_controls() -> None:
    for name, span in TARGETS.items():
        control = BY_FIELD.get(name)
        if control:
            assert (control.least, control.most) == span, name
        else:
            assert name == "seeds" and span == (0, 1)


@given(st.sampled_from(sorted(CURVES)), st.floats(0, 1), st.floats(0, 1))
def test_curves_stay_within_what_a_signal_is_and_only_rise(
    name: str, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert 0 <= CURVES[name](low) <= CURVES[name](high) + 1e-12 <= 1 + 1e-9
    assert (CURVES[name](0.0), CURVES[name](1.0)) == (0.0, 1.0)


@given(st.text(max_size=60))
def test_any_text_is_rows_or_a_sentence(text: str) -> None:
    try:
        assert isinstance(parse_mapping(text), tuple)
    except MappingError as error:
        assert str(error)
