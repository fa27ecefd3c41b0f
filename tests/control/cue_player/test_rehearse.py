"""Jumping to a cue, rehearsals in fast time, and two people who write one sheet."""

from __future__ import annotations

import pytest

from lib.config.controls import RefusedError
from lib.control.cue_player import CuePlayer
from lib.control.cue_run import LAST_CUE_S
from lib.control.cue_sheet import StaleSheetError
from lib.control.session import Session
from tests.control.cue_player.hands import TAPE, Time, by_clock
from tests.control.who import ANNA, SCRIPT

DAY_S = 86_400


def test_any_cue_is_one_press_away_and_the_sheet_goes_on_from_there(
    cue_player: CuePlayer, session: Session, now: Time
) -> None:
    cue_player.replace([*TAPE, {"preset": "dusk", "after_s": 30}], ANNA)
    cue_player.jump(2, ANNA)
    assert session.played.seed == 2 and cue_player.state().running
    assert (cue_player.state().next, cue_player.state().seconds) == ("dusk", 30)
    now.go(30)
    cue_player.play_due()
    assert session.played.seed == 3 and not cue_player.state().running
    for number in (0, 4):
        with pytest.raises(RefusedError, match=f"there is no cue {number}"):
            cue_player.jump(number, ANNA)


def test_by_the_clock_a_jump_changes_nothing_of_what_comes(
    cue_player: CuePlayer, session: Session, now: Time
) -> None:
    cue_player.replace(by_clock("10:00", "11:00", "18:00"), ANNA)  # it is 12:00
    cue_player.start(ANNA)
    cue_player.play_due()
    assert session.played.seed == 2
    cue_player.jump(1, ANNA)
    cue_player.play_due()
    assert session.played.seed == 1, "what is over does not come again"
    assert (cue_player.state().next, cue_player.state().seconds) == ("dusk", 6 * 3600)
    cue_player.stop(ANNA)
    cue_player.jump(3, ANNA)  # starts the sheet, and what is on by now does not come over it
    cue_player.play_due()
    assert session.played.seed == 3 and cue_player.state().running


def test_a_rehearsal_plays_all_of_it_in_a_minute_and_glides_as_much_faster(
    cue_player: CuePlayer, session: Session, now: Time
) -> None:
    tape = [
        {"preset": name, "after_s": 100, "glide_ms": 40_000} for name in ("dawn", "day", "dusk")
    ]
    cue_player.replace({"cues": tape, "loop": True}, ANNA)
    cue_player.rehearse(ANNA)
    assert cue_player.state().speed == 5 and cue_player.state().seconds == 20
    seeds, glides = [], []
    for _ in range(3):
        now.go(20)
        cue_player.play_due()
        seeds.append(session.played.seed)
        glides.append(session._played_state.message().glide_ms)
    assert seeds == [1, 2, 3] and glides == [8000] * 3
    now.go(LAST_CUE_S)
    cue_player.play_due()
    state = cue_player.state()
    assert (state.running, state.speed) == (False, 1), "a loop is rehearsed once"
    cue_player.start(ANNA)
    assert cue_player.state().seconds == 100, "real time passes again"


def test_a_day_by_the_clock_passes_in_a_minute(
    cue_player: CuePlayer, session: Session, now: Time
) -> None:
    cue_player.replace(by_clock("10:00", "18:00", "11:00"), ANNA)  # it is 12:00
    cue_player.rehearse(ANNA)
    speed = cue_player.state().speed
    assert speed == DAY_S / 60
    cue_player.play_due()
    assert session.played.seed == 3, "what is on by now"
    seen = []
    for _ in range(240):
        now.go(0.25)
        cue_player.play_due()
        seen.append(session.played.seed)
    assert list(dict.fromkeys(seen)) == [3, 2, 1] and seen[-1] == 3
    now.go(1)
    cue_player.play_due()
    assert not cue_player.state().running


def test_a_rehearsal_is_no_start(cue_player: CuePlayer, session: Session, now: Time) -> None:
    with pytest.raises(RefusedError, match="there are no cues"):
        cue_player.rehearse(ANNA)
    cue_player.replace(TAPE, ANNA)
    cue_player.start(ANNA)
    with pytest.raises(RefusedError, match="stop them first"):
        cue_player.rehearse(ANNA)
    cue_player.stop(ANNA)
    with pytest.raises(RefusedError, match="times as fast"):
        cue_player.rehearse(ANNA, 1e9)
    cue_player.rehearse(ANNA, 6)
    again = CuePlayer(
        session, cue_player._presets, cue_player._store, cue_player._notices, now.clocks
    )
    assert not again.state().running, "none goes on after a restart"
    cue_player.stop(ANNA)
    assert cue_player.state().speed == 1
    cue_player.rehearse(ANNA)
    cue_player.replace(TAPE[:1], ANNA)
    assert not cue_player.state().running and cue_player.state().speed == 1


def test_a_second_editor_is_told_instead_of_losing(cue_player: CuePlayer, session: Session) -> None:
    cue_player.replace(TAPE, ANNA)
    version = cue_player.version
    cue_player.replace(TAPE[:1], ANNA, version)
    with pytest.raises(StaleSheetError, match=r"changed meanwhile by page 10\.0\.0\.1"):
        cue_player.replace([*TAPE, *TAPE], SCRIPT, version)
    assert len(cue_player.sheet.cues) == 1 and session.entries[-1].refused
    cue_player.replace(TAPE, SCRIPT, cue_player.version)
    assert cue_player.version == version, "the same sheet is the same version"
    cue_player.replace([], SCRIPT)


def test_missing_presets_are_marked_while_it_stands(cue_player: CuePlayer) -> None:
    cue_player.replace([{"preset": "gone", "after_s": 1}, *TAPE], ANNA)
    assert cue_player.missing == [0] and cue_player.warnings == []
    cue_player.start(ANNA)
    assert "cue 1 names the preset 'gone'" in cue_player.warnings[0]
