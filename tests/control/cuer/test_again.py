"""What a restart finds, and what is said where cues can not be kept up, or are wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lib.control.cuer import Cuer
from lib.control.desk import Desk
from lib.control.notices import Notices
from lib.prompts.policy import Verdict
from tests.control.conftest import OpenDesk
from tests.control.cuer.hands import TAPE, Time, by_clock, unix
from tests.control.who import ANNA
from tests.rig import primary, until


def again(desk: Desk, now: Time, said: Notices) -> Cuer:
    """After a restart; what was put is on the disk by then."""
    assert until(lambda: desk.store.settled)
    return Cuer(desk, desk.store, said, now.clocks)


def test_the_clock_resumes_at_once_after_a_restart(
    desk: Desk, cuer: Cuer, now: Time, said: Notices
) -> None:
    now.unix = unix(2026, 6, 1, 10)
    cuer.replace(by_clock("09:00", "12:00", "15:00"), ANNA)
    cuer.start(ANNA)
    cuer.look()
    desk.play({"seed": 99}, ANNA)
    now.go(60)
    second = again(desk, now, said)
    second.look()
    assert desk.played.seed == 99, "what people changed since stays"
    assert second.state().next == "day"
    now.go(3600 * 6)
    third = again(desk, now, said)
    third.look()
    assert desk.played.seed == 3, "what came due meanwhile stands"


def test_a_tape_resumes_its_place_after_a_restart(
    desk: Desk, cuer: Cuer, now: Time, said: Notices
) -> None:
    cuer.replace([*TAPE, {"preset": "dusk", "after_s": 60}], ANNA)
    cuer.start(ANNA)
    cuer.look()
    now.go(20)
    now.steady = 5.0  # as after a boot
    second = again(desk, now, said)
    assert (second.state().position, second.state().next, second.state().seconds) == (0, "day", 40)
    second.pause(ANNA)
    now.go(1000)
    third = again(desk, now, said)
    third.look()
    assert (third.state().paused, third.state().seconds) == (True, 40)
    third.resume(ANNA)
    now.go(40)
    third.look()
    assert desk.played.seed == 2
    third.stop(ANNA)
    assert again(desk, now, said).state().running is False
    assert said.current == []


def test_what_can_not_be_kept_up_is_said(desk: Desk, cuer: Cuer, now: Time, said: Notices) -> None:
    cuer.replace([{"preset": "gone", "after_s": 0}, *TAPE], ANNA)
    assert cuer.warnings == []
    cuer.start(ANNA)
    assert ["cue 1 names the preset 'gone'" in warning for warning in cuer.warnings] == [True]
    cuer.look()
    assert desk.number == 0
    assert desk.entries[-1].refused == "there is no preset 'gone'"
    cuer.look()
    assert desk.played.seed == 1, "and the show goes on"
    desk.presets.save("gone", ANNA)
    assert cuer.warnings == said.current == []


def test_a_cue_that_is_refused_is_said_until_the_next_is_played(
    open_desk: OpenDesk, now: Time, said: Notices
) -> None:
    class Strict:
        def check(self, text: str, override: bool = False) -> Verdict:
            return Verdict(text, text != "bad", "nobody answered")

    desk = open_desk()
    desk.play({"prompt": "bad"}, ANNA)
    desk.presets.save("words", ANNA, ["prompt"])
    desk.presets.save("dawn", ANNA, {"seed": 1})
    desk.undo(ANNA)
    desk.store.stop()
    desk = open_desk(Strict(), primary(safety=True))
    cuer = Cuer(desk, desk.store, said, now.clocks)
    cuer.replace([{"preset": "words", "after_s": 0}, {"preset": "dawn", "after_s": 60}], ANNA)
    cuer.start(ANNA)
    cuer.look()
    assert until(lambda: said.current == ["cue 1 was skipped: nobody answered"])
    now.go(60)
    assert until(lambda: (cuer.look(), desk.played.seed == 1)[1])
    assert until(lambda: said.current == [])


@pytest.mark.parametrize(
    ("kept", "loses"),
    [
        ({"sheet": {"loop": True, "cues": [*TAPE, {"preset": 5}]}, "run": {}}, "is damaged"),
        (
            {
                "sheet": {"loop": True, "cues": [*TAPE, {"preset": 5}]},
                "run": {"running": False, "position": 99},
            },
            "cue 3 needs the name",
        ),
        ({"sheet": {"cues": TAPE}, "run": {"running": True, "position": 0}}, "is damaged"),
        ([], "is damaged"),
        ({"sheet": 5, "run": 5}, "is damaged"),
    ],
)
def test_kept_cues_that_are_wrong(
    open_desk: OpenDesk, state_dir: Path, kept: object, loses: str
) -> None:
    state_dir.mkdir()
    (state_dir / "cues.json").write_text(json.dumps(kept))
    desk = open_desk()
    assert [loses in warning for warning in desk.warnings] == [True]
    assert len(desk.cues.sheet.cues) == (0 if loses == "is damaged" else 2)
    assert desk.cues.state().running is False
