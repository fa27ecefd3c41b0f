"""What a restart finds, and what is said where cues cannot be kept up, or are wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lib.control.console import Console
from lib.control.cue_player import CuePlayer
from lib.control.notices import Notices
from lib.control.session import Session
from lib.prompts.policy import Verdict
from tests.control.conftest import OpenConsole
from tests.control.cue_player.hands import TAPE, Time, by_clock, unix
from tests.control.who import ANNA
from tests.rig import primary, until


def again(console: Console, now: Time, said: Notices) -> CuePlayer:
    """After a restart; what was put is on the disk by then."""
    assert until(lambda: console.store.settled)
    return CuePlayer(console.session, console.presets, console.store, said, now.clocks)


def test_the_clock_resumes_at_once_after_a_restart(
    console: Console, cue_player: CuePlayer, now: Time, said: Notices
) -> None:
    session = console.session
    now.unix = unix(2026, 6, 1, 10)
    cue_player.replace(by_clock("09:00", "12:00", "15:00"), ANNA)
    cue_player.start(ANNA)
    cue_player.play_due()
    session.play({"seed": 99}, ANNA)
    now.go(60)
    second = again(console, now, said)
    second.play_due()
    assert session.played.seed == 99, "what people changed since stays"
    assert second.state().next == "day"
    now.go(3600 * 6)
    third = again(console, now, said)
    third.play_due()
    assert session.played.seed == 3, "what came due meanwhile stands"


def test_a_tape_resumes_its_place_after_a_restart(
    console: Console, cue_player: CuePlayer, now: Time, said: Notices
) -> None:
    session = console.session
    cue_player.replace([*TAPE, {"preset": "dusk", "after_s": 60}], ANNA)
    cue_player.start(ANNA)
    cue_player.play_due()
    now.go(20)
    now.steady = 5.0  # as after a boot
    second = again(console, now, said)
    assert (second.state().position, second.state().next, second.state().seconds) == (0, "day", 40)
    second.pause(ANNA)
    now.go(1000)
    third = again(console, now, said)
    third.play_due()
    assert (third.state().paused, third.state().seconds) == (True, 40)
    third.resume(ANNA)
    now.go(40)
    third.play_due()
    assert session.played.seed == 2
    third.stop(ANNA)
    assert again(console, now, said).state().running is False
    assert said.current == []


def test_what_can_not_be_kept_up_is_said(
    console: Console, session: Session, cue_player: CuePlayer, now: Time, said: Notices
) -> None:
    cue_player.replace([{"preset": "gone", "after_s": 0}, *TAPE], ANNA)
    assert cue_player.warnings == []
    cue_player.start(ANNA)
    assert ["cue 1 names the preset 'gone'" in warning for warning in cue_player.warnings] == [True]
    cue_player.play_due()
    assert session.number == 0
    assert session.entries[-1].refused == "there is no preset 'gone'"
    cue_player.play_due()
    assert session.played.seed == 1, "and the show goes on"
    console.presets.save("gone", ANNA)
    assert cue_player.warnings == said.current == []


def test_a_cue_that_is_refused_is_said_until_the_next_is_played(
    open_console: OpenConsole, now: Time, said: Notices
) -> None:
    class Strict:
        def check(self, text: str, override: bool = False) -> Verdict:
            return Verdict(text, text != "bad", "nobody answered")

        def check_again(self, text: str, within_s: float | None = None) -> Verdict:
            return self.check(text)

        def listed(self, *texts: str) -> str:
            return ""

    console = open_console()
    session = console.session
    session.play({"prompt": "bad"}, ANNA)
    console.presets.save("words", ANNA, ["prompt"])
    console.presets.save("dawn", ANNA, {"seed": 1})
    session.play({"prompt": session.first.prompt}, ANNA)
    console.store.stop()
    console = open_console(Strict(), primary(safety=True))
    session = console.session
    cue_player = CuePlayer(console.session, console.presets, console.store, said, now.clocks)
    cue_player.replace([{"preset": "words", "after_s": 0}, {"preset": "dawn", "after_s": 60}], ANNA)
    cue_player.start(ANNA)
    cue_player.play_due()
    assert until(lambda: said.current == ["cue 1 was skipped: nobody answered"])
    now.go(60)
    assert until(lambda: (cue_player.play_due(), session.played.seed == 1)[1])
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
    open_console: OpenConsole, state_dir: Path, kept: object, loses: str
) -> None:
    state_dir.mkdir()
    (state_dir / "cues.json").write_text(json.dumps(kept))
    console = open_console()
    assert [loses in warning for warning in console.warnings] == [True]
    assert len(console.cues.sheet.cues) == (0 if loses == "is damaged" else 2)
    assert console.cues.state().running is False
