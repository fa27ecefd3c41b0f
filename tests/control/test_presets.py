"""Looks under a name: saved, recalled as one step, kept, deleted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lib.config.params import Played
from lib.control import presets as module
from lib.control.desk import Desk, MissingError, RefusedError
from lib.control.presets import clean_name
from lib.control.sync import Sync
from tests.control.conftest import OpenDesk
from tests.control.who import ANNA


def test_all_that_is_played_is_saved_but_no_signal_and_no_tool(desk: Desk) -> None:
    desk.play({"prompt": "dawn", "take": 3, "debug": True}, ANNA)
    entry = desk.presets.save("dawn", ANNA)
    assert (entry.action, entry.change, entry.number) == ("save preset dawn", {}, 1)
    assert set(desk.presets.get("dawn")) == set(Played.model_fields) - {"take", "debug"}
    assert desk.presets.get("dawn")["prompt"] == "dawn"


def test_only_some_of_it_by_either_name(desk: Desk) -> None:
    desk.presets.save("few", ANNA, ["steps", "num_inference_steps", "opacity"])
    assert desk.presets.get("few") == {"num_inference_steps": 2, "opacity": 1.0}


def test_values_of_its_own_without_playing_them(desk: Desk) -> None:
    desk.presets.save("night", ANNA, {"opacity": 0, "steps": "4"})
    assert desk.presets.get("night") == {"opacity": 0.0, "num_inference_steps": 4}
    assert (desk.played.opacity, desk.number) == (1.0, 0)
    with pytest.raises(RefusedError, match="opacity must be"):
        desk.presets.save("night", ANNA, {"opacity": 7})
    assert desk.presets.get("night")["opacity"] == 0.0
    with pytest.raises(RefusedError, match="words are saved by playing them first"):
        desk.presets.save("night", ANNA, {"prompt": "looked at by nobody"})


@pytest.mark.parametrize("fields", [[], ["take"], {"debug": True}, ["nothing"], {}])
def test_a_preset_plays_something(desk: Desk, fields: list[str]) -> None:
    with pytest.raises(RefusedError):
        desk.presets.save("empty", ANNA, fields)
    assert desk.presets.names() == []
    assert desk.entries[-1].refused


def test_a_recall_is_one_step_with_a_glide_of_its_own(run_dir: Path, open_desk: OpenDesk) -> None:
    sync = Sync(run_dir)
    desk = open_desk(sync=sync)
    desk.play({"prompt": "dawn", "seed": 1, "strength": 0.2}, ANNA)
    desk.presets.save("dawn", ANNA)
    desk.play({"prompt": "noon", "seed": 2, "strength": 0.9}, ANNA)
    entry = desk.presets.recall("dawn", ANNA, glide_ms=30_000)
    assert (entry.action, entry.number) == ("preset dawn", 3)
    assert (desk.played.prompt, desk.played.seed, desk.played.strength) == ("dawn", 1, 0.2)
    assert sync.board.message().glide_ms == 30_000
    desk.undo(ANNA)
    assert (desk.played.prompt, desk.played.seed, desk.played.strength) == ("noon", 2, 0.9)
    with pytest.raises(RefusedError, match="a glide takes"):
        desk.presets.recall("dawn", ANNA, glide_ms=10**9)


def test_what_is_not_there(desk: Desk) -> None:
    for deed in (desk.presets.recall, desk.presets.delete):
        with pytest.raises(MissingError, match="there is no preset 'nowhere'"):
            deed("nowhere", ANNA)
    assert [entry.refused for entry in desk.entries] == ["there is no preset 'nowhere'"] * 2


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
def test_names_that_people_give(desk: Desk, name: str) -> None:
    desk.presets.save(f"  {name} ", ANNA)
    assert desk.presets.names() == [name]
    assert desk.presets.recall(name, ANNA).action == f"preset {name}"
    desk.presets.delete(name, ANNA)
    assert desk.presets.names() == []


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
def test_names_that_are_refused(desk: Desk, name: str) -> None:
    for deed in (desk.presets.save, desk.presets.recall, desk.presets.delete):
        with pytest.raises(RefusedError, match="a preset's name has"):
            deed(name, ANNA)
    for entry in desk.entries:
        json.dumps(entry.action, ensure_ascii=False).encode()


def test_the_same_name_however_it_is_typed() -> None:
    assert clean_name("Cafe\u0301") == clean_name("Caf\u00e9 ")


def test_their_number_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    for name in "abc":
        desk.presets.save(name, ANNA)
    with pytest.raises(RefusedError, match="there are 3 presets"):
        desk.presets.save("d", ANNA)
    desk.presets.save("c", ANNA)
    assert desk.presets.names() == ["a", "b", "c"]


def test_they_are_there_again(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.presets.save("b", ANNA, {"seed": 2})
    desk.play({"prompt": "猫"}, ANNA)
    desk.presets.save("A", ANNA, ["prompt"])
    desk.presets.save("gone", ANNA)
    desk.presets.delete("gone", ANNA)
    desk.store.stop()
    after = open_desk()
    assert after.presets.names() == ["A", "b"]
    assert after.presets.get("A") == {"prompt": "猫"}


def test_parts_that_can_not_be_played_are_dropped_singly_and_said(
    open_desk: OpenDesk, state_dir: Path
) -> None:
    state_dir.mkdir()
    kept = {"good": {"seed": 1, "wobble": 2}, "a/b": {"seed": 1}, "bad": 5, "empty": {"seed": -1}}
    (state_dir / "presets.json").write_text(json.dumps({"presets": kept}))
    desk = open_desk()
    assert desk.presets.names() == ["good"]
    assert desk.presets.get("good") == {"seed": 1}
    assert len(desk.warnings) == 1
    assert "'wobble' is no control of this version" in desk.warnings[0]


def test_a_damaged_file_is_set_aside(open_desk: OpenDesk, state_dir: Path) -> None:
    state_dir.mkdir()
    (state_dir / "presets.json").write_text('{"presets": 7}')
    desk = open_desk()
    assert desk.presets.names() == []
    assert (state_dir / "presets.json.damaged").exists()
    assert len(desk.warnings) == 1
