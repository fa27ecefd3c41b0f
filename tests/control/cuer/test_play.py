"""The wall plays by itself: by seconds, by hand, by the clock."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lib.config.controls import RefusedError
from lib.control.console import Console
from lib.control.cuer import Cuer, CueTimer
from lib.control.desk import Desk
from lib.control.journal import By, Entry
from tests.control.cuer.hands import TAPE, Time, by_clock
from tests.control.who import ANNA
from tests.rig import until


def test_a_tape_plays_and_every_cue_is_in_the_journal(desk: Desk, cuer: Cuer, now: Time) -> None:
    cuer.replace({"loop": True, "cues": TAPE}, ANNA)
    cuer.play_due()
    assert desk.number == 0, "a sheet waits for its start"
    cuer.start(ANNA)
    cuer.play_due()
    assert desk.played.seed == 1
    state = cuer.state()
    assert (state.running, state.position, state.next, state.seconds) == (True, 0, "day", 60.0)
    now.go(61)
    cuer.play_due()
    assert desk.played.seed == 2
    entry = desk.entries[-1]
    assert (entry.door, entry.who, entry.action) == ("cue", "", "cue day")
    assert [one.action for one in desk.entries[-4:-1]] == ["cues", "cues start", "cue dawn"]
    cuer.stop(ANNA)
    now.go(1e6)
    cuer.play_due()
    assert desk.number == 2
    assert cuer.state().running is False


def test_a_sheet_without_loop_ends(desk: Desk, cuer: Cuer, now: Time) -> None:
    cuer.replace(TAPE, ANNA)
    cuer.start(ANNA)
    for _ in range(3):
        cuer.play_due()
        now.go(100)
    state = cuer.state()
    assert (state.running, state.position, state.next, state.seconds) == (False, 1, None, None)
    with pytest.raises(RefusedError, match="the cues are not running"):
        cuer.stop(ANNA)
    cuer.go(ANNA)
    assert desk.played.seed == 1, "go begins again"
    assert cuer.state().running


def test_by_hand(desk: Desk, cuer: Cuer, now: Time) -> None:
    cuer.replace([*TAPE, {"preset": "dusk", "after_s": 60}], ANNA)
    with pytest.raises(RefusedError, match="there is no cue before"):
        cuer.back(ANNA)
    cuer.go(ANNA)
    cuer.go(By("osc", "tablet"))
    assert (desk.played.seed, desk.entries[-1].door) == (2, "osc")
    cuer.back(ANNA)
    assert desk.played.seed == 1
    cuer.pause(ANNA)
    now.go(1e5)
    cuer.play_due()
    assert desk.played.seed == 1
    assert cuer.state().paused
    assert cuer.state().seconds == 60
    cuer.resume(ANNA)
    now.go(60)
    cuer.play_due()
    assert desk.played.seed == 2
    cuer.go(ANNA)
    with pytest.raises(RefusedError, match="the cues are not running"):
        cuer.pause(ANNA)
    assert desk.entries[-1].refused
    cuer.replace([], ANNA)
    for deed in (cuer.go, cuer.start, cuer.back, cuer.resume):
        with pytest.raises(RefusedError):
            deed(ANNA)


def test_a_sheet_that_is_edited_while_it_runs(desk: Desk, cuer: Cuer, now: Time) -> None:
    cuer.replace({"loop": True, "cues": [*TAPE, {"preset": "dusk", "after_s": 60}]}, ANNA)
    cuer.start(ANNA)
    cuer.play_due()
    now.go(60)
    cuer.play_due()
    now.go(10)
    number = desk.number
    first = {"preset": "night", "after_s": 5}
    cuer.replace({"loop": True, "cues": [first, *TAPE, {"preset": "dusk", "after_s": 30}]}, ANNA)
    cuer.play_due()
    assert desk.number == number, "the wall stays"
    state = cuer.state()
    assert (state.position, state.next, state.seconds) == (2, "dusk", 20)
    cuer.replace(by_clock("09:00", "12:30"), ANNA)
    cuer.play_due()
    assert desk.played.seed == 1, "another kind of sheet begins at once"
    cuer.replace([], ANNA)
    assert cuer.state().running is False


def test_a_wrong_sheet_changes_nothing(desk: Desk, cuer: Cuer) -> None:
    cuer.replace(TAPE, ANNA)
    with pytest.raises(RefusedError, match="cue 1 needs"):
        cuer.replace([{}], ANNA)
    assert cuer.document == {"loop": False, "cues": TAPE}
    assert desk.entries[-1].refused


def test_the_thread_plays_it(console: Console, desk: Desk) -> None:
    cueing = CueTimer(console.cues)
    cueing.start()
    try:
        console.cues.replace(TAPE, ANNA)
        console.cues.start(ANNA)
        assert until(lambda: desk.played.seed == 1)
    finally:
        assert cueing.stop()


def test_a_listener_may_ask_where_the_cues_are(console: Console, desk: Desk) -> None:
    states = []

    def told(_entry: Entry) -> None:
        states.append(console.cues.state())

    desk.listen(told)
    deeds: list[Callable[[By], None]] = [console.cues.start, console.cues.go, console.cues.pause]
    console.cues.replace([*TAPE, *TAPE], ANNA)
    for deed in [*deeds, console.cues.resume, console.cues.back, console.cues.stop]:
        try:
            deed(ANNA)
        except RefusedError as refusal:
            assert "before" in str(refusal)
    assert len(states) == 7
