"""The desk with real words behind it: every refusal is an answer and stands in the journal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lib.config.controls import RefusedError
from lib.control.journal import By
from lib.prompts.checker import PromptChecker, open_checker
from tests.control.conftest import OpenConsole
from tests.prompts.server import Server, says, silent
from tests.prompts.test_words import judge, with_key
from tests.prompts.translators import libre

Serve = Callable[..., Server]
VISITOR = By("http", "192.168.1.20")


def test_what_is_said_about_words_reaches_who_asked_and_the_journal(
    serve: Serve, open_console: OpenConsole
) -> None:
    server, translator = serve(judge), serve(libre)
    settings = with_key(server, translation=True, translation_url=translator.url)
    console = open_console(open_checker(settings), settings)
    desk = console.desk
    first = desk.played.prompt
    for text, why in (
        ("n4k3d", "'naked' is on the list of refused words"),
        ("nackte Wahrheit", "'nackte' is on the list of refused words"),
        ("a spider", f"127.0.0.1:{server.port} calls it fear"),
    ):
        with pytest.raises(RefusedError, match=why):
            desk.play({"prompt": text, "strength": 0.2}, VISITOR)
        entry = desk.entries[-1]
        assert (entry.refused, entry.who, entry.change["prompt"]) == (why, VISITOR.who, text)
    assert (desk.played.prompt, desk.played.strength, desk.number) == (first, 0.7, 0)
    played = desk.play({"prompt": "(Haus)1.3 am Meer"}, VISITOR)
    assert (desk.played.prompt, played.remark) == ("(house)1.3 at the sea", "")
    translator.answer = says({}, 503)
    played = desk.play({"prompt": "das Meer"}, VISITOR)
    assert desk.played.prompt == "das Meer" and played.remark.startswith("not translated: ")
    played = desk.play({"prompt": "a nude"}, VISITOR, override=True)
    assert desk.played.prompt == "a nude"
    assert "let through by the operator, although 'nude'" in desk.entries[-1].remark


def test_no_answer_keeps_the_old_prompt(serve: Serve, open_console: OpenConsole) -> None:
    settings = with_key(serve(silent))
    console = open_console(PromptChecker(settings, within_s=0.5), settings)
    desk = console.desk
    with pytest.raises(RefusedError, match=r"the prompt could not be checked: .* did not answer"):
        desk.play({"prompt2": "a house"}, VISITOR)
    assert desk.played.prompt2 == "" and "could not be checked" in desk.entries[-1].refused
    desk.play({"seed": 7}, VISITOR)  # what holds no words waits for nobody
    assert desk.played.seed == 7
