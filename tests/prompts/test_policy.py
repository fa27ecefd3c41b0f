"""Words that take their time: who was asked for last wins, and a cue never waits for a judge."""

from __future__ import annotations

import threading
from typing import NamedTuple

import pytest

from lib.config.controls import RefusedError
from lib.control.console import Console
from lib.control.cue_player import ITSELF
from lib.control.journal import Origin
from lib.control.session import Session
from tests.control.conftest import OpenConsole
from tests.control.who import ANNA
from tests.rig import primary, until

BEN = Origin("page", "10.0.0.2")


class Said(NamedTuple):
    text: str
    safe: bool = True
    why: str = ""
    translated: bool | None = None
    by: str = ""


class Judge:
    """Answers when the test lets it, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool]] = []
        self.answers: dict[str, Said] = {}
        self.gates: dict[str, threading.Event] = {}

    def check(self, text: str, override: bool = False) -> Said:
        self.asked.append((text, override))
        if text in self.gates:
            assert self.gates[text].wait(5)
        return self.answers.get(text, Said(text))

    def check_again(self, text: str, within_s: float | None = None) -> Said:
        return self.check(text)

    def listed(self, *texts: str) -> str:
        return ""


@pytest.fixture
def judge() -> Judge:
    return Judge()


def play_aside(
    session: Session, change: dict[str, object], refusals: list[str]
) -> threading.Thread:
    def play() -> None:
        try:
            session.play(change, ANNA)
        except RefusedError as refusal:
            refusals.append(str(refusal))

    thread = threading.Thread(target=play)
    thread.start()
    return thread


def save_night(console: Console) -> None:
    session = console.session
    session.play({"prompt": "black", "opacity": 0}, ANNA)
    console.presets.save("night", ANNA, ["prompt", "opacity"])


def test_the_later_prompt_wins_over_one_that_is_still_looked_at(
    open_console: OpenConsole, judge: Judge
) -> None:
    console = open_console(judge)
    session = console.session
    judge.gates["slow"] = threading.Event()
    refusals: list[str] = []
    thread = play_aside(session, {"prompt": "slow", "seed": 5}, refusals)
    assert until(lambda: judge.asked)
    session.play({"seed": 1, "prompt2": "elsewhere"}, BEN)
    session.play({"prompt": "quick"}, BEN)
    judge.gates["slow"].set()
    thread.join()
    assert refusals == ["a newer prompt came while this one was looked at"]
    assert (session.played.prompt, session.played.seed) == ("quick", 1), "all of it or nothing"
    assert session.entries[-1].refused == refusals[0]
    assert session.entries[-1].who == ANNA.who


def test_a_later_prompt_that_is_refused_stops_nobody(
    open_console: OpenConsole, judge: Judge
) -> None:
    console = open_console(judge)
    session = console.session
    judge.gates["slow"] = threading.Event()
    judge.answers["bad"] = Said("bad", False, "'bad' is refused")
    thread = play_aside(session, {"prompt": "slow"}, [])
    assert until(lambda: judge.asked)
    with pytest.raises(RefusedError, match="'bad' is refused"):
        session.play({"prompt": "bad"}, BEN)
    judge.gates["slow"].set()
    thread.join()
    assert session.played.prompt == "slow"


def test_an_undo_meanwhile_counts_as_later(open_console: OpenConsole, judge: Judge) -> None:
    console = open_console(judge)
    session = console.session
    session.play({"prompt": "first"}, ANNA)
    judge.gates["slow"] = threading.Event()
    refusals: list[str] = []
    thread = play_aside(session, {"prompt": "slow"}, refusals)
    assert until(lambda: len(judge.asked) == 2)
    session.undo(BEN)
    judge.gates["slow"].set()
    thread.join()
    assert refusals
    assert session.played.prompt != "slow"


def test_what_is_played_of_a_translation(open_console: OpenConsole, judge: Judge) -> None:
    console = open_console(judge)
    session = console.session
    judge.answers = {
        "eine Katze": Said("a cat", translated=True),
        "ein Hund": Said("ein Hund", translated=False),
        "lang": Said("x" * 2001, translated=True),
        "leer": Said("", False),
    }
    entry = session.play({"prompt": "eine Katze", "prompt2": "ein Hund"}, ANNA)
    assert entry.change == {"prompt": "a cat", "prompt2": "ein Hund"}
    assert entry.remark == "not translated"
    with pytest.raises(RefusedError, match="prompt must be a text of at most 2000 characters"):
        session.play({"prompt": "lang"}, ANNA)
    with pytest.raises(RefusedError, match="these words are refused"):
        session.play({"prompt": "leer"}, ANNA)
    asked = len(judge.asked)
    session.play({"prompt": "a cat", "prompt2": ""}, ANNA)
    assert len(judge.asked) == asked, "what is played already, and nothing at all, are not asked"
    session.play({"prompt": "risky"}, ANNA, override=True)
    assert judge.asked[-1] == ("risky", True)


def test_a_preset_is_looked_at_again_only_for_safety(
    open_console: OpenConsole, judge: Judge
) -> None:
    console = open_console(judge)
    session = console.session
    session.play({"prompt": "saved", "seed": 3}, ANNA)
    console.presets.save("look", ANNA, ["prompt", "seed"])
    session.play({"prompt": "else"}, ANNA)
    judge.answers["saved"] = Said("translated", translated=True)
    judge.asked.clear()
    console.presets.recall("look", ANNA)
    assert (session.played.prompt, judge.asked) == ("saved", [])
    console.store.stop()
    console = open_console(judge, primary(safety=True))
    session = console.session
    session.play({"prompt": "else", "seed": 4}, ANNA)
    console.presets.recall("look", ANNA)
    assert session.played.prompt == "saved", "as it was saved, not translated once more"
    judge.answers["saved"] = Said("saved", False, "it could not be checked")
    session.play({"prompt": "else", "seed": 4}, ANNA)
    with pytest.raises(RefusedError, match="it could not be checked"):
        console.presets.recall("look", ANNA)
    assert session.played.seed == 4


def test_a_cue_plays_the_rest_and_keeps_the_prompt(open_console: OpenConsole, judge: Judge) -> None:
    console = open_console(judge, primary(safety=True))
    session = console.session
    save_night(console)
    console.presets.save("words", ANNA, ["prompt"])
    session.play({"prompt": "else", "opacity": 1}, ANNA)
    judge.answers["black"] = Said("black", False, "it could not be checked")
    entry = console.presets.recall("night", ITSELF)
    assert (session.played.opacity, entry.change) == (0, {"opacity": 0.0})
    assert entry.remark == "prompt stays as it is: it could not be checked"
    with pytest.raises(RefusedError):
        console.presets.recall("words", ITSELF)


def test_a_cue_is_not_held_up_by_a_newer_prompt(open_console: OpenConsole, judge: Judge) -> None:
    console = open_console(judge, primary(safety=True))
    session = console.session
    save_night(console)
    session.play({"prompt": "else", "opacity": 1}, ANNA)
    judge.asked.clear()
    judge.gates["black"] = threading.Event()
    console.cues.replace(
        [{"preset": "night", "after_s": 0}, {"preset": "night", "after_s": 99}], ANNA
    )
    console.cues.start(ANNA)
    console.cues.play_due()  # is back at once, though the judge takes its time
    assert until(lambda: judge.asked)
    session.play({"prompt": "quick"}, ANNA)
    judge.gates["black"].set()
    assert until(lambda: session.played.opacity == 0)
    assert session.played.prompt == "quick"
