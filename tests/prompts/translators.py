"""Small servers that translate as LibreTranslate and Google do, and a service account for one."""

from __future__ import annotations

import base64
import json
import socket
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tests.http_client.server import Request, Server, says

DICTIONARY = {
    "ein Garten aus Glas": "a garden of glass",
    "ein Haus": "a house",
    "das Meer": "the sea",
    "Haus": "house",
    "am Meer": "at the sea",
    "nackte Wahrheit": "naked truth",
}
TOKEN = "ya29.token-geheim"


def translated(text: str) -> tuple[str, str]:
    """In English, and the language it was in."""
    return (DICTIONARY[text], "de") if text in DICTIONARY else (text, "en")


def libre(server: Server, connection: socket.socket, request: Request) -> None:
    asked = request.json
    if request.path != "/translate" or not {"q", "source", "target"} <= set(asked):
        says({"error": "Invalid request: missing q parameter"}, 400)(server, connection, request)
        return
    texts = [asked["q"]] if isinstance(asked["q"], str) else asked["q"]
    made = [translated(text) for text in texts]
    languages = [{"confidence": 90.0, "language": language} for _, language in made]
    answer: dict[str, Any] = {
        "translatedText": [text for text, _ in made],
        "detectedLanguage": languages,
    }
    if isinstance(asked["q"], str):
        answer = {name: values[0] for name, values in answer.items()}
    says(answer)(server, connection, request)


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(key: Any) -> str:
    return str(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
    )


def account(folder: Path, server_url: str, **changes: object) -> Path:
    """A file as Google's console hands it out."""
    known = {
        "type": "service_account",
        "project_id": "gallery-1",
        "private_key_id": "abc123",
        "private_key": pem(private_key()),
        "client_email": "wall@gallery-1.iam.gserviceaccount.com",
        "token_uri": f"{server_url}/token",
        "universe_domain": "googleapis.com",
    }
    path = folder / "account.json"
    path.write_text(json.dumps({**known, **changes}))
    return path


def google(server: Server, connection: socket.socket, request: Request) -> None:
    """Token endpoint and API in one, as strict as the real ones about what was agreed."""
    if request.path == "/token":
        answer, status = _token(request)
    elif request.headers.get("authorization") != f"Bearer {TOKEN}":
        answer, status = {"error": {"code": 401, "status": "UNAUTHENTICATED"}}, 401
    elif request.path == "/v3/projects/gallery-1:translateText":
        asked = request.json
        assert asked["mimeType"] == "text/plain" and asked["targetLanguageCode"] == "en"
        made = [translated(text) for text in asked["contents"]]
        answer = {
            "translations": [
                {"translatedText": text, "detectedLanguageCode": language}
                for text, language in made
            ]
        }
        status = 200
    else:
        answer, status = {"error": {"code": 404}}, 404
    says(answer, status)(server, connection, request)


def _token(request: Request) -> tuple[dict[str, Any], int]:
    form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    said, signature = form["assertion"].rsplit(".", 1)
    head, claims = (json.loads(_bytes(part)) for part in said.split("."))
    try:
        private_key().public_key().verify(
            _bytes(signature), said.encode(), padding.PKCS1v15(), SHA256()
        )
    except InvalidSignature:
        return {"error": "invalid_grant"}, 400
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert head == {"alg": "RS256", "typ": "JWT", "kid": "abc123"}
    assert claims["iss"] == "wall@gallery-1.iam.gserviceaccount.com"
    assert claims["aud"].endswith("/token") and 0 < claims["exp"] - claims["iat"] <= 3600
    assert "cloud-translation" in claims["scope"]
    return {"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"}, 200


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
