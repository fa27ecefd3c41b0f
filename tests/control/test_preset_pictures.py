"""Small pictures of presets: they belong to values, are kept, and are bounded."""

from __future__ import annotations

import json

import pytest

from lib.control import preset_pictures
from lib.control.console import Console
from lib.control.preset_pictures import LARGEST
from tests.control.conftest import OpenConsole
from tests.control.who import ANNA

JPG = b"\xff\xd8 a picture"


def saved(console: Console, name: str, seed: int, jpg: bytes = JPG) -> None:
    console.presets.save(name, ANNA, {"seed": seed})
    console.presets.add_picture(console.presets.get(name), jpg)


def test_a_picture_follows_its_values_through_names_undo_and_a_restart(
    open_console: OpenConsole,
) -> None:
    console = open_console()
    saved(console, "dawn", 1)
    console.presets.rename("dawn", "dusk", ANNA)
    assert console.presets.picture("dusk") == JPG
    console.presets.save("dusk", ANNA, {"seed": 2})
    assert console.presets.picture("dusk") == b"" == console.presets.picture_key("dusk").encode()
    console.session.undo(ANNA)
    console.store.stop()
    assert open_console().presets.picture("dusk") == JPG


def test_those_that_no_preset_uses_go_first(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preset_pictures, "MOST", 2)
    saved(console, "a", 1)
    saved(console, "b", 2)
    saved(console, "b", 3)
    assert console.presets.picture("a") == JPG == console.presets.picture("b")
    console.session.undo(ANNA)
    assert console.presets.picture("b") == b""
    saved(console, "large", 4, b"\xff\xd8" + bytes(LARGEST))
    assert console.presets.picture("large") == b""


def test_a_damaged_file_costs_the_pictures_alone(open_console: OpenConsole) -> None:
    console = open_console()
    saved(console, "dawn", 1)
    console.store.stop()
    path = console.store._folder / preset_pictures.FILE
    kept = json.loads(path.read_text("utf-8"))["pictures"]
    path.write_text(json.dumps({"pictures": {**kept, "x": "///", "y": 5, "z": "bm8gcGljdHVyZQ=="}}))
    console = open_console()
    assert console.presets.picture("dawn") == JPG
    console.store.stop()
    path.write_text("[]")
    console = open_console()
    assert console.presets.names() == ["dawn"] and console.presets.picture("dawn") == b""
