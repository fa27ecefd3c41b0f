"""What was played is there after a restart, and what cannot be read harms nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from lib.config.controls import RefusedError
from lib.config.params import Played
from lib.control.journal import Entry
from tests.control.conftest import OpenConsole
from tests.control.who import ANNA
from tests.rig import primary


def test_what_was_played_is_there_again(open_console: OpenConsole, state_dir: Path) -> None:
    console = open_console()
    session = console.session
    session.play({"prompt": "猫 and a cat", "opacity": 0.5}, ANNA)
    session.play({"seed": 4}, ANNA)
    session.undo(ANNA)
    with pytest.raises(RefusedError):
        session.play({"seed": -4}, ANNA)
    before, entries = session.played, session.entries
    console.store.stop()
    kept = json.loads((state_dir / "played.json").read_text("utf-8"))
    assert kept == {"number": 3, "changed": {"prompt": "猫 and a cat", "opacity": 0.5}}
    after_console = open_console()
    after = after_console.session
    assert (after.played, after.number) == (before, 3)
    assert [(e.action, e.number) for e in after.entries] == [(e.action, e.number) for e in entries]
    assert after.redo(ANNA).change == {"seed": 4}
    assert after.undo(ANNA).change == {"seed": 0}
    assert after.undo(ANNA).change == {"prompt": Played().prompt, "opacity": 1.0}
    assert after_console.warnings == []


def test_the_start_settings_count_where_nobody_changed_anything(open_console: OpenConsole) -> None:
    console = open_console(settings=primary(mirror=True, resolution="256"))
    session = console.session
    session.play({"seed": 1}, ANNA)
    console.store.stop()
    after_console = open_console(settings=primary(mirror=False, resolution="320"))
    after = after_console.session
    assert (after.played.mirror, after.played.resolution) == (False, "320")
    assert after.played.seed == 1


def test_what_is_no_longer_valid_is_dropped_singly_and_said(
    open_console: OpenConsole, state_dir: Path
) -> None:
    state_dir.mkdir()
    changed = {"seed": 3, "strength": 7, "wobble": 1, "prompt": ["x"], "steps": 4}
    (state_dir / "played.json").write_text(json.dumps({"number": 8, "changed": changed}))
    console = open_console()
    session = console.session
    assert (session.played.seed, session.played.strength, session.number) == (3, 0.7, 8)
    assert len(console.warnings) == 1
    for word in ("strength", "'wobble'", "prompt"):
        assert word in console.warnings[0]


@pytest.mark.parametrize(
    "text",
    [
        *("[]", "{}", "nul"),
        '{"number": -1, "changed": {}}',
        '{"number": "a", "changed": {}}',
        '{"number": 1e999, "changed": {}}',
        '{"number": 5, "changed": []}',
    ],
)
def test_what_can_not_be_read_is_set_aside_and_the_show_starts(
    open_console: OpenConsole, state_dir: Path, text: str
) -> None:
    state_dir.mkdir()
    (state_dir / "played.json").write_text(text)
    console = open_console()
    session = console.session
    assert (session.played, session.number) == (primary().played, 0)
    assert (state_dir / "played.json.damaged").read_text() == text
    assert ["is damaged" in warning for warning in console.warnings] == [True]


@pytest.mark.parametrize("odd", ["Infinity", "-Infinity", "NaN", "1e300", "9" * 400, "-1"])
@pytest.mark.parametrize("key", ["number", "time", "times"])
def test_a_journal_of_impossible_numbers_keeps_nobody_out(
    open_console: OpenConsole, state_dir: Path, key: str, odd: str
) -> None:
    """The first of them kept the control process from starting, the second every page blank."""
    state_dir.mkdir()
    entry = asdict(Entry(3, 1.5, "page", "", "change", {"seed": 1}, {"seed": 0}))
    del entry[key]
    lines = [json.dumps(entry)[:-1] + f', "{key}": {odd}}}', json.dumps({**entry, key: 1})]
    (state_dir / "journal.jsonl").write_text("\n".join(lines) + "\n")
    entries = [asdict(one) for one in open_console().session.entries]
    assert len(entries) == 1
    json.dumps(entries, allow_nan=False)
    assert all(0 < one[key] < 2**53 for one in entries)


def test_a_journal_of_texts_that_cannot_be_sent_is_skipped(
    open_console: OpenConsole, state_dir: Path
) -> None:
    state_dir.mkdir()
    entry = Entry(3, 1.5, "page", "", "change", refused="\ud800")
    lines = [json.dumps(asdict(entry)), json.dumps(asdict(entry) | {"refused": "no"})]
    (state_dir / "journal.jsonl").write_text("\n".join(lines))
    assert [one.refused for one in open_console().session.entries] == ["no"]


def test_a_journal_of_another_world_is_skipped(open_console: OpenConsole, state_dir: Path) -> None:
    state_dir.mkdir()
    entry = asdict(Entry(3, 1.5, "page", "", "change", {"seed": 1}, {"seed": 0}))
    odd = [
        *("{", "5", "[]", "null", '{"number": 1}', json.dumps({**entry, "more": 1})),
        *(json.dumps({**entry, key: value}) for key, value in [("time", "x"), ("change", 5)]),
        json.dumps({**entry, "who": None}),
        "[" * 100_000,
        json.dumps({**entry, "change": {"gone": 1, "seed": 2}, "before": {"gone": 0}}),
        json.dumps(entry),
    ]
    (state_dir / "journal.jsonl").write_bytes("\n".join(odd).encode() + b"\n\xff\xff\n")
    console = open_console()
    session = console.session
    assert [one.change for one in session.entries] == [{}, {"seed": 1}]
    with pytest.raises(RefusedError):
        session.undo(ANNA)  # the seed is not 1 any more
    session.play({"seed": 2}, ANNA)
