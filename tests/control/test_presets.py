"""Looks under a name: saved, recalled as one step, kept, deleted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lib.config.controls import PARTS, RefusedError
from lib.config.params import Played
from lib.control import preset_store as module
from lib.control.console import Console
from lib.control.preset_store import clean_name
from lib.control.presets import MissingError, fields_in, parts_of
from lib.control.session import Session
from tests.control.conftest import OpenConsole
from tests.control.who import ANNA, SCRIPT


def test_all_that_is_played_is_saved_but_no_signal_and_no_tool(
    console: Console, session: Session
) -> None:
    session.play({"prompt": "dawn", "take": 3, "debug": True, "black": True}, ANNA)
    entry = console.presets.save("dawn", ANNA)
    assert (entry.action, entry.change, entry.number) == ("save preset dawn", {}, 1)
    tools = {"take", "debug", "black", "freeze", "passthrough", "signals"}
    assert set(console.presets.get("dawn")) == set(Played.model_fields) - tools
    assert console.presets.get("dawn")["prompt"] == "dawn"


def test_only_some_of_it_by_either_name(console: Console) -> None:
    console.presets.save("few", ANNA, ["steps", "num_inference_steps", "opacity"])
    assert console.presets.get("few") == {"num_inference_steps": 2, "opacity": 1.0}


def test_values_of_its_own_without_playing_them(console: Console, session: Session) -> None:
    console.presets.save("night", ANNA, {"opacity": 0, "steps": "4"})
    assert console.presets.get("night") == {"opacity": 0.0, "num_inference_steps": 4}
    assert (session.played.opacity, session.number) == (1.0, 0)
    with pytest.raises(RefusedError, match="opacity must be"):
        console.presets.save("night", ANNA, {"opacity": 7})
    assert console.presets.get("night")["opacity"] == 0.0
    with pytest.raises(RefusedError, match="words are saved by playing them first"):
        console.presets.save("night", ANNA, {"prompt": "looked at by nobody"})


@pytest.mark.parametrize("fields", [[], ["take"], {"debug": True}, ["nothing"], {}])
def test_a_preset_plays_something(console: Console, session: Session, fields: list[str]) -> None:
    with pytest.raises(RefusedError):
        console.presets.save("empty", ANNA, fields)
    assert console.presets.names() == []
    assert session.entries[-1].refused


def test_a_recall_is_one_step_with_a_glide_of_its_own(console: Console, session: Session) -> None:
    session.play({"prompt": "dawn", "seed": 1, "strength": 0.2}, ANNA)
    console.presets.save("dawn", ANNA)
    session.play({"prompt": "noon", "seed": 2, "strength": 0.9}, ANNA)
    entry = console.presets.recall("dawn", ANNA, glide_ms=30_000)
    assert (entry.action, entry.number) == ("preset dawn", 3)
    assert (session.played.prompt, session.played.seed, session.played.strength) == ("dawn", 1, 0.2)
    assert console.played_state.message().glide_ms == 30_000
    session.undo(ANNA)
    assert (session.played.prompt, session.played.seed, session.played.strength) == ("noon", 2, 0.9)
    with pytest.raises(RefusedError, match="a glide takes"):
        console.presets.recall("dawn", ANNA, glide_ms=10**9)


def test_what_is_not_there(console: Console, session: Session) -> None:
    for deed in (console.presets.recall, console.presets.delete):
        with pytest.raises(MissingError, match="there is no preset 'nowhere'"):
            deed("nowhere", ANNA)
    assert [entry.refused for entry in session.entries] == ["there is no preset 'nowhere'"] * 2


@pytest.mark.parametrize(
    "name",
    [
        "dawn",
        "Café 7",
        "夜 猫",
        "🌌👨\u200d👩\u200d👧",
        "..a",
        "constructor",
        "<b>",
        "א ב",
        "x" * 64,
    ],
)
def test_names_that_people_give(console: Console, name: str) -> None:
    console.presets.save(f"  {name} ", ANNA)
    assert console.presets.names() == [name]
    assert console.presets.recall(name, ANNA).action == f"preset {name}"
    console.presets.delete(name, ANNA)
    assert console.presets.names() == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "\u200d",
        "x" * 65,
        "a/b",
        "..",
        ".",
        "a\\b",
        "a\nb",
        "\0",
        "\u202egnp",
        "\ud800",
        "a\u2028b",
    ],
)
def test_names_that_are_refused(console: Console, session: Session, name: str) -> None:
    for deed in (console.presets.save, console.presets.recall, console.presets.delete):
        with pytest.raises(RefusedError, match="a preset's name has"):
            deed(name, ANNA)
    for entry in session.entries:
        json.dumps(entry.action, ensure_ascii=False).encode()


def test_the_same_name_however_it_is_typed() -> None:
    assert clean_name("Cafe\u0301") == clean_name("Caf\u00e9 ")


def test_their_number_is_bounded(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    for name in "abc":
        console.presets.save(name, ANNA)
    with pytest.raises(RefusedError, match="there are 3 presets"):
        console.presets.save("d", ANNA)
    console.presets.save("c", ANNA)
    assert console.presets.names() == ["a", "b", "c"]


def test_they_are_there_again(open_console: OpenConsole) -> None:
    console = open_console()
    session = console.session
    console.presets.save("b", ANNA, {"seed": 2})
    session.play({"prompt": "猫"}, ANNA)
    console.presets.save("A", ANNA, ["prompt"])
    console.presets.save("gone", ANNA)
    console.presets.delete("gone", ANNA)
    console.store.stop()
    after = open_console()
    assert after.presets.names() == ["A", "b"]
    assert after.presets.get("A") == {"prompt": "猫"}


def test_parts_that_can_not_be_played_are_dropped_singly_and_said(
    open_console: OpenConsole, state_dir: Path
) -> None:
    state_dir.mkdir()
    kept = {"good": {"seed": 1, "wobble": 2}, "a/b": {"seed": 1}, "bad": 5, "empty": {"seed": -1}}
    (state_dir / "presets.json").write_text(json.dumps({"presets": kept}))
    console = open_console()
    assert console.presets.names() == ["good"]
    assert console.presets.get("good") == {"seed": 1}
    assert len(console.warnings) == 1
    assert "'wobble' is no control of this version" in console.warnings[0]


def test_a_damaged_file_is_set_aside(open_console: OpenConsole, state_dir: Path) -> None:
    state_dir.mkdir()
    (state_dir / "presets.json").write_text('{"presets": 7}')
    console = open_console()
    assert console.presets.names() == []
    assert (state_dir / "presets.json.damaged").exists()
    assert len(console.warnings) == 1


def test_a_part_holds_its_own_controls_and_a_recall_leaves_the_others(
    console: Console, session: Session
) -> None:
    session.play({"prompt": "dawn", "resolution": "640", "opacity": 0.5}, ANNA)
    console.presets.save("dawn", ANNA, fields_in(["look"]))
    assert parts_of(console.presets.get("dawn")) == ["look"]
    session.play({"prompt": "noon", "resolution": "512", "opacity": 1}, ANNA)
    console.presets.recall("dawn", ANNA)
    played = session.played
    assert (played.prompt, played.resolution, played.opacity) == ("dawn", "512", 1)
    console.presets.save("all", ANNA, fields_in(["look", "wall", "source"]))
    assert parts_of(console.presets.get("all")) == ["look", "wall", "source"]


def test_two_comes_before_ten_until_somebody_moves_them(open_console: OpenConsole) -> None:
    console = open_console()
    for name in ("look 10", "look 2", "Look 1", "a"):
        console.presets.save(name, ANNA, {"seed": 1})
    assert console.presets.names() == ["a", "Look 1", "look 2", "look 10"]
    console.presets.move("look 10", "a", ANNA)
    console.presets.move("Look 1", None, ANNA)
    assert console.presets.names() == ["look 10", "a", "look 2", "Look 1"]
    console.presets.save("0", ANNA, {"seed": 1})
    with pytest.raises(MissingError):
        console.presets.move("a", "nowhere", ANNA)
    console.store.stop()
    again = open_console()
    assert again.presets.names() == ["look 10", "a", "look 2", "Look 1", "0"]
    again.presets.rename("a", "b", ANNA)
    assert again.presets.names()[1] == "b"
    again.session.undo(ANNA)
    assert again.presets.names()[1] == "a"


def test_what_happens_to_presets_is_taken_back_like_any_change(
    open_console: OpenConsole,
) -> None:
    console = open_console()
    session, presets = console.session, console.presets
    presets.save("dawn", ANNA, {"seed": 1})
    session.play({"strength": 0.1}, ANNA)
    presets.save("dawn", ANNA, {"seed": 2})
    presets.rename("dawn", "dusk", ANNA)
    presets.delete("dusk", ANNA)
    assert presets.names() == []
    console.store.stop()
    console = open_console()  # through a restart, too
    session, presets = console.session, console.presets
    assert session.undo(ANNA).saved == {"dusk": {"seed": 2}}
    session.undo(ANNA)
    assert presets.names() == ["dawn"] and presets.get("dawn") == {"seed": 2}
    session.undo(ANNA)
    assert presets.get("dawn") == {"seed": 1}
    assert session.undo(ANNA).change == {"strength": 0.7}
    session.undo(ANNA)
    assert presets.names() == []
    with pytest.raises(RefusedError, match="nothing to undo"):
        session.undo(ANNA)
    for _ in range(5):
        session.redo(ANNA)
    assert presets.names() == [] and session.played.strength == 0.1
    session.undo(ANNA)
    assert presets.get("dusk") == {"seed": 2}


def test_undo_leaves_alone_what_others_saved_since(console: Console, session: Session) -> None:
    session.play({"strength": 0.1}, ANNA)
    console.presets.save("dawn", ANNA, {"seed": 1})
    console.presets.delete("dawn", ANNA)
    console.presets.save("dawn", SCRIPT, {"seed": 3})
    session.undo(ANNA)
    assert console.presets.names() == []
    session.undo(ANNA)
    assert console.presets.get("dawn") == {"seed": 1}


def test_a_name_that_is_taken_is_not_given_again(console: Console) -> None:
    console.presets.save("a", ANNA, {"seed": 1})
    console.presets.save("b", ANNA, {"seed": 2})
    with pytest.raises(RefusedError, match="there is a preset 'b' already"):
        console.presets.rename("a", "b", ANNA)
    with pytest.raises(RefusedError, match="has this name already"):
        console.presets.rename("a", " a", ANNA)
    with pytest.raises(MissingError):
        console.presets.rename("c", "d", ANNA)
    assert console.presets.names() == ["a", "b"]


def test_every_control_belongs_to_a_part_or_is_for_people_alone() -> None:
    """A new one has to say where it belongs: a preset would leave it out without a word."""
    tools = {"take", "debug", "black", "freeze", "passthrough", "signals"}
    assert set(Played.model_fields) - set(fields_in(PARTS)) == tools
    assert parts_of(dict.fromkeys(Played.model_fields)) == list(PARTS)
