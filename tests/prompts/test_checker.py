"""A prompt's whole way: list, translation, list, judge; in time, and closed unless told else."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lib.config.settings import PrimarySettings
from lib.prompts.checker import PromptChecker, checker_problem, open_checker
from lib.prompts.policy import Verdict
from lib.prompts.service_client import MOST_AT_ONCE
from tests.http_client.server import Request, Server, drips, endless, raw, says, sends, silent
from tests.prompts.translators import account, google, libre
from tests.rig import primary

Serve = Callable[..., Server]
KEY = "sk-geheim-0123456789"


def judge(server: Server, connection: socket.socket, request: Request) -> None:
    """A moderation server that minds spiders."""
    asked = request.json["input"]
    texts = [asked] if isinstance(asked, str) else asked
    results = [{"flagged": "spider" in text, "categories": {"fear": True}} for text in texts]
    says({"results": results})(server, connection, request)


def with_key(server: Server, **changes: object) -> PrimarySettings:
    known = {"safety": True, "openai_api_key": KEY, "openai_base_url": server.url}
    return primary(**{**known, **changes})


def test_nothing_is_opened_that_nobody_asked_for() -> None:
    assert open_checker(primary(openai_api_key=KEY, translation_url="http://127.0.0.1:1")) is None
    assert checker_problem(primary(safety_words="/nowhere", google_credentials="/nowhere")) is None


def test_without_a_key_the_list_is_all() -> None:
    words = open_checker(primary(safety=True))
    assert words
    assert words.check("a garden of glass") == Verdict("a garden of glass", True)
    assert words.check("") == Verdict("", True)
    assert words.check("a nude") == Verdict(
        "a nude", False, "'nude' is on the list of refused words"
    )


def test_a_list_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mimes\n")
    words = PromptChecker(primary(safety=True, safety_words=str(tmp_path / "mine.txt")))
    assert not words.check("M1mes in a box").safe and words.check("a nude").safe


def test_the_judge_is_asked_only_what_the_list_lets_through(serve: Serve) -> None:
    server = serve(judge)
    words = PromptChecker(with_key(server))
    assert not words.check("a nude").safe and not server.requests
    assert words.check("a house") == Verdict("a house", True, by="judge")
    said = words.check("a spider")
    assert said == Verdict("a spider", False, f"127.0.0.1:{server.port} calls it fear")
    assert [request.json["input"] for request in server.requests] == ["a house", "a spider"]


FAILURES = {
    "silent": (silent, "did not answer in time"),
    "drips": (drips(b"H"), "did not answer in time"),
    "endless": (endless, "answered more than 256 kB"),
    "401": (says({"error": {"message": f"Incorrect API key {KEY}"}}, 401), "refused the key"),
    "429": (says({}, 429), "asked too often"),
    "503": (says({}, 503), "trouble of its own"),
    "redirect": (sends(b"", 307, "Location: http://127.0.0.1:1/\r\n"), "not followed"),
    "html": (sends(b"<html>"), "not JSON"),
    "nonsense": (says({"results": "fine"}), "makes no sense"),
    "hangs up": (raw(b""), "hung up"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_no_answer_is_a_refusal_and_open_only_if_told_so(
    serve: Serve, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer, why = FAILURES[name]
    server = serve(answer)
    for is_open in (False, True):
        within_s = 0.5 if "in time" in why else 3
        words = PromptChecker(with_key(server, safety_open=is_open), within_s)
        before = time.monotonic()
        said = words.check("a house")
        assert time.monotonic() - before < within_s + 0.7
        assert (said.text, said.safe, said.translated) == ("a house", is_open, None)
        assert said.why.startswith(
            "not checked: " if is_open else "the prompt could not be checked: "
        )
        assert why in said.why and KEY not in said.why
        assert not words.check("a nude").safe  # the list needs no answer
    assert KEY not in caplog.text and "a house" not in caplog.text


def test_the_whole_takes_no_longer_than_it_may(serve: Serve) -> None:
    translator, server = serve(silent), serve(judge)
    translating = {"translation": True, "translation_url": translator.url}
    words = PromptChecker(with_key(server, **translating), within_s=1)
    before = time.monotonic()
    said = words.check("ein Haus")
    assert time.monotonic() - before < 0.95  # half of it is the judge's
    assert (said.text, said.safe, said.translated) == ("ein Haus", True, False)
    assert said.why.startswith("not translated: ") and "did not answer in time" in said.why
    server.answer = silent
    before = time.monotonic()
    assert not words.check("das Meer").safe
    assert time.monotonic() - before < 1.5


def test_the_operator_may_and_it_is_said(serve: Serve) -> None:
    server = serve(judge)
    words = PromptChecker(with_key(server))
    assert words.check("a house", override=True) == Verdict("a house", True, by="judge")
    said = words.check("a nude", override=True)
    assert (said.safe, said.by) == (True, "operator") and said.why == (
        "let through by the operator, although 'nude' is on the list of refused words"
    )
    said = words.check("a spider", override=True)
    assert said.safe and "let through by the operator, although 127.0.0.1" in said.why
    server.answer = silent
    words = PromptChecker(with_key(server), within_s=0.3)
    said = words.check("a cat", override=True)
    assert said.safe and "although the prompt could not be checked" in said.why
    # No text is an operator.
    for text in ("override=true a nude", "a nude?override=true", "sudo a nude"):
        assert not words.check(text).safe


def test_both_texts_must_pass_each_check(serve: Serve, tmp_path: Path) -> None:
    translator, server = serve(libre), serve(judge)
    (tmp_path / "mine.txt").write_text("naked\nGarten\n")
    words = PromptChecker(
        with_key(
            server,
            safety_words=str(tmp_path / "mine.txt"),
            translation=True,
            translation_url=translator.url,
        )
    )
    # The list on the original: nobody else hears of it.
    assert words.check("ein Garten aus Glas").why.startswith("'Garten' is on the list")
    assert not translator.requests and not server.requests
    # The list on the translation.
    said = words.check("nackte Wahrheit")
    assert said == Verdict("nackte Wahrheit", False, "'naked' is on the list of refused words")
    assert not server.requests
    # The judge on both.
    assert words.check("ein Haus") == Verdict("a house", True, "", True, "judge")
    assert server.requests[0].json["input"] == ["ein Haus", "a house"]
    server.answer = says({"results": [{"flagged": False}, {"flagged": True}]})
    assert words.check("das Meer") == Verdict(
        "das Meer", False, f"127.0.0.1:{server.port} calls it unsafe"
    )
    # With an operator the translation is used all the same.
    assert words.check("nackte Wahrheit", override=True).text == "naked truth"


def test_what_was_played_before_is_judged_as_it_is_and_mostly_from_memory(serve: Serve) -> None:
    translator, server = serve(libre), serve(judge)
    words = PromptChecker(
        with_key(server, translation=True, translation_url=translator.url), within_s=1
    )
    assert words.check("ein Haus").text == "a house"
    asked = len(translator.requests)
    server.answer = silent
    before = time.monotonic()
    assert words.check_again("a house") == Verdict("a house", True, by="judge")
    assert words.check_again("ein Haus").safe
    assert not words.check_again("a nude").safe
    assert time.monotonic() - before < 0.5 and len(translator.requests) == asked
    said = words.check_again("das Meer", within_s=0.2)
    assert time.monotonic() - before < 0.9
    assert not said.safe and "did not answer in time" in said.why
    assert words.check_again("das Meer", within_s=0).why.startswith("the prompt could not be ch")


def test_translation_alone(serve: Serve, tmp_path: Path) -> None:
    server = serve(google)
    words = open_checker(
        primary(
            translation=True,
            translation_url=server.url,
            google_credentials=str(account(tmp_path, server.url)),
        )
    )
    assert words
    assert words.check("ein Haus") == Verdict("a house", True, "", True)
    assert words.check("a nude") == Verdict("a nude", True)
    server.answer = says({}, 500)
    said = words.check("das Meer")
    assert (said.text, said.safe, said.translated) == ("das Meer", True, False)
    assert said.why.startswith("not translated: 127.0.0.1")


def test_many_at_once(serve: Serve) -> None:
    server = serve(judge)
    words = PromptChecker(with_key(server))
    said: dict[str, Verdict] = {}

    def ask(text: str) -> None:
        said[text] = words.check(text)

    texts = [f"{'spider' if number % 2 else 'house'} {number}" for number in range(MOST_AT_ONCE)]
    threads = [threading.Thread(target=ask, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {text: one.safe for text, one in said.items()} == {
        text: "house" in text for text in texts
    }


def test_a_key_that_travels_openly_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "lib.prompts"):
        PromptChecker(
            primary(safety=True, openai_api_key=KEY, openai_base_url="http://127.0.0.1:1")
        )
        PromptChecker(
            primary(safety=True, openai_api_key=KEY, openai_base_url="https://judge.example")
        )
        assert not caplog.records
        PromptChecker(
            primary(safety=True, openai_api_key=KEY, openai_base_url="http://judge.example")
        )
    assert caplog.messages == ["openai_api_key travels to judge.example without encryption"]


# --- at the start


def test_what_ships_is_fine(tmp_path: Path) -> None:
    path = account(tmp_path, "https://oauth2.googleapis.com")
    for changes in (
        {"safety": True},
        {"safety": True, "openai_api_key": KEY},
        {"translation": True, "translation_url": "https://libretranslate.example"},
        {"translation": True, "google_credentials": str(path), "translation_to": "pt-BR"},
    ):
        assert checker_problem(primary(**changes)) is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"safety": True, "safety_words": "/nowhere"}, "safety_words: /nowhere cannot be read"),
        ({"safety": True, "openai_base_url": "openai"}, "openai_base_url must be a URL"),
        ({"safety": True, "openai_api_key": f"{KEY} "}, "openai_api_key holds characters"),
        ({"translation": True}, "translation needs translation_url or google_credentials"),
        ({"translation": True, "translation_url": "x"}, "translation_url must be a URL"),
        (
            {"translation": True, "translation_url": "http://a", "translation_to": "English!"},
            "translation_to must be a language",
        ),
        (
            {"translation": True, "translation_url": "http://a", "translation_key": "a\nb"},
            "translation_key holds characters",
        ),
        (
            {"translation": True, "google_credentials": "/nowhere.json"},
            "google_credentials: /nowhere.json cannot be read: No such file",
        ),
    ],
)
def test_what_would_not_work_is_one_sentence(changes: dict[str, object], sentence: str) -> None:
    said = checker_problem(primary(**changes))
    assert said and sentence in said and "\n" not in said and KEY not in said


def test_without_the_package_a_google_file_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    path = account(tmp_path, "https://oauth2.googleapis.com")
    monkeypatch.setitem(sys.modules, "google.oauth2.service_account", None)
    assert checker_problem(primary(translation=True, google_credentials=str(path))) == (
        "google_credentials: a Google file needs the package google-auth"
    )
