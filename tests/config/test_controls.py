"""The table from Played' fields to what the public may play."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.config.controls import CONTROLS, RefusedError
from lib.config.params import Played


def test_every_control_is_a_field_and_its_default_is_allowed() -> None:
    for control in CONTROLS.values():
        default = getattr(Played(), control.field)
        assert control.parse(str(default)) == default


@given(st.sampled_from(sorted(CONTROLS)), st.text(st.characters()))
def test_any_text_is_a_value_that_params_take_or_refused_in_a_sentence(
    name: str, text: str
) -> None:
    control = CONTROLS[name]
    try:
        value = control.parse(text)
    except RefusedError as refusal:
        assert str(refusal).startswith(f"{name} must be ")
        assert len(str(refusal)) < 200
    else:
        assert getattr(Played().changed(**{control.field: value}), control.field) == value


@given(st.integers())
def test_the_limits_are_params_own(number: int) -> None:
    try:
        assert CONTROLS["seed"].parse(str(number)) == number
        assert 0 <= number < 2**32
    except RefusedError:
        assert not 0 <= number < 2**32


@pytest.mark.parametrize("text", ["True", "true", "TRUE", "1"])
def test_what_counts_as_true(text: str) -> None:
    assert CONTROLS["passthrough"].parse(text) is True
