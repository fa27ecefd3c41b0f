"""What is said becomes a still: asked for at the service of stills, which is another process.

The page calls only the port that it came from, so this asks there on the server's side. A private
still shows its secret here and its picture to the page that asked for it.
"""

from __future__ import annotations

import json
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from lib.config.settings import PrimarySettings
from lib.http.bodies import JsonObject
from lib.http_client.service_url import ServiceError, ServiceUrl
from lib.wire.ports import local_name

WITHIN_NS = 8_000_000_000
LONGEST_PROMPT = 400  # characters of a reply that a picture follows
MOST = 256  # illustrations of all pages that are remembered
LARGEST_PICTURE = 32 * 1024 * 1024


class IllustrateError(Exception):
    """Why there is no picture, in one sentence."""

    def __init__(self, why: str, status: int = 503) -> None:
        super().__init__(why)
        self.status = status


class _Illustration(NamedTuple):
    job: str
    secret: str


@dataclass(frozen=True, slots=True)
class StillPicture:
    content: bytes
    kind: str = "image/jpeg"


class Illustrator:
    """Blocking: each call is made on a thread that may wait."""

    def __init__(self, settings: PrimarySettings) -> None:
        self._where = ServiceUrl(False, local_name(settings.bind), settings.stills_port, "")
        self._token = settings.control_token
        self._asked: OrderedDict[str, _Illustration] = OrderedDict()

    @property
    def is_there(self) -> bool:
        return bool(self._where.port)

    def ask(self, text: str, in_history: bool, owner: str) -> str:
        """The illustration's name, which only its asker knows."""
        prompt = " ".join(text.split())[:LONGEST_PROMPT]
        keep = "history" if in_history else "none"
        body = {"prompt": prompt, "keep": keep, "owner": f"voice {owner}"[:100]}
        told = self._json("POST", "/jobs", json.dumps(body).encode())
        name = secrets.token_urlsafe(16)
        self._asked[name] = _Illustration(str(told["id"]), str(told.get("secret") or ""))
        while len(self._asked) > MOST:
            self._asked.popitem(last=False)
        return name

    def state(self, name: str) -> JsonObject:
        asked = self._known(name)
        told = self._json("GET", f"/jobs/{quote(asked.job)}{_shown(asked)}")
        return {key: told.get(key) for key in ("state", "step", "total", "place", "waits_for",
                                               "error")}  # fmt: skip

    def picture(self, name: str) -> StillPicture:
        asked = self._known(name)
        told = self._json("GET", f"/jobs/{quote(asked.job)}{_shown(asked)}")
        pictures = told.get("pictures")
        if not isinstance(pictures, list) or not pictures:
            raise IllustrateError("this picture is not there yet", 404)
        path = f"/pictures/{quote(str(pictures[0]))}{_shown(asked)}"
        return StillPicture(self._bytes("GET", path, accept="image/jpeg"))

    def _known(self, name: str) -> _Illustration:
        if name not in self._asked:
            raise IllustrateError("no illustration has this name", 404)
        return self._asked[name]

    def _json(self, method: str, path: str, body: bytes = b"") -> JsonObject:
        told = json.loads(self._bytes(method, path, body) or b"{}")
        return told if isinstance(told, dict) else {}

    def _bytes(
        self, method: str, path: str, body: bytes = b"", accept: str = "application/json"
    ) -> bytes:
        from lib.http_client.deadline_http import HttpLine, Question  # noqa: PLC0415 - see there

        if not self.is_there:
            raise IllustrateError("stills are off on this machine (STILLS_PORT)")
        headers = {"User-Agent": "afterimage-voice", "Accept": accept}
        if body:
            headers["Content-Type"] = "application/json"
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        until_ns = time.monotonic_ns() + WITHIN_NS
        try:
            with HttpLine(self._where) as line:
                answer = line.ask(Question(method, path, headers, body), until_ns, LARGEST_PICTURE)
        except ServiceError:
            raise IllustrateError("stills do not answer at the moment") from None
        if answer.status >= 300:
            raise IllustrateError(_sentence(answer.body), answer.status)
        return answer.body


def _shown(asked: _Illustration) -> str:
    return f"?secret={quote(asked.secret)}" if asked.secret else ""


def _sentence(body: bytes) -> str:
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return "stills refused it"
