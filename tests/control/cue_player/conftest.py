"""A session with presets and its cues, in Vienna."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from lib.control.console import Console
from lib.control.cue_player import CuePlayer
from lib.control.notices import Notices
from tests.control.conftest import OpenConsole
from tests.control.cue_player.hands import Time
from tests.control.who import ANNA


@pytest.fixture(autouse=True)
def _in_vienna(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Vienna")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def now() -> Time:
    return Time()


@pytest.fixture
def console(open_console: OpenConsole) -> Console:
    console = open_console()
    for number, name in enumerate(("dawn", "day", "dusk")):
        console.presets.save(name, ANNA, {"seed": number + 1})
    console.presets.save("night", ANNA, {"opacity": 0})
    return console


@pytest.fixture
def said() -> Notices:
    return Notices()


@pytest.fixture
def cue_player(console: Console, now: Time, said: Notices) -> CuePlayer:
    return CuePlayer(console.session, console.presets, console.store, said, now.clocks)
