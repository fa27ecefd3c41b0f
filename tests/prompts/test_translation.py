"""Two kinds of translators, and what becomes of a prompt when they fail."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from lib.config.params import LONGEST_PROMPT
from lib.http_client.service_url import parse_service_url
from lib.prompts.google import CredentialsError, GoogleTranslate, read_account
from lib.prompts.translation import (
    REMEMBERED,
    LibreTranslate,
    PromptTranslator,
    TranslatedPrompt,
    TranslationService,
)
from tests.http_client.server import Answer, Server, drips, says, sends, silent
from tests.prompts.translators import TOKEN, account, google, libre, pem, private_key

Serve = Callable[..., Server]


def of(translator: TranslationService, text: str, within_s: float = 2) -> TranslatedPrompt:
    return PromptTranslator(translator).translate(text, time.monotonic_ns() + int(within_s * 1e9))


@pytest.fixture(params=["libre", "google"])
def translator(request: pytest.FixtureRequest, serve: Serve, tmp_path: Path) -> TranslationService:
    """Both must do all of this."""
    if request.param == "libre":
        return LibreTranslate(parse_service_url(serve(libre).url), "", "en")
    server = serve(google)
    return GoogleTranslate(account(tmp_path, server.url), "en", parse_service_url(server.url))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ein Garten aus Glas", TranslatedPrompt("a garden of glass", True)),
        ("(Haus)1.3 am Meer++", TranslatedPrompt("(house)1.3 at the sea++", True)),
        (
            '("ein Haus", "das Meer").blend(0.7, 0.3)',
            TranslatedPrompt('("a house", "the sea").blend(0.7, 0.3)', True),
        ),
        ("(Haus)1.2 at the sea", TranslatedPrompt("(house)1.2 at the sea", True)),
        ("a house at the sea", TranslatedPrompt("a house at the sea", None)),
        ("(a house)1.2 at the sea", TranslatedPrompt("(a house)1.2 at the sea", None)),
        ("1234 !", TranslatedPrompt("1234 !", None)),
        ("", TranslatedPrompt("", None)),
    ],
)
def test_what_becomes_of_a_prompt(
    translator: TranslationService, text: str, expected: TranslatedPrompt
) -> None:
    assert of(translator, text) == expected


def test_libretranslate_is_asked_as_it_wants_it(serve: Serve) -> None:
    server = serve(libre)
    of(LibreTranslate(parse_service_url(server.url + "/"), "key-1", "en"), "ein Haus")
    of(
        LibreTranslate(parse_service_url(server.url + "/translate"), "", "pt-BR"),
        "(Haus)1.2 am Meer",
    )
    assert [request.path for request in server.requests] == ["/translate", "/translate"]
    assert server.requests[0].json == {
        "q": "ein Haus",
        "source": "auto",
        "target": "en",
        "format": "text",
        "api_key": "key-1",
    }
    assert server.requests[1].json["q"] == ["Haus", "am Meer"]
    assert server.requests[1].json["target"] == "pt-BR"
    assert "api_key" not in server.requests[1].json


BAD = [
    (says({"error": "quota"}, 429), "asked too often"),
    (says({"error": "x"}, 500), "trouble of its own"),
    (says({"error": "x"}, 403), "does not allow"),
    (sends(b"<html>"), "not JSON"),
    (sends(b"", 302, "Location: http://127.0.0.1:1/\r\n"), "which is not followed"),
    (says({}), "makes no sense"),
    (says([]), "makes no sense"),
    (says({"translatedText": 7, "translations": 7}), "makes no sense"),
    (says({"translatedText": "", "translations": [{"translatedText": ""}]}), "makes no sense"),
    (says({"translatedText": ["a", "b"], "translations": [{}, {}]}), "makes no sense"),
    (says({"translatedText": None, "translations": [None]}), "makes no sense"),
    (silent, "did not answer in time"),
    (drips(b"HTTP/1.1 200 OK\r\nX"), "did not answer in time"),
]


@pytest.mark.parametrize(("answer", "why"), BAD)
@pytest.mark.parametrize("kind", ["libre", "google"])
def test_without_a_usable_answer_the_text_stays(
    serve: Serve, tmp_path: Path, answer: Answer, why: str, kind: str
) -> None:
    server, tokens = serve(answer), serve(google)
    path = account(tmp_path, tokens.url)
    translator: TranslationService = LibreTranslate(
        parse_service_url(server.url), "key-geheim", "en"
    )
    if kind == "google":
        translator = GoogleTranslate(path, "en", parse_service_url(server.url))
    within_s = 0.7 if "in time" in why else 3
    before = time.monotonic()
    made = of(translator, "ein Haus", within_s)
    assert time.monotonic() - before < within_s + 0.7
    assert (made.text, made.done) == ("ein Haus", False)
    assert why in made.why
    assert not any(secret in made.why for secret in ("key-geheim", TOKEN, "PRIVATE"))


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ("house++", "signs that mean something"),
        ("(house)1.5", "signs that mean something"),
        ("x" * (LONGEST_PROMPT + 1), "longer than 2000 characters"),
    ],
)
def test_a_translation_that_would_hurt_is_not_used(serve: Serve, made: str, why: str) -> None:
    server = serve(says({"translatedText": made}))
    said = of(LibreTranslate(parse_service_url(server.url), "", "en"), "ein Haus")
    assert (said.text, said.done) == ("ein Haus", False) and why in said.why


def test_a_translation_is_one_clean_line(serve: Serve) -> None:
    server = serve(says({"translatedText": " a\nhouse\u0000\ud800 "}))
    assert of(
        LibreTranslate(parse_service_url(server.url), "", "en"), "ein Haus"
    ) == TranslatedPrompt("a house ?", True)


def test_regions_of_a_language_are_one_language(serve: Serve) -> None:
    answer = {"translatedText": "a color", "detectedLanguage": {"language": "en-GB"}}
    server = serve(says(answer))
    assert of(
        LibreTranslate(parse_service_url(server.url), "", "en"), "a colour"
    ) == TranslatedPrompt("a colour", None)


def test_what_was_translated_is_remembered_and_what_failed_is_not(serve: Serve) -> None:
    server = serve(says({}, 500))
    translation = PromptTranslator(LibreTranslate(parse_service_url(server.url), "", "en"))

    def ask(text: str) -> TranslatedPrompt:
        return translation.translate(text, time.monotonic_ns() + 2 * 10**9)

    assert ask("ein Haus").done is False
    server.answer = libre
    assert ask("ein Haus") == ask("ein Haus") == TranslatedPrompt("a house", True)
    assert len(server.requests) == 2
    for number in range(REMEMBERED + 5):
        ask(f"{number}")
    assert len(translation._known) == REMEMBERED


# --- Google alone


def test_a_token_is_asked_for_once_and_again_when_it_is_taken_back(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(google)
    translator = GoogleTranslate(account(tmp_path, server.url), "en", parse_service_url(server.url))
    assert of(translator, "ein Haus").done and of(translator, "das Meer").done
    paths = [request.path for request in server.requests]
    assert paths.count("/token") == 1 and len(paths) == 3
    assert translator._account
    credentials = translator._account.credentials
    credentials.token = "ya29.taken-back"
    assert "refused the key (401)" in of(translator, "am Meer").why
    assert of(translator, "am Meer").done
    credentials.expiry -= datetime.timedelta(hours=1)
    assert of(translator, "Haus").done
    assert [request.path for request in server.requests].count("/token") == 3


def test_a_region_of_ones_own_choice(serve: Serve, tmp_path: Path) -> None:
    server = serve(google)
    api = parse_service_url(server.url + "/v3/projects/gallery-1/locations/europe-west1")
    of(GoogleTranslate(account(tmp_path, server.url), "en", api), "ein Haus")
    assert server.requests[1].path == (
        "/v3/projects/gallery-1/locations/europe-west1:translateText"
    )


def test_a_key_that_google_does_not_know(serve: Serve, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    server = serve(google)
    other = pem(rsa.generate_private_key(65537, 2048))
    path = account(tmp_path, server.url, private_key=other)
    said = of(GoogleTranslate(path, "en", parse_service_url(server.url)), "ein Haus")
    assert "does not know the service account (400): is this machine's clock right?" in said.why


@pytest.mark.parametrize(
    "answer", [{}, [], {"access_token": 1}, {"access_token": ""}, {"access_token": "a\r\nX: b"}]
)
def test_a_token_that_is_none(serve: Serve, tmp_path: Path, answer: object) -> None:
    server = serve(says(answer))
    translator = GoogleTranslate(account(tmp_path, server.url), "en", parse_service_url(server.url))
    said = of(translator, "ein Haus")
    assert said.done is False and "makes no sense" in said.why
    assert len(server.requests) == 1
    server.answer = google  # a good one is taken as soon as there is one
    assert of(translator, "ein Haus").done


def test_a_file_that_went_away_since_the_start_is_said_and_found_again(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(google)
    translator = GoogleTranslate(tmp_path / "account.json", "en", parse_service_url(server.url))
    assert "cannot be read: No such file" in of(translator, "ein Haus").why
    account(tmp_path, server.url)
    assert of(translator, "ein Haus").done


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"type": "authorized_user"}, "is not the file of a service account"),
        ({"client_email": ""}, "has no client_email"),
        ({"private_key": None}, "has no private_key"),
        ({"private_key": "-----BEGIN PRIVATE KEY-----\nx\n"}, "private_key in .* cannot be read"),
        ({"private_key": pem(ec.generate_private_key(ec.SECP256R1()))}, "cannot be read"),
        ({"token_uri": "file:///etc/passwd"}, "token_uri in .* must be a URL"),
        ({"token_uri": 5}, "has no token_uri"),
        ({"project_id": "../../v2"}, "project_id in .* is none"),
    ],
)
def test_a_file_that_is_no_account(
    tmp_path: Path, changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(CredentialsError, match=sentence) as caught:
        read_account(account(tmp_path, "http://127.0.0.1:1", **changes))
    assert "BEGIN" not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 9000, b"[]", b" " * 70_000])
def test_a_file_that_is_not_even_json(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.json").write_bytes(data)
    with pytest.raises(CredentialsError, match=r"is not|has more than 64 kB"):
        read_account(tmp_path / "a.json")


def test_an_account_is_read_whole(tmp_path: Path) -> None:
    known = read_account(account(tmp_path, "https://oauth2.googleapis.com"))
    assert known.credentials.service_account_email == "wall@gallery-1.iam.gserviceaccount.com"
    assert (known.project, known.token_from.name) == ("gallery-1", "oauth2.googleapis.com")
    signed = known.credentials.sign_bytes(b"text")
    private_key().public_key().verify(signed, b"text", PKCS1v15(), SHA256())
    assert known.credentials.signer.key_id == "abc123"
    without = json.loads((tmp_path / "account.json").read_text())
    del without["private_key_id"]
    (tmp_path / "account.json").write_text(json.dumps(without))
    assert read_account(tmp_path / "account.json").credentials.signer.key_id is None
