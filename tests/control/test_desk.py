"""One way in for every door: whole, numbered, attributed, written down, told."""

from __future__ import annotations

import json
import math
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from lib.config.params import Played
from lib.control.desk import By, Desk, Entry, RefusedError
from lib.control.journal import KEPT
from lib.control.params_table import BY_FIELD, CONTROLS
from lib.control.sync import Sync
from tests.control.conftest import OpenDesk
from tests.ports import free_ports
from tests.rig import primary, until
from tests.web.stream import TestStream

ANNA = By("page", "10.0.0.1")
SCRIPT = By("http", "127.0.0.1")


def test_a_change_is_whole_numbered_and_attributed(desk: Desk) -> None:
    told: list[Entry] = []
    unlisten = desk.listen(told.append)
    entry = desk.play({"steps": "4", "prompt": "a cat", "strength": 1}, ANNA)
    assert (entry.number, entry.door, entry.who, entry.action) == (1, "page", "10.0.0.1", "change")
    assert entry.change == {"num_inference_steps": 4, "prompt": "a cat", "strength": 1.0}
    assert entry.before == {"num_inference_steps": 2, "prompt": Played().prompt, "strength": 0.7}
    assert desk.played == Played().changed(**entry.change, resolution="64")
    assert abs(entry.time - time.time()) < 5
    with pytest.raises(RefusedError, match="seed must be a whole number"):
        desk.play({"prompt": "a dog", "seed": -1}, ANNA)
    assert (desk.played.prompt, desk.number) == ("a cat", 1), "all of it or nothing"
    assert [one.number for one in told] == [1, 1]
    assert told[1].refused.startswith("seed must be a whole number")
    assert told[1].change == {"prompt": "a dog", "seed": -1}
    unlisten()
    desk.undo(SCRIPT)
    assert len(told) == 2
    assert [one.action for one in desk.entries] == ["change", "change", "undo"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, "name at least one control"),
        ({"no such": 1}, "there is no control 'no such'"),
        ({"constructor": 1}, "there is no control 'constructor'"),
        ({"x" * 9999: 1}, "…'"),
        ({"steps": 3, "num_inference_steps": 3}, "steps is there twice"),
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
    desk: Desk, change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(RefusedError) as refusal:
        desk.play(change, SCRIPT)
    assert sentence in str(refusal.value)
    assert len(str(refusal.value)) < 250
    assert desk.number == 0
    assert desk.entries[-1].refused == str(refusal.value)
    json.dumps(asdict(desk.entries[-1]), allow_nan=False, ensure_ascii=False).encode()


