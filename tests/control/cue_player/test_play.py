"""The wall plays by itself: by seconds, by hand, by the clock."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lib.config.controls import RefusedError
from lib.control.console import Console
from lib.control.cue_player import CuePlayer, CueTimer
from lib.control.journal import Entry, Origin
from lib.control.session import Session
from tests.control.cue_player.hands import TAPE, Time, by_clock
from tests.control.who import ANNA
from tests.rig import until


def test_a_tape_plays_and_every_cue_is_in_the_journal(
    session: Session, cue_player: CuePlayer, now: Time
) -> None:
    cue_player.replace({"loop": True, "cues": TAPE}, ANNA)
    cue_player.play_due()
    assert session.number == 0, "a sheet waits for its start"
    cue_player.start(ANNA)
    cue_player.play_due()
    assert session.played.seed == 1
    state = cue_player.state()
    assert (state.running, state.position, state.next, state.seconds) == (True, 0, "day", 60.0)
    now.go(61)
    cue_player.play_due()
    assert session.played.seed == 2
    entry = session.entries[-1]
    assert (entry.door, entry.who, entry.action) == ("cue", "", "cue day")
    assert [one.action for one in session.entries[-4:-1]] == ["cues", "cues start", "cue dawn"]
    cue_player.stop(ANNA)
    now.go(1e6)
    cue_player.play_due()
    assert session.number == 2
    assert cue_player.state().running is False


def test_a_sheet_without_loop_ends(session: Session, cue_player: CuePlayer, now: Time) -> None:
    cue_player.replace(TAPE, ANNA)
    cue_player.start(ANNA)
    for _ in range(3):
        cue_player.play_due()
        now.go(100)
    state = cue_player.state()
    assert (state.running, state.position, state.next, state.seconds) == (False, 1, None, None)
    with pytest.raises(RefusedError, match="the cues are not running"):
        cue_player.stop(ANNA)
    cue_player.go(ANNA)
    assert session.played.seed == 1, "go begins again"
    assert cue_player.state().running


def test_by_hand(session: Session, cue_player: CuePlayer, now: Time) -> None:
    cue_player.replace([*TAPE, {"preset": "dusk", "after_s": 60}], ANNA)
    with pytest.raises(RefusedError, match="this is the first cue"):
        cue_player.back(ANNA)
    cue_player.go(ANNA)
    cue_player.go(Origin("osc", "tablet"))
    assert (session.played.seed, session.entries[-1].door) == (2, "osc")
    cue_player.back(ANNA)
    assert session.played.seed == 1
    cue_player.pause(ANNA)
    now.go(1e5)
    cue_player.play_due()
    assert session.played.seed == 1
    assert cue_player.state().paused
    assert cue_player.state().seconds == 60
    cue_player.resume(ANNA)
    now.go(60)
    cue_player.play_due()
    assert session.played.seed == 2
    cue_player.go(ANNA)
    with pytest.raises(RefusedError, match="the cues are not running"):
        cue_player.pause(ANNA)
    assert session.entries[-1].refused
    cue_player.replace([], ANNA)
    for deed in (cue_player.go, cue_player.start, cue_player.back, cue_player.resume):
        with pytest.raises(RefusedError):
            deed(ANNA)


def test_a_sheet_that_is_edited_while_it_runs(
    session: Session, cue_player: CuePlayer, now: Time
) -> None:
    cue_player.replace({"loop": True, "cues": [*TAPE, {"preset": "dusk", "after_s": 60}]}, ANNA)
    cue_player.start(ANNA)
    cue_player.play_due()
    now.go(60)
    cue_player.play_due()
    now.go(10)
    number = session.number
    first = {"preset": "night", "after_s": 5}
    cue_player.replace(
        {"loop": True, "cues": [first, *TAPE, {"preset": "dusk", "after_s": 30}]}, ANNA
    )
    cue_player.play_due()
    assert session.number == number, "the wall stays"
    state = cue_player.state()
    assert (state.position, state.next, state.seconds) == (2, "dusk", 20)
    cue_player.replace(by_clock("09:00", "12:30"), ANNA)
    cue_player.play_due()
    assert session.played.seed == 1, "another kind of sheet begins at once"
    cue_player.replace([], ANNA)
    assert cue_player.state().running is False


def test_a_wrong_sheet_changes_nothing(session: Session, cue_player: CuePlayer) -> None:
    cue_player.replace(TAPE, ANNA)
    with pytest.raises(RefusedError, match="cue 1 needs"):
        cue_player.replace([{}], ANNA)
    assert cue_player.document == {"loop": False, "cues": TAPE}
    assert session.entries[-1].refused


def test_the_thread_plays_it(console: Console, session: Session) -> None:
    cueing = CueTimer(console.cues)
    cueing.start()
    try:
        console.cues.replace(TAPE, ANNA)
        console.cues.start(ANNA)
        assert until(lambda: session.played.seed == 1)
    finally:
        assert cueing.stop()


def test_a_listener_may_ask_where_the_cues_are(console: Console, session: Session) -> None:
    states = []

    def told(_entry: Entry) -> None:
        states.append(console.cues.state())

    session.listen(told)
    deeds: list[Callable[[Origin], None]] = [
        console.cues.start,
        console.cues.go,
        console.cues.pause,
    ]
    console.cues.replace([*TAPE, *TAPE], ANNA)
    for deed in [*deeds, console.cues.resume, console.cues.back, console.cues.stop]:
        try:
            deed(ANNA)
        except RefusedError as refusal:
            assert "first cue" in str(refusal)
    assert len(states) == 7
