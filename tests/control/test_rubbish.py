"""Whatever lies in the state folder or is asked, there is something to play, or a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.config.controls import BY_FIELD, CONTROLS, RefusedError, fields_of
from lib.config.params import Played
from lib.control.console import open_console
from lib.control.cue_sheet import sheet_from
from lib.core.cues import Sheet
from lib.http.bodies import UnreadableError, read_object
from tests.rig import primary

NAMES = [
    *CONTROLS,
    *BY_FIELD,
    "number",
    "changed",
    "cues",
    "loop",
    "preset",
    "at",
    "after_s",
    "days",
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-2, 2000)
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["512", "06:30", "mon", "\ud800", "../..", "x" * 3000])
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=9), inner, max_size=5)
    ),
    max_leaves=15,
)
CUES = st.fixed_dictionaries(
    {"cues": st.lists(st.dictionaries(st.sampled_from(NAMES), SCALARS, max_size=4), max_size=4)},
    optional={"loop": SCALARS},
)
KEPT = ("played.json", "presets.json", "cues.json", "journal.jsonl", "refusals.jsonl")


@settings(max_examples=25)
@given(st.lists(ANYTHING | st.binary(max_size=90), min_size=5, max_size=5))
def test_a_desk_opens_whatever_was_kept(documents: list[object]) -> None:
    with TemporaryDirectory(prefix="ai-") as folder:
        state = Path(folder) / "state"
        state.mkdir()
        for name, document in zip(KEPT, documents, strict=True):
            is_bytes = isinstance(document, bytes)
            (state / name).write_bytes(document if is_bytes else json.dumps(document).encode())
        show = primary(state_dir=str(state))
        console = open_console(show, Path(folder))
        session = console.session
        assert Played.model_validate(session.played.model_dump()) == session.played
        assert all(isinstance(console.presets.get(name), dict) for name in console.presets.names())
        assert json.dumps([entry.number for entry in session.entries])
        assert isinstance(console.warnings, list)


@pytest.mark.parametrize("field", ["number", "changed"])
@settings(max_examples=15)
@given(value=ANYTHING)
def test_what_was_played_may_be_spoilt_in_part(field: str, value: object) -> None:
    with TemporaryDirectory(prefix="ai-") as folder:
        document = {"number": 7, "changed": {"seed": 5, "prompt": "a whale"}} | {field: value}
        (Path(folder) / "played.json").write_text(json.dumps(document), "utf-8")
        show = primary(state_dir=folder)
        session = open_console(show, Path(folder)).session
        assert Played.model_validate(session.played.model_dump()) == session.played


@given(ANYTHING | CUES)
def test_any_sheet_of_cues_is_one_or_a_sentence(document: object) -> None:
    try:
        assert isinstance(sheet_from(document), Sheet)
    except RefusedError as refusal:
        assert str(refusal)


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), ANYTHING, max_size=4))
def test_any_change_is_one_or_a_sentence(change: dict[str, object]) -> None:
    try:
        fields = fields_of(change)
    except RefusedError as refusal:
        assert str(refusal)
        return
    Played().changed(**fields)


@given(st.binary(max_size=60) | ANYTHING.map(lambda one: json.dumps(one).encode()))
def test_any_body_is_an_object_or_a_sentence(body: bytes) -> None:
    try:
        assert isinstance(read_object(body), dict)
    except UnreadableError as error:
        assert str(error)
