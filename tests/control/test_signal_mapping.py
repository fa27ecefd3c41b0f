"""The mapping is a control like any other: journal, undo, presets, the safe look, a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.config.controls import RefusedError
from lib.control.console import Console, open_console
from lib.control.session import Session
from lib.core.mapping import Row, disarmed, parse_mapping, write_mapping
from tests.control.who import ANNA
from tests.rig import primary

ARMED = write_mapping((Row("lfo.sine", "strength", armed=True),))


def test_a_change_of_rows_is_in_the_journal_and_is_undone(session: Session) -> None:
    session.play({"mapping": ARMED}, ANNA)
    assert session.entries[-1].change == {"mapping": ARMED}
    session.play({"strength": 0.1}, ANNA)
    session.undo(ANNA)
    session.undo(ANNA)
    assert session.played.mapping == ""
    session.redo(ANNA)
    assert session.played.mapping == ARMED


def test_rows_are_written_in_one_way_whatever_way_they_come(session: Session) -> None:
    session.play({"mapping": '[ {"to":"strength", "armed":true,"signal":"lfo.sine"} ]'}, ANNA)
    assert session.played.mapping == ARMED
    with pytest.raises(RefusedError, match="mapping row 1 moves one of"):
        session.play({"mapping": '[{"signal": "a.b", "to": "resolution"}]'}, ANNA)
    assert session.played.mapping == ARMED


def test_a_preset_holds_them_and_the_safe_look_silences_all(
    console: Console, session: Session
) -> None:
    session.play({"mapping": ARMED}, ANNA)
    console.presets.save("waves", ANNA, ["mapping"])
    assert console.presets.parts("waves") == ["signals"]
    session.play({"mapping": ""}, ANNA)
    console.presets.recall("waves", ANNA)
    assert session.played.mapping == ARMED
    console.presets.play_safe(ANNA)
    assert session.played.silences_signals and session.played.mapping == ARMED
    session.play({"signals": True}, ANNA)
    assert not session.played.silences_signals


@pytest.mark.parametrize("stays", [False, True])
def test_after_a_restart_rows_are_armed_only_where_that_is_wanted(
    tmp_path: Path, stays: bool
) -> None:
    settings = primary(state_dir=str(tmp_path / "state"), arm_at_start=stays)
    for run in ("one", "two"):
        (tmp_path / run).mkdir()
    first = open_console(settings, tmp_path / "one")
    first.session.play({"mapping": ARMED}, ANNA)
    first.store.start()
    assert first.store.stop()
    again = open_console(settings, tmp_path / "two").session.played.mapping
    assert again == (ARMED if stays else disarmed(ARMED)) and parse_mapping(again)