def test_a_folder_that_is_not_there_is_said_to_who_asks(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    (tmp_path / "data" / "waves").mkdir(parents=True)
    desk = open_desk(settings=primary(data_dir=str(tmp_path / "data")))
    with pytest.raises(RefusedError, match="there is no 'wave' in the data folder"):
        desk.play({"directory": "wave", "seed": 3}, ANNA)
    assert (desk.played.directory, desk.played.seed) == ("", 0)
    desk.play({"directory": "waves"}, ANNA)
    desk.play({"directory": ""}, ANNA)
    assert desk.played.directory == ""


def test_what_is_no_control_leaves_no_trace_of_its_value(desk: Desk, state_dir: Path) -> None:
    with pytest.raises(RefusedError):
        desk.play({"control_token": "hunter2", "seed": 1}, SCRIPT)
    assert desk.entries[-1].change == {"seed": 1}
    desk.store.stop()
    assert "hunter2" not in "".join(path.read_text() for path in state_dir.iterdir())


@pytest.mark.parametrize("glide_ms", [-1, 600_001])
def test_a_glide_has_limits(desk: Desk, glide_ms: int) -> None:
    with pytest.raises(RefusedError, match="a glide takes"):
        desk.play({"seed": 1}, SCRIPT, glide_ms=glide_ms)


def test_the_glide_of_a_change_travels_with_it(run_dir: Path, open_desk: OpenDesk) -> None:
    sync = Sync(run_dir)
    desk = open_desk(sync=sync)
    desk.play({"seed": 1}, SCRIPT, glide_ms=60_000)
    assert sync.board.message().glide_ms == 60_000
    desk.play({"seed": 2}, SCRIPT)
    assert sync.board.message().glide_ms is None


def test_undo_and_redo_are_changes_of_their_own(desk: Desk) -> None:
    desk.play({"seed": 1}, ANNA)
    undone = desk.undo(SCRIPT)
    assert (undone.number, undone.action, undone.door) == (2, "undo", "http")
    assert (undone.change, undone.before) == ({"seed": 0}, {"seed": 1})
    assert desk.redo(ANNA).change == {"seed": 1}
    with pytest.raises(RefusedError, match="nothing to put back"):
        desk.redo(ANNA)
    desk.undo(ANNA)
    with pytest.raises(RefusedError, match="nothing to take back"):
        desk.undo(ANNA)
    assert desk.entries[-1].refused
    assert (desk.number, desk.played.seed) == (4, 0)


def test_a_listener_that_fails_harms_nobody(desk: Desk) -> None:
    told = []

    def fail(_entry: Entry) -> None:
        raise RuntimeError("a page")

    desk.listen(fail)
    desk.listen(told.append)
    desk.play({"seed": 1}, ANNA)
    assert desk.played.seed == 1
    assert len(told) == 1


# --- memory


def test_what_was_played_is_there_again(open_desk: OpenDesk, state_dir: Path) -> None:
    desk = open_desk()
    desk.play({"prompt": "猫 and a cat", "opacity": 0.5}, ANNA)
    desk.play({"seed": 4}, ANNA)
    desk.undo(ANNA)
    with pytest.raises(RefusedError):
        desk.play({"seed": -4}, ANNA)
    before, entries = desk.played, desk.entries
    desk.store.stop()
    kept = json.loads((state_dir / "played.json").read_text("utf-8"))
    assert kept == {"number": 3, "changed": {"prompt": "猫 and a cat", "opacity": 0.5}}
    after = open_desk()
    assert (after.played, after.number) == (before, 3)
    assert [(e.action, e.number) for e in after.entries] == [(e.action, e.number) for e in entries]
    assert after.redo(ANNA).change == {"seed": 4}
    assert after.undo(ANNA).change == {"seed": 0}
    assert after.undo(ANNA).change == {"prompt": Played().prompt, "opacity": 1.0}
    assert after.warnings == []


def test_the_start_settings_count_where_nobody_changed_anything(open_desk: OpenDesk) -> None:
    desk = open_desk(settings=primary(mirror=True, resolution="256"))
    desk.play({"seed": 1}, ANNA)
    desk.store.stop()
    after = open_desk(settings=primary(mirror=False, resolution="320"))
    assert (after.played.mirror, after.played.resolution) == (False, "320")
    assert after.played.seed == 1


def test_what_is_no_longer_valid_is_dropped_singly_and_said(
    open_desk: OpenDesk, state_dir: Path
) -> None:
    state_dir.mkdir()
    changed = {"seed": 3, "strength": 7, "wobble": 1, "prompt": ["x"], "steps": 4}
    (state_dir / "played.json").write_text(json.dumps({"number": 8, "changed": changed}))
    desk = open_desk()
    assert (desk.played.seed, desk.played.strength, desk.number) == (3, 0.7, 8)
    assert len(desk.warnings) == 1
    for word in ("strength", "'wobble'", "prompt"):
        assert word in desk.warnings[0]


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
    open_desk: OpenDesk, state_dir: Path, text: str
) -> None:
    state_dir.mkdir()
    (state_dir / "played.json").write_text(text)
    desk = open_desk()
    assert (desk.played, desk.number) == (primary().played, 0)
    assert (state_dir / "played.json.damaged").read_text() == text
    assert ["is damaged" in warning for warning in desk.warnings] == [True]


def test_a_journal_of_another_world_is_skipped(open_desk: OpenDesk, state_dir: Path) -> None:
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
    desk = open_desk()
    assert [one.change for one in desk.entries] == [{}, {"seed": 1}]
    with pytest.raises(RefusedError):
        desk.undo(ANNA)  # the seed is not 1 any more
    desk.play({"seed": 2}, ANNA)


def test_the_memory_is_bounded(desk: Desk) -> None:
    for seed in range(KEPT * 2):
        desk.play({"seed": seed}, SCRIPT)
    assert len(desk.entries) == KEPT
    assert desk.entries[-1].number == KEPT * 2


