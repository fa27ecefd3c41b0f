"""The source itself on the wall: asked for twice, by a person, and by no other way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lib.config.controls import RefusedError, UnconfirmedError
from lib.control import change_rules
from lib.control.change_rules import CONFIRM, STAYS_OFF
from lib.control.console import Console
from lib.control.journal import CUE, Origin
from lib.control.session import Session
from tests.control.conftest import OpenConsole
from tests.control.who import ANNA, SCRIPT

ON = {"passthrough": True}


class Time:
    """Stands where the clock stands."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_ns = 0
        monkeypatch.setattr(change_rules.time, "monotonic_ns", lambda: self.now_ns)

    def later(self, seconds: float) -> None:
        self.now_ns += int(seconds * 1e9)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


@pytest.mark.parametrize("door", ["page", "http", "chat", "osc", "stills"])
def test_each_door_has_to_ask_twice(session: Session, time: Time, door: str) -> None:
    by = Origin(door, "10.0.0.9")
    with pytest.raises(UnconfirmedError, match="ask once more within 10 s"):
        session.play({**ON, "seed": 5}, by)
    assert (session.played.passthrough, session.played.seed) == (False, 0)
    assert session.entries[-1].refused == CONFIRM
    time.later(1)
    with pytest.raises(UnconfirmedError):
        session.play(ON, SCRIPT)  # another hand
    assert session.play({**ON, "seed": 5}, by).change == {**ON, "seed": 5}
    assert not session.play({"passthrough": False}, by).refused


def test_who_is_sure_asks_once_and_off_is_never_asked(session: Session, time: Time) -> None:
    session.play(ON, ANNA, sure=True)
    session.play(ON, SCRIPT)  # it is on already
    session.play({"passthrough": False}, SCRIPT)
    with pytest.raises(UnconfirmedError):
        session.play(ON, ANNA)
    time.later(11)
    with pytest.raises(UnconfirmedError):
        session.play(ON, ANNA)


def test_no_undo_and_no_redo_puts_it_on(session: Session) -> None:
    session.play({"strength": 0.1}, ANNA)
    session.play({**ON, "seed": 9}, ANNA, sure=True)
    session.play({"passthrough": False}, ANNA)
    assert session.undo(ANNA).change == {"seed": 0}, "off is passed over, and so is on"
    assert not session.played.passthrough
    assert session.redo(ANNA).change == {"seed": 9}
    assert not session.played.passthrough
    session.play(ON, ANNA, sure=True)
    assert session.undo(ANNA).change == {"passthrough": False}, "a frightened person presses undo"
    with pytest.raises(RefusedError, match="nothing to redo"):
        session.redo(ANNA)
    session.play({"debug": True}, ANNA)
    session.play({"debug": False}, ANNA)
    assert "debug" not in session.undo(ANNA).change


def test_no_preset_saves_it_and_no_recall_plays_it(
    open_console: OpenConsole, state_dir: Path
) -> None:
    """A file of an earlier version may hold it."""
    state_dir.mkdir()
    kept = {"raw": {"passthrough": True, "seed": 4}, "only": {"passthrough": True}}
    (state_dir / "presets.json").write_text(json.dumps({"presets": kept}))
    console = open_console()
    session = console.session
    entry = console.presets.recall("raw", ANNA)
    assert (entry.change, entry.remark) == ({"seed": 4}, STAYS_OFF)
    entry = console.presets.recall("raw", Origin(CUE), action="cue raw")
    assert (entry.change, entry.remark) == ({"seed": 4}, STAYS_OFF)
    with pytest.raises(RefusedError, match="passthrough stays off"):
        console.presets.recall("only", ANNA)
    session.play(ON, ANNA, sure=True)
    for fields in (["passthrough"], {"passthrough": True}):
        with pytest.raises(RefusedError, match="cannot put the source itself"):
            console.presets.save("raw too", ANNA, fields)
    console.presets.save("all", ANNA)
    assert "passthrough" not in console.presets.get("all")
    assert console.presets.recall("raw", ANNA).remark == "", "it is on already"
    console.presets.save("off", ANNA, {"passthrough": False})
    console.presets.recall("off", ANNA)
    assert not session.played.passthrough


def test_freeze_ends_with_the_show_and_outlives_a_part_of_it(
    open_console: OpenConsole, run_dir: Path
) -> None:
    console = open_console()
    console.session.play({"freeze": True, "black": True}, ANNA)
    console.store.stop()
    memory = run_dir / "params"
    memory.write_bytes(b"what the process before this one played")
    console = open_console()
    assert console.session.played.freeze, "the screen has gone on holding its picture"
    console.store.stop()
    memory.unlink()
    after = open_console().session.played
    assert (after.freeze, after.black) == (False, True)


def test_the_safe_look_is_what_the_show_started_with_until_somebody_sets_it(
    console: Console, session: Session
) -> None:
    session.play({"prompt": "chaos", "opacity": 0, "cut": True, "black": True}, ANNA)
    session.play(ON, ANNA, sure=True)
    entry = console.presets.play_safe(ANNA)
    played = session.played
    assert entry.action == "safe look" and console.played_state.message().glide_ms == 2000
    assert (played.prompt, played.opacity) == (session.first.prompt, 1)
    assert (played.passthrough, played.cut, played.black) == (False, False, True)
    session.play({"prompt": "a calm sea", "strength": 0.3, "mirror": True}, ANNA)
    console.presets.keep_safe(ANNA)
    session.play({"prompt": "chaos", "mirror": False, "resolution": "640"}, ANNA)
    console.presets.play_safe(ANNA, 100)
    played = session.played
    assert (played.prompt, played.strength, played.mirror) == ("a calm sea", 0.3, True)
    assert played.resolution == "640", "what the pictures come from stays"
    assert console.presets.has_own_safe_look and console.presets.names() == []
    console.presets.reset_safe(ANNA)
    assert not console.presets.has_own_safe_look
    session.undo(ANNA)
    assert console.presets.safe_look["prompt"] == "a calm sea"


def test_the_safe_look_is_there_after_a_restart(open_console: OpenConsole) -> None:
    console = open_console()
    console.session.play({"prompt": "a calm sea"}, ANNA)
    console.presets.keep_safe(ANNA)
    console.store.stop()
    assert open_console().presets.safe_look["prompt"] == "a calm sea"
