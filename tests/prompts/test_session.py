"""The session with real words behind it: every refusal is an answer and stands in the journal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lib.config.controls import RefusedError
from lib.control.journal import Origin
from lib.prompts.checker import PromptChecker, open_checker
from tests.control.conftest import OpenConsole
from tests.http_client.server import Server, says, silent
from tests.prompts.test_checker import judge, with_key
from tests.prompts.translators import libre

Serve = Callable[..., Server]
VISITOR = Origin("http", "192.168.1.20")


def test_what_is_said_about_words_reaches_who_asked_and_the_journal(
    serve: Serve, open_console: OpenConsole
) -> None:
    server, translator = serve(judge), serve(libre)
    settings = with_key(server, translation=True, translation_url=translator.url)
    console = open_console(open_checker(settings), settings)
    session = console.session
    first = session.played.prompt
    for text, why in (
        ("n4k3d", "'naked' is on the list of refused words"),
        ("nackte Wahrheit", "'nackte' is on the list of refused words"),
        ("a spider", f"127.0.0.1:{server.port} calls it fear"),
    ):
        with pytest.raises(RefusedError, match=why):
            session.play({"prompt": text, "strength": 0.2}, VISITOR)
        entry = session.entries[-1]
        assert (entry.refused, entry.who, entry.change["prompt"]) == (why, VISITOR.who, text)
    assert (session.played.prompt, session.played.strength, session.number) == (first, 0.7, 0)
    played = session.play({"prompt": "(Haus)1.3 am Meer"}, VISITOR)
    assert (session.played.prompt, played.remark) == ("(house)1.3 at the sea", "")
    translator.answer = says({}, 503)
    played = session.play({"prompt": "das Meer"}, VISITOR)
    assert session.played.prompt == "das Meer" and played.remark.startswith("not translated: ")
    played = session.play({"prompt": "a nude"}, VISITOR, override=True)
    assert session.played.prompt == "a nude"
    assert "let through by the operator, although 'nude'" in session.entries[-1].remark


def test_no_answer_keeps_the_old_prompt(serve: Serve, open_console: OpenConsole) -> None:
    settings = with_key(serve(silent))
    console = open_console(PromptChecker(settings, within_s=0.5), settings)
    session = console.session
    with pytest.raises(RefusedError, match=r"the prompt could not be checked: .* did not answer"):
        session.play({"prompt2": "a house"}, VISITOR)
    assert session.played.prompt2 == "" and "could not be checked" in session.entries[-1].refused
    session.play({"seed": 7}, VISITOR)  # what holds no words waits for nobody
    assert session.played.seed == 7