# --- who knows what, after a kill


def test_a_stream_that_played_on_knows_better_than_the_disk(
    run_dir: Path, open_desk: OpenDesk
) -> None:
    desk = open_desk()
    desk.play({"seed": 1}, ANNA)
    desk.store.stop()
    stream = TestStream(run_dir, free_ports(1)[0], Played(seed=44), number=12)
    stream.start()
    sync = Sync(run_dir, primary().played)
    after = open_desk(sync=sync)
    told: list[Entry] = []
    after.listen(told.append)
    sync.start()
    try:
        assert until(lambda: after.number == 12)
        assert after.played.seed == 44
        assert (told[0].door, told[0].change["seed"]) == ("stream", 44)
        with pytest.raises(RefusedError, match="nothing to take back"):
            after.undo(ANNA)
    finally:
        assert sync.stop()
        assert stream.stop()
    after.store.stop()
    assert open_desk().number == 12


def test_the_disk_knows_better_than_a_fresh_stream(run_dir: Path, open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.play({"seed": 1}, ANNA)
    desk.store.stop()
    stream = TestStream(run_dir, free_ports(1)[0])
    sync = Sync(run_dir, primary().played)
    open_desk(sync=sync)
    stream.start()
    sync.start()
    try:
        assert until(lambda: stream.params.seed == 1)
        assert stream.number == 1
    finally:
        assert sync.stop()
        assert stream.stop()


# --- many hands


@pytest.fixture
def connected(run_dir: Path, open_desk: OpenDesk) -> Iterator[tuple[Desk, TestStream]]:
    stream = TestStream(run_dir, free_ports(1)[0])
    sync = Sync(run_dir)
    desk = open_desk(sync=sync)
    stream.start()
    sync.start()
    yield desk, stream
    assert sync.stop()
    assert stream.stop()


def random_change(dice: random.Random) -> dict[str, object]:
    values: dict[str, list[object]] = {
        "prompt": ["a", "b", "c" * 1999, "d" * 2001, 7],
        "seed": [0, 5, "17", -1, 2**32, 1.5],
        "steps": [1, 2, 51, "x"],
        "strength": [0, 0.5, 1, 1.01, "0.25"],
        "blend": [0, 0.5, 2],
        "opacity": [0, 1, 0.3],
        "passthrough": [True, False, "1", "yes"],
        "resolution": ["512", "1024x576", 64, "513"],
        "nothing": [1],
    }
    names = dice.sample(sorted(values), dice.randint(1, 4))
    return {name: dice.choice(values[name]) for name in names}


def test_two_thousand_changes_from_four_doors(
    connected: tuple[Desk, TestStream], state_dir: Path
) -> None:
    desk, stream = connected
    told: list[Entry] = []
    desk.listen(told.append)
    first = desk.played.model_dump()

    def play(door: str, seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(500):
            try:
                deed = dice.random()
                if deed < 0.05:
                    desk.undo(By(door))
                elif deed < 0.08:
                    desk.redo(By(door))
                else:
                    desk.play(random_change(dice), By(door))
            except RefusedError:
                pass

    threads = [
        threading.Thread(target=play, args=(door, seed))
        for seed, door in enumerate(("http", "page", "chat", "osc"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 2000
    accepted = [entry for entry in told if not entry.refused]
    assert 200 < len(accepted) < 1800
    assert [entry.number for entry in accepted] == list(range(1, desk.number + 1))
    seen = dict(first)
    for entry in accepted:  # as a page follows it
        assert {name: seen[name] for name in entry.before} == entry.before
        seen |= entry.change
        Played.model_validate(seen)
    assert seen == desk.played.model_dump()
    assert until(lambda: stream.number == desk.number)
    assert stream.params == desk.played
    assert stream.numbers == sorted(stream.numbers)
    desk.store.stop()
    assert json.loads((state_dir / "played.json").read_text())["number"] == desk.number


def test_the_table_and_the_desk_know_the_same_names(desk: Desk) -> None:
    for control in CONTROLS.values():
        value = getattr(desk.played, control.field)
        assert desk.play({control.name: value}, SCRIPT).change == {control.field: value}
        assert desk.play({control.field: str(value)}, SCRIPT).change == {control.field: value}
    assert len(BY_FIELD) * 2 == desk.number
