"""The session beside a stream, which may know better; and many hands at once."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.config.controls import RefusedError
from lib.config.params import Played
from lib.control.console import Console
from lib.control.journal import Entry, Origin
from lib.control.session import Session
from tests.control.conftest import OpenConsole
from tests.control.who import ANNA
from tests.ports import free_ports
from tests.rig import until
from tests.web.stream import TestStream


def test_a_stream_that_played_on_knows_better_than_the_disk(
    run_dir: Path, open_console: OpenConsole
) -> None:
    console = open_console()
    session = console.session
    session.play({"seed": 1}, ANNA)
    console.store.stop()
    stream = TestStream(run_dir, free_ports(1)[0], Played(seed=44), number=12)
    stream.start()
    after_console = open_console()
    after, stream_link = after_console.session, after_console.stream_link
    told: list[Entry] = []
    after.listen(told.append)
    stream_link.start()
    try:
        assert until(lambda: after.number == 12)
        assert after.played.seed == 44
        assert (told[0].door, told[0].change["seed"]) == ("stream", 44)
        with pytest.raises(RefusedError, match="nothing to undo"):
            after.undo(ANNA)
    finally:
        assert stream_link.stop()
        assert stream.stop()
    after_console.store.stop()
    assert open_console().session.number == 12


def test_the_disk_knows_better_than_a_fresh_stream(
    run_dir: Path, open_console: OpenConsole
) -> None:
    console = open_console()
    session = console.session
    session.play({"seed": 1}, ANNA)
    console.store.stop()
    stream = TestStream(run_dir, free_ports(1)[0])
    stream_link = open_console().stream_link
    stream.start()
    stream_link.start()
    try:
        assert until(lambda: stream.params.seed == 1)
        assert stream.number == 1
    finally:
        assert stream_link.stop()
        assert stream.stop()


@pytest.fixture
def connected(run_dir: Path, console: Console) -> Iterator[tuple[Session, TestStream]]:
    stream = TestStream(run_dir, free_ports(1)[0])
    stream.start()
    console.stream_link.start()
    yield console.session, stream
    assert console.stream_link.stop()
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
    console: Console, connected: tuple[Session, TestStream], state_dir: Path
) -> None:
    session, stream = connected
    told: list[Entry] = []
    session.listen(told.append)
    first = session.played.model_dump()

    def play(door: str, seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(500):
            try:
                deed = dice.random()
                if deed < 0.05:
                    session.undo(Origin(door))
                elif deed < 0.08:
                    session.redo(Origin(door))
                else:
                    session.play(random_change(dice), Origin(door))
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
    assert [entry.number for entry in accepted] == list(range(1, session.number + 1))
    seen = dict(first)
    for entry in accepted:  # as a page follows it
        assert {name: seen[name] for name in entry.before} == entry.before
        seen |= entry.change
        Played.model_validate(seen)
    assert seen == session.played.model_dump()
    assert until(lambda: stream.number == session.number)
    assert stream.params == session.played
    assert stream.numbers == sorted(stream.numbers)
    console.store.stop()
    assert json.loads((state_dir / "played.json").read_text())["number"] == session.number
