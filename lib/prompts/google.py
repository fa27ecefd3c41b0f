"""Google's Translation API, version 3, with a service account file.

google-auth reads the file and signs with its key; the file's token_uri gives an access token for
that, which opens the API for an hour. Nothing of the file is sent anywhere but there, and all that
is sent goes by `service_client`: google-auth's own transports know no deadline, and try again by
themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

from lib.files import read_regular
from lib.http_client.service_url import ServiceError, ServiceUrl, key_problem, parse_service_url
from lib.prompts.service_client import Json, post, post_json, value_at
from lib.prompts.translation import TranslatedPiece, TranslationService, piece, unusable_answer

if TYPE_CHECKING:
    from google.oauth2.service_account import Credentials

API = "https://translation.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/cloud-translation"
_LARGEST_FILE = 64 * 1024


class CredentialsError(ValueError):
    """The file cannot be used; the text is one sentence without anything of the file's secrets."""


class ServiceAccount(NamedTuple):
    """What is taken from a service account file."""

    project: str
    token_from: ServiceUrl
    credentials: Credentials


def read_account(path: Path) -> ServiceAccount:
    try:
        data = read_regular(path, _LARGEST_FILE)
    except OSError as error:
        raise CredentialsError(f"{path} cannot be read: {error.strerror}") from error
    try:
        known: Json = json.loads(data)
    except (ValueError, RecursionError):
        raise CredentialsError(f"{path} is not JSON") from None
    if not isinstance(known, dict) or known.get("type") != "service_account":
        raise CredentialsError(f"{path} is not the file of a service account")
    texts = {}
    for name in ("client_email", "private_key", "token_uri", "project_id"):
        text = known.get(name)
        if not isinstance(text, str) or not text:
            raise CredentialsError(f"{path} has no {name}")
        texts[name] = text
    if not re.fullmatch(r"[a-z0-9.:-]{1,100}", texts["project_id"]):
        raise CredentialsError(f"the project_id in {path} is none")
    try:
        token_from = parse_service_url(texts["token_uri"])
    except ValueError as error:
        raise CredentialsError(f"the token_uri in {path} {error}") from error
    return ServiceAccount(texts["project_id"], token_from, _credentials(known, path))


def _credentials(known: Mapping[str, Json], path: Path) -> Credentials:
    # Only here: it takes 40 ms and 10 MB that nobody without such a file needs.
    try:
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
        from google.oauth2.service_account import Credentials  # noqa: PLC0415
    except ImportError as error:
        raise CredentialsError("a Google file needs the package google-auth") from error
    try:
        made: Credentials = Credentials.from_service_account_info(known, scopes=[_SCOPE])
        made.sign_bytes(b"")  # a key of another kind is only found out when it signs
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CredentialsError(f"the private_key in {path} cannot be read") from None
    return made


class GoogleTranslate(TranslationService):
    """Reads the file at the first prompt; a file that went bad since the start is said then."""

    def __init__(self, path: Path, to: str, api: ServiceUrl) -> None:
        super().__init__(to)
        self._path, self._api = path, api
        self._account: ServiceAccount | None = None

    def pieces(self, texts: list[str], until_ns: int) -> list[TranslatedPiece]:
        try:
            account = self._account = self._account or read_account(self._path)
        except CredentialsError as error:
            raise ServiceError(str(error)) from error
        where = self._where(account)
        question = {"contents": texts, "targetLanguageCode": self.to, "mimeType": "text/plain"}
        headers = {"Authorization": f"Bearer {self._valid_token(account, until_ns)}"}
        try:
            answer = post_json(where, question, until_ns, headers)
        except ServiceError as error:
            if error.status == 401:
                account.credentials.token = None  # taken back before its time
            raise
        made = value_at(answer, "translations")
        if not isinstance(made, list) or len(made) != len(texts):
            raise unusable_answer(where)
        return [
            piece(value_at(one, "translatedText"), value_at(one, "detectedLanguageCode"), where)
            for one in made
        ]

    def _where(self, account: ServiceAccount) -> ServiceUrl:
        if "/projects/" in self._api.path:  # a region of one's own choice, named in full
            return self._api.below(":translateText")
        return self._api.below(f"/v3/projects/{account.project}:translateText")

    def _valid_token(self, account: ServiceAccount, until_ns: int) -> str:
        credentials = account.credentials
        if not credentials.valid:
            _refresh(account, until_ns)
        token: object = credentials.token
        if not isinstance(token, str) or not token or key_problem(token):
            credentials.token = None  # the next prompt gets a new one
            raise unusable_answer(account.token_from)
        return token


def _refresh(account: ServiceAccount, until_ns: int) -> None:
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415 - as above

    where = account.token_from

    def request(*, body: bytes, headers: Mapping[str, str], **_: object) -> SimpleNamespace:
        answer = post(where, body, headers, until_ns)
        return SimpleNamespace(status=HTTPStatus.OK, headers={}, data=answer)

    try:
        account.credentials.refresh(request)
    except ServiceError as error:
        if error.status in (400, 401):
            says = f"{where.name} does not know the service account ({error.status})"
            raise ServiceError(f"{says}: is this machine's clock right?", error.status) from error
        raise
    except (GoogleAuthError, ValueError, TypeError, OverflowError, RecursionError):
        # google-auth takes the answer apart as if all that is JSON were the right JSON.
        raise unusable_answer(where) from None
