"""One way in for every door: whole, numbered, attributed, written down, told."""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from lib.config.controls import BY_FIELD, CONTROLS, RefusedError
from lib.config.params import Played
from lib.control.console import Console
from lib.control.journal import KEPT, KEPT_REFUSED, SAME_S, Entry
from lib.control.session import Session
from lib.control.store import JOURNAL, REFUSALS
from tests.control.conftest import OpenConsole
from tests.control.who import ANNA, SCRIPT
from tests.rig import primary


def test_a_change_is_whole_numbered_and_attributed(session: Session) -> None:
    told: list[Entry] = []
    unlisten = session.listen(told.append)
    entry = session.play({"steps": "4", "prompt": "a cat", "strength": 1}, ANNA)
    assert (entry.number, entry.door, entry.who, entry.action) == (1, "page", "10.0.0.1", "change")
    assert entry.change == {"num_inference_steps": 4, "prompt": "a cat", "strength": 1.0}
    assert entry.before == {"num_inference_steps": 2, "prompt": Played().prompt, "strength": 0.7}
    assert session.played == Played().changed(**entry.change, resolution="64")
    assert abs(entry.time - time.time()) < 5
    with pytest.raises(RefusedError, match="seed must be a whole number"):
        session.play({"prompt": "a dog", "seed": -1}, ANNA)
    assert (session.played.prompt, session.number) == ("a cat", 1), "all of it or nothing"
    assert [one.number for one in told] == [1, 1]
    assert told[1].refused.startswith("seed must be a whole number")
    assert told[1].change == {"prompt": "a dog", "seed": -1}
    unlisten()
    session.undo(SCRIPT)
    assert len(told) == 2
    assert [one.action for one in session.entries] == ["change", "change", "undo"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, "name at least one control"),
        ({"no such": 1}, "there is no control 'no such'"),
        ({"constructor": 1}, "there is no control 'constructor'"),
        ({"x" * 9999: 1}, "…'"),
        ({"steps": 3, "num_inference_steps": 3}, "steps is given twice"),
        ({"seed": 10**400}, "not 'a huge number'"),
        ({"strength": -(10**400)}, "not 'a huge number'"),
        ({"strength": math.nan}, "strength must be a number"),
        ({"strength": None}, "strength must be a number"),
        ({"strength": [[[]]]}, "strength must be a number"),
        ({"passthrough": 2}, "passthrough must be true or false"),
        ({"prompt": 5}, "prompt must be a text"),
        ({"prompt": "x" * 10_000}, "not 10000 characters"),
        ({"seed": "\ud800"}, "seed must be"),
        ({"\ud800": 1}, "there is no control '?'"),
        ({"directory": "../etc"}, "directory must be"),
    ],
)
def test_what_is_not_allowed_is_a_sentence_and_an_entry(
    session: Session, change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(RefusedError) as refusal:
        session.play(change, SCRIPT)
    assert sentence in str(refusal.value)
    assert len(str(refusal.value)) < 250
    assert session.number == 0
    assert session.entries[-1].refused == str(refusal.value)
    json.dumps(asdict(session.entries[-1]), allow_nan=False, ensure_ascii=False).encode()


def test_refusals_never_remove_what_people_did(open_console: OpenConsole, state_dir: Path) -> None:
    console = open_console()
    session, told = console.session, list[Entry]()
    session.play({"prompt": "the first"}, ANNA)
    session.listen(told.append)
    for number in range(KEPT * 7):
        with pytest.raises(RefusedError):
            session.play({"prompt": "x" * 1000, "seed": -1 - number}, SCRIPT)
        with pytest.raises(RefusedError):
            console.presets.recall("none", ANNA)
    done = [one for one in session.entries if not one.refused]
    assert [one.change for one in done] == [{"prompt": "the first"}]
    assert len(session.entries) == 1 + KEPT_REFUSED
    last = session.entries[-1]
    assert (last.action, last.times) == ("preset none", KEPT * 7) and told[-1] == last
    for seed in range(KEPT * 2):
        session.play({"seed": seed}, ANNA)
    assert len(session.entries) == KEPT and not any(one.refused for one in session.entries)
    console.store.stop()
    lines = [json.loads(line) for line in (state_dir / JOURNAL).read_text().splitlines()]
    assert len(lines) == 1 + KEPT * 2 and not any(line["refused"] for line in lines)
    refused = [json.loads(line) for line in (state_dir / REFUSALS).read_text().splitlines()]
    equal = [line["times"] for line in refused if line["action"] == "preset none"]
    assert equal[-1] == 1000 and len(equal) <= 4, "an equal one is a line at each power of ten"


def test_a_refusal_of_another_time_or_another_sender_is_an_entry_of_its_own(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = time.time()
    monkeypatch.setattr("lib.control.session.time.time", lambda: now_s)
    for who in (ANNA, SCRIPT, ANNA):
        with pytest.raises(RefusedError):
            session.undo(who)
    assert [(one.who, one.times) for one in session.entries] == [(SCRIPT.who, 1), (ANNA.who, 2)]
    now_s += SAME_S
    with pytest.raises(RefusedError):
        session.undo(ANNA)
    assert [one.times for one in session.entries] == [1, 2, 1]


def test_a_folder_that_is_not_there_is_said_to_who_asks(
    open_console: OpenConsole, tmp_path: Path
) -> None:
    (tmp_path / "data" / "waves").mkdir(parents=True)
    console = open_console(settings=primary(data_dir=str(tmp_path / "data")))
    session = console.session
    with pytest.raises(RefusedError, match="there is no 'wave' in the data folder"):
        session.play({"directory": "wave", "seed": 3}, ANNA)
    assert (session.played.directory, session.played.seed) == ("", 0)
    session.play({"directory": "waves"}, ANNA)
    session.play({"directory": ""}, ANNA)
    assert session.played.directory == ""


def test_what_is_no_control_leaves_no_trace_of_its_value(
    console: Console, session: Session, state_dir: Path
) -> None:
    with pytest.raises(RefusedError):
        session.play({"control_token": "hunter2", "seed": 1}, SCRIPT)
    assert session.entries[-1].change == {"seed": 1}
    console.store.stop()
    assert "hunter2" not in "".join(path.read_text() for path in state_dir.iterdir())


@pytest.mark.parametrize("glide_ms", [-1, 600_001])
def test_a_glide_has_limits(session: Session, glide_ms: int) -> None:
    with pytest.raises(RefusedError, match="a glide takes"):
        session.play({"seed": 1}, SCRIPT, glide_ms=glide_ms)


def test_the_glide_of_a_change_travels_with_it(console: Console, session: Session) -> None:
    session.play({"seed": 1}, SCRIPT, glide_ms=60_000)
    assert console.played_state.message().glide_ms == 60_000
    session.play({"seed": 2}, SCRIPT)
    assert console.played_state.message().glide_ms is None


def test_undo_and_redo_are_changes_of_their_own(session: Session) -> None:
    session.play({"seed": 1}, ANNA)
    undone = session.undo(SCRIPT)
    assert (undone.number, undone.action, undone.door) == (2, "undo", "http")
    assert (undone.change, undone.before) == ({"seed": 0}, {"seed": 1})
    assert session.redo(ANNA).change == {"seed": 1}
    with pytest.raises(RefusedError, match="nothing to redo"):
        session.redo(ANNA)
    session.undo(ANNA)
    with pytest.raises(RefusedError, match="nothing to undo"):
        session.undo(ANNA)
    assert session.entries[-1].refused
    assert (session.number, session.played.seed) == (4, 0)


def test_a_listener_that_fails_harms_nobody(session: Session) -> None:
    told = []

    def fail(_entry: Entry) -> None:
        raise RuntimeError("a page")

    session.listen(fail)
    session.listen(told.append)
    session.play({"seed": 1}, ANNA)
    assert session.played.seed == 1
    assert len(told) == 1


def test_the_memory_is_bounded(session: Session) -> None:
    for seed in range(KEPT * 2):
        session.play({"seed": seed}, SCRIPT)
    assert len(session.entries) == KEPT
    assert session.entries[-1].number == KEPT * 2


def test_the_table_and_the_desk_know_the_same_names(session: Session) -> None:
    for control in CONTROLS.values():
        value = getattr(session.played, control.field)
        assert session.play({control.name: value}, SCRIPT).change == {control.field: value}
        assert session.play({control.field: str(value)}, SCRIPT).change == {control.field: value}
    assert len(BY_FIELD) * 2 == session.number


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"prompt": "x" * 41}, "prompt must be at most 40 characters, not 41"),
        ({"prompt2": "x" * 41}, "prompt2 must be at most 40 characters"),
        ({"resolution": "512x1024"}, "resolution may have 768 a side here, not 512x1024"),
    ],
)
def test_a_show_may_allow_less_than_the_table(
    open_console: OpenConsole, change: dict[str, object], words: str
) -> None:
    console = open_console(settings=primary(max_prompt=40, max_side=768))
    session = console.session
    with pytest.raises(RefusedError, match=words):
        session.play(change, SCRIPT)
    session.play({"prompt": "x" * 40, "resolution": 768}, SCRIPT)
    assert session.played.resolution == "768"
