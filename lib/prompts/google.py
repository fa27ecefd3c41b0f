"""Google's Translation API, version 3, with a service account file.

The file's key signs a short statement, the file's token_uri gives an access token for it, and the
token opens the API for an hour. Nothing of the file is sent anywhere but there.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from lib.prompts.ask import AskError, Json, Place, ask, ask_json, inside, key_trouble, place
from lib.prompts.translation import Piece, Translator, nonsense, piece

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

API = "https://translation.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/cloud-translation"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LARGEST_FILE = 64 * 1024
_LIFE_S = 3600  # Google gives no token for longer
_EARLY_S = 60  # a token that ends while it is on its way is of no use


class CredentialsError(ValueError):
    """The file can not be used; the text is one sentence without anything of the file's secrets."""


class Account(NamedTuple):
    """What is taken from a service account file."""

    email: str
    project: str
    key: RSAPrivateKey
    key_id: str
    token_from: Place
    audience: str


def read_account(path: Path) -> Account:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise CredentialsError(f"{path} can not be read: {error.strerror}") from error
    try:
        known: Json = json.loads(data) if len(data) <= _LARGEST_FILE else None
    except (ValueError, RecursionError):
        raise CredentialsError(f"{path} is not JSON") from None
    if inside(known, "type") != "service_account":
        raise CredentialsError(f"{path} is not the file of a service account")
    texts = {}
    for name in ("client_email", "private_key", "token_uri", "project_id"):
        text = inside(known, name)
        if not isinstance(text, str) or not text:
            raise CredentialsError(f"{path} has no {name}")
        texts[name] = text
    if not re.fullmatch(r"[a-z0-9.:-]{1,100}", texts["project_id"]):
        raise CredentialsError(f"the project_id in {path} is none")
    try:
        token_from = place(texts["token_uri"])
    except ValueError as error:
        raise CredentialsError(f"the token_uri in {path} {error}") from error
    key_id = inside(known, "private_key_id")
    return Account(
        texts["client_email"],
        texts["project_id"],
        _key(texts["private_key"], path),
        key_id if isinstance(key_id, str) else "",
        token_from,
        texts["token_uri"],
    )


def _key(pem: str, path: Path) -> RSAPrivateKey:
    # Only here: it takes 50 ms and 10 MB that nobody without such a file needs.
    try:
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            load_pem_private_key,
        )
    except ImportError as error:
        raise CredentialsError("a Google file needs the package cryptography") from error
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise CredentialsError(f"the private_key in {path} can not be read")
    return key


class Google(Translator):
    """Reads the file at the first prompt; a file that went bad since the start is said then."""

    def __init__(self, path: Path, to: str, api: Place) -> None:
        super().__init__(to)
        self._path, self._api = path, api
        self._lock = threading.Lock()
        self._account: Account | None = None
        self._token, self._ends_s = "", 0.0  # monotonic

    def pieces(self, texts: list[str], until_ns: int) -> list[Piece]:
        try:
            account = self._account = self._account or read_account(self._path)
        except CredentialsError as error:
            raise AskError(str(error)) from error
        where = self._where(account)
        question = {"contents": texts, "targetLanguageCode": self.to, "mimeType": "text/plain"}
        headers = {"Authorization": f"Bearer {self._valid_token(account, until_ns)}"}
        try:
            answer = ask_json(where, question, until_ns, headers)
        except AskError as error:
            if error.status == 401:
                self._token = ""  # taken back before its time: the next prompt gets a new one
            raise
        made = inside(answer, "translations")
        if not isinstance(made, list) or len(made) != len(texts):
            raise nonsense(where)
        return [
            piece(inside(one, "translatedText"), inside(one, "detectedLanguageCode"), where)
            for one in made
        ]

    def _where(self, account: Account) -> Place:
        if "/projects/" in self._api.path:  # a region of one's own choice, named in full
            return self._api.below(":translateText")
        return self._api.below(f"/v3/projects/{account.project}:translateText")

    def _valid_token(self, account: Account, until_ns: int) -> str:
        with self._lock:
            if self._token and time.monotonic() < self._ends_s:
                return self._token
        where = account.token_from
        body = urlencode({"grant_type": _GRANT, "assertion": statement(account, time.time())})
        try:
            answer = ask(where, body.encode(), "application/x-www-form-urlencoded", until_ns)
        except AskError as error:
            if error.status in (400, 401):
                says = f"{where.name} does not know the service account ({error.status})"
                raise AskError(f"{says}: is this machine's clock right?", error.status) from error
            raise
        token, life_s = inside(answer, "access_token"), inside(answer, "expires_in")
        if not isinstance(token, str) or not token or key_trouble(token):
            raise nonsense(where)
        if not isinstance(life_s, int | float) or not 0 < life_s <= 10 * _LIFE_S:
            life_s = _LIFE_S
        with self._lock:
            self._token, self._ends_s = token, time.monotonic() + max(1, life_s - _EARLY_S)
        return token


def statement(account: Account, now_s: float) -> str:
    """A JWT after RFC 7523: who we are and what we want, signed with the file's key."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    head = {"alg": "RS256", "typ": "JWT"} | ({"kid": account.key_id} if account.key_id else {})
    claims = {
        "iss": account.email,
        "scope": _SCOPE,
        "aud": account.audience,
        "iat": int(now_s),
        "exp": int(now_s) + _LIFE_S,
    }
    said = ".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
    return f"{said}.{_base64(account.key.sign(said.encode(), PKCS1v15(), SHA256()))}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
