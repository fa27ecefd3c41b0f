"""Words that were played before are checked again, whichever way they come back to the wall."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from lib.config.controls import RefusedError, UnsafeError
from lib.config.params import DEFAULT_PROMPT, Played
from lib.config.settings import PrimarySettings
from lib.control.console import Console
from lib.control.cue_player import ITSELF
from lib.control.journal import Origin
from lib.osc.packet import message
from lib.prompts.checker import PromptChecker, open_checker
from lib.prompts.policy import AGAIN_WITHIN_S, Verdict
from tests.control.conftest import OpenConsole
from tests.control.who import ANNA
from tests.http_client.server import Server, silent
from tests.osc.rig import Rig
from tests.ports import free_ports
from tests.prompts.test_checker import judge, with_key
from tests.prompts.test_policy import play_aside
from tests.prompts.translators import libre
from tests.rig import primary, until
from tests.web.client import live_page
from tests.web.conftest import running_host
from tests.web.stream import TestStream

Serve = Callable[..., Server]
OSC = Origin("osc", "10.0.0.9")
LISTED = "'naked' is on the list of refused words"


def restarted(open_console: OpenConsole, console: Console, settings: PrimarySettings) -> Console:
    console.store.stop()
    return open_console(open_checker(settings), settings)


def strict(words: Path, *refused: str) -> PrimarySettings:
    words.write_text("\n".join(refused))
    return primary(safety=True, safety_words=str(words))


def test_a_restart_with_safety_plays_the_default_and_says_so(open_console: OpenConsole) -> None:
    console = open_console()
    console.session.play({"prompt": "a naked woman", "prompt2": "gore", "seed": 3}, ANNA)
    console = restarted(open_console, console, primary(safety=True))
    session = console.session
    assert (session.played.prompt, session.played.prompt2) == (DEFAULT_PROMPT, "")
    assert session.played.seed == 3 and session.number == 2, "the stream takes the higher number"
    assert console.warnings == [
        f"prompt does not play on from before: {LISTED}",
        "prompt2 does not play on from before: 'gore' is on the list of refused words",
    ]
    assert [(one.action, one.refused) for one in session.entries[-2:]] == [
        ("restored", warning) for warning in console.warnings
    ]
    console = restarted(open_console, console, primary(safety=True))
    assert console.session.played.prompt == DEFAULT_PROMPT and console.warnings == []


def test_undo_and_redo_bring_no_refused_words_back(open_console: OpenConsole) -> None:
    console = open_console()
    for text in ("a house", "a naked woman", "a lake"):
        console.session.play({"prompt": text}, ANNA)
    console.session.undo(ANNA)
    console.session.undo(ANNA)
    console = restarted(open_console, console, primary(safety=True))
    session = console.session
    assert session.played.prompt == "a house"
    with pytest.raises(RefusedError, match=f"prompt stays as it is: {LISTED}"):
        session.redo(OSC)
    assert (session.entries[-1].action, session.entries[-1].door) == ("redo", "osc")
    assert LISTED in session.entries[-1].refused and session.played.prompt == "a house"
    assert session.redo(ANNA).change == {"prompt": "a lake"}, "what is refused is passed over"


def test_undo_goes_past_refused_words(open_console: OpenConsole) -> None:
    settings = primary(safety=True)
    console = open_console(open_checker(settings), settings)
    session = console.session
    session.play({"prompt": "a house"}, ANNA)
    session.play({"prompt": "a nude by Rodin"}, ANNA, override=True)
    session.play({"prompt": "a lake"}, ANNA)
    number = session.number
    with pytest.raises(RefusedError, match="'nude' is on the list"):
        session.undo(OSC)
    assert (session.played.prompt, session.number) == ("a lake", number)
    assert session.undo(OSC).change == {"prompt": "a house"}
    assert session.undo(OSC).change == {"prompt": DEFAULT_PROMPT}
    with pytest.raises(RefusedError, match="nothing to undo"):
        session.undo(OSC)


def test_what_stands_beside_refused_words_is_taken_back(open_console: OpenConsole) -> None:
    settings = primary(safety=True)
    console = open_console(open_checker(settings), settings)
    session = console.session
    session.play({"prompt": "a nude", "opacity": 0.5}, ANNA, override=True)
    session.play({"prompt": "a lake", "opacity": 1}, ANNA)
    entry = session.undo(ANNA)
    assert (entry.change, session.played.prompt) == ({"opacity": 0.5}, "a lake")
    assert entry.remark == "prompt stays as it is: 'nude' is on the list of refused words"
    assert session.undo(ANNA).change == {"opacity": 1.0, "prompt": DEFAULT_PROMPT}


def test_a_word_that_is_listed_while_the_show_runs(
    open_console: OpenConsole, tmp_path: Path
) -> None:
    settings = strict(tmp_path / "words", "gore")
    console = open_console(open_checker(settings), settings)
    session = console.session
    session.play({"prompt": "a clown"}, ANNA)
    console.presets.save("clown", ANNA, ["prompt"])
    session.play({"prompt": "a lake"}, ANNA)
    (tmp_path / "words").write_text("gore\nclown\n")
    for bring in (
        lambda: session.undo(ANNA),
        lambda: console.presets.recall("clown", ANNA),
        lambda: session.play({"prompt2": "a Clown"}, ANNA),
    ):
        with pytest.raises(RefusedError, match="'clown' is on the list"):
            bring()
    assert session.played == Played().changed(prompt="a lake", resolution="64")


def test_a_list_that_refuses_the_default_prompt_plays_nothing(
    open_console: OpenConsole, tmp_path: Path
) -> None:
    settings = strict(tmp_path / "words", "glass")
    console = open_console(open_checker(settings), settings)
    assert (console.session.played.prompt, console.session.number) == ("", 1)
    assert "'glass' is on the list" in console.warnings[0]


def test_an_override_lasts_through_a_restart_and_no_longer(open_console: OpenConsole) -> None:
    settings = primary(safety=True)
    console = open_console(open_checker(settings), settings)
    console.session.play({"prompt": "a nude"}, ANNA, override=True)
    console = restarted(open_console, console, settings)
    session = console.session
    assert (session.played.prompt, console.warnings) == ("a nude", [])
    session.play({"prompt": "a nude", "seed": 4}, ANNA)  # it plays already: nothing is asked
    session.play({"prompt": "a lake"}, ANNA)
    with pytest.raises(RefusedError, match="'nude' is on the list"):
        session.play({"prompt": "a nude"}, ANNA)
    console = restarted(open_console, console, settings)
    with pytest.raises(RefusedError, match="'nude' is on the list"):
        console.session.undo(ANNA)


def test_words_that_the_stream_plays_are_looked_up_when_control_comes_back(
    open_console: OpenConsole, run_dir: Path
) -> None:
    settings = primary(safety=True)
    stream = TestStream(run_dir, free_ports(1)[0], Played(prompt="gore", seed=5), number=12)
    stream.start()
    console = open_console(open_checker(settings), settings)
    console.stream_link.start()
    try:
        assert until(lambda: stream.number == 13)
        assert (stream.params.prompt, stream.params.seed) == (DEFAULT_PROMPT, 5)
        assert "'gore' is on the list" in console.warnings[0]
    finally:
        assert console.stream_link.stop()
        assert stream.stop()


def test_words_that_no_endpoint_has_seen_are_judged_after_the_start(
    serve: Serve, open_console: OpenConsole
) -> None:
    console = open_console()
    console.session.play({"prompt": "a spider", "prompt2": "a house"}, ANNA)
    server = serve(judge)
    settings = with_key(server)
    console = restarted(open_console, console, settings)
    session = console.session
    assert until(lambda: session.played.prompt == DEFAULT_PROMPT)
    assert until(lambda: console.warnings)
    assert "calls it fear" in console.warnings[0] and session.played.prompt2 == "a house"
    assert until(lambda: session._policy.approvals(session.played) == {"prompt2": "judge"})
    assert session.undo(ANNA).change == {"prompt2": ""}
    assert session.redo(ANNA).change == {"prompt2": "a house"}, "that was nobody's change"
    session.play({"prompt": "a lake"}, ANNA)
    # Judged words need no endpoint at the next start: there may be no network yet.
    server.answer, asked = silent, len(server.requests)
    console = restarted(open_console, console, settings)
    assert (console.session.played.prompt, console.session.played.prompt2) == ("a lake", "a house")
    time.sleep(0.1)
    assert len(server.requests) == asked


def test_an_undo_translates_nothing_twice_and_waits_for_no_judge_that_knows(
    serve: Serve, open_console: OpenConsole
) -> None:
    server, translator = serve(judge), serve(libre)
    settings = with_key(server, translation=True, translation_url=translator.url)
    console = open_console(open_checker(settings), settings)
    session = console.session
    session.play({"prompt": "ein Haus"}, ANNA)
    session.play({"prompt": "das Meer"}, ANNA)
    server.answer = translator.answer = silent
    asked = len(translator.requests)
    before = time.monotonic()
    assert session.undo(ANNA).change == {"prompt": "a house"}
    assert session.redo(ANNA).change == {"prompt": "the sea"}
    assert time.monotonic() - before < 0.5 and len(translator.requests) == asked


def test_a_judge_that_is_silent_holds_an_undo_for_two_seconds_and_nobody_else(
    serve: Serve, open_console: OpenConsole
) -> None:
    server = serve(silent)
    settings = with_key(server)
    console = open_console(PromptChecker(settings, within_s=0.1), settings)
    session = console.session
    session.play({"prompt": "a lake"}, ANNA, override=True)
    console.store.stop()
    console = open_console(PromptChecker(settings), settings)
    session, asked = console.session, len(server.requests)
    session.play({"prompt": ""}, ANNA)
    refused: list[str] = []

    def undo() -> None:
        with pytest.raises(RefusedError) as refusal:
            session.undo(ANNA)
        refused.append(str(refusal.value))

    assert session.step_may_take_long("undo") and not session.step_may_take_long("redo")
    before = time.monotonic()
    thread = threading.Thread(target=undo)
    thread.start()
    assert until(lambda: len(server.requests) > asked)
    session.play({"prompt2": ""}, OSC)
    assert time.monotonic() - before < 1
    thread.join()
    assert time.monotonic() - before < AGAIN_WITHIN_S + 1
    assert "could not be checked" in refused[0]


def test_words_are_not_let_in_because_they_played_a_moment_ago(
    open_console: OpenConsole,
) -> None:
    """A stranger asks for what plays, with something slow beside it, while it is replaced."""
    settings = primary(safety=True)
    checker = open_checker(settings)
    assert checker
    gates, check = {"slow": threading.Event(), "slower": threading.Event()}, checker.check

    def gated(text: str, override: bool = False) -> Verdict:
        assert text not in gates or gates[text].wait(5)
        return check(text, override)

    checker.check = gated  # type: ignore[method-assign] # holds two texts up
    session = open_console(checker, settings).session
    session.play({"prompt": "a nude"}, ANNA, override=True)
    refusals: list[str] = []
    first = play_aside(session, {"prompt": "slow"}, refusals)
    assert until(lambda: session._tickets == 2)
    second = play_aside(session, {"prompt": "a nude", "prompt2": "slower"}, refusals)
    assert until(lambda: session._tickets == 3)
    gates["slow"].set()
    first.join()
    gates["slower"].set()
    second.join()
    assert session.played.prompt == "slow"
    assert refusals == ["a newer prompt came while this one was looked at"]


def test_both_prompts_are_looked_up_before_the_lock_is_taken(open_console: OpenConsole) -> None:
    settings = primary(safety=True)
    checker = open_checker(settings)
    assert checker
    session = open_console(checker, settings).session
    listed, free = checker.listed, list[bool]()

    def try_lock() -> None:
        free.append(session._lock.acquire(blocking=False))
        if free[-1]:
            session._lock.release()

    def watched(*texts: str) -> str:
        other = threading.Thread(target=try_lock)
        other.start()
        other.join()
        return listed(*texts)

    checker.listed = watched  # type: ignore[method-assign] # sees whether others may play
    session.play({"prompt": "a lake", "prompt2": "a house"}, ANNA)
    assert len(free) >= 3 and all(free)


# --- the doors


def test_what_http_and_a_page_are_told() -> None:
    settings = primary(safety=True)
    with running_host(open_checker(settings), safety=True) as host:
        for change, override in (("a nude", True), ("a lake", False)):
            host.client.patch(
                f"/params?override={override}", json={"prompt": change}
            ).raise_for_status()
        answer = host.client.post("/undo")
        assert answer.status_code == 409
        assert "'nude' is on the list" in answer.json()["detail"]
        assert host.session.played.prompt == "a lake"
        host.client.post("/undo").raise_for_status()
        host.client.patch("/params?override=true", json={"prompt": "a nude"}).raise_for_status()
        host.client.patch("/params", json={"prompt": "a lake"}).raise_for_status()
        with live_page(host) as page:
            answer = page.ask("undo")
            assert not answer["ok"] and "'nude' is on the list" in answer["detail"]
        assert host.client.post("/undo").json()["change"] == {"prompt": DEFAULT_PROMPT}


def test_what_osc_is_told(resources: ExitStack) -> None:
    listener = resources.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    listener.bind(("127.0.0.1", 0))
    listener.settimeout(5)
    settings = primary(safety=True)
    rig = Rig(
        resources,
        open_checker(settings),  # type: ignore[arg-type] # the real one
        osc_reply_host="127.0.0.1",
        osc_reply_port=listener.getsockname()[1],
    )
    rig.session.play({"prompt": "a nude"}, ANNA, override=True)
    rig.session.play({"prompt": "a lake"}, ANNA)
    rig.send(message("/undo"))
    while not (heard := listener.recv(4096)).startswith(b"/refused"):
        pass
    assert b"'nude' is on the list" in heard and rig.count("refused") == 1
    assert rig.session.played.prompt == "a lake"


def test_two_prompts_that_are_fit_to_be_seen_by_themselves_only(
    open_console: OpenConsole,
) -> None:
    settings = primary(safety=True)
    console = open_console(open_checker(settings), settings)
    session = console.session
    session.play({"prompt": "a nude colour palette"}, ANNA)
    sentence = "with the other prompt 'nude' is on the list of refused words"
    with pytest.raises(UnsafeError, match=sentence):
        session.play({"prompt2": "a woman", "blend": 0.5}, OSC)
    assert (session.played.prompt2, session.played.blend) == ("", 0)
    assert session.entries[-1].refused == sentence
    session.play({"prompt2": "a woman"}, ANNA, override=True)
    session.play({"prompt": "a lake"}, ANNA)
    console.presets.save("woman", ANNA, ["prompt2", "opacity"])
    session.play({"prompt": "a nude colour palette", "prompt2": "", "opacity": 0.5}, ANNA)
    entry = console.presets.recall("woman", ITSELF)
    assert (entry.change, session.played.prompt2) == ({"opacity": 1.0}, "")
    assert entry.remark == f"the prompts stay as they are: {sentence}"
    with pytest.raises(UnsafeError, match=sentence):
        console.presets.recall("woman", ANNA)
