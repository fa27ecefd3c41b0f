"""A desk with presets and its cues, in Vienna."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from lib.control.cuer import Cuer
from lib.control.desk import Desk
from lib.control.notices import Notices
from tests.control.conftest import OpenDesk
from tests.control.cuer.hands import Time
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
def desk(open_desk: OpenDesk) -> Desk:
    desk = open_desk()
    for number, name in enumerate(("dawn", "day", "dusk")):
        desk.presets.save(name, ANNA, {"seed": number + 1})
    desk.presets.save("night", ANNA, {"opacity": 0})
    return desk


@pytest.fixture
def said() -> Notices:
    return Notices()


@pytest.fixture
def cuer(desk: Desk, now: Time, said: Notices) -> Cuer:
    return Cuer(desk, desk.store, said, now.clocks)
