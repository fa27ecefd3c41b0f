"""lib.control.played_file: only what differs from the start, and of a damaged file nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lib.config.params import Played
from lib.control.notices import Notices
from lib.control.played_file import FILE, KeptPlayed, keep, kept
from lib.control.store import Store

FIRST = Played(seed=7)


@pytest.fixture
def notices() -> Notices:
    return Notices()


def opened(folder: Path, notices: Notices) -> Store:
    store = Store(folder, notices)
    store.start()
    return store


def test_what_differs_from_the_start_is_there_again(tmp_path: Path, notices: Notices) -> None:
    store = opened(tmp_path, notices)
    keep(store, 12, FIRST, FIRST.changed(strength=0.2, freeze=True), {"prompt": "judge"})
    store.stop()
    expected = KeptPlayed(12, {"strength": 0.2, "freeze": True}, {"prompt": "judge"})
    store = opened(tmp_path, notices)
    assert kept(store, notices) == expected
    store.stop()


@pytest.mark.parametrize("document", [[], {"number": -1, "changed": {}}, {"number": 1}])
def test_what_says_nothing_is_set_aside(tmp_path: Path, notices: Notices, document: object) -> None:
    (tmp_path / FILE).write_text(json.dumps(document))
    store = opened(tmp_path, notices)
    assert kept(store, notices) == KeptPlayed(0, {}, {})
    store.stop()
    assert (tmp_path / f"{FILE}.damaged").exists()
