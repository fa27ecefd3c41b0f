"""Who may talk to this host: its own page, and people and programs who know the token.

Every web page that somebody on this machine opens can send requests here. So a changing request
must not come from another site, and the name it was sent to must be one of ours: a stranger's
name that points to our address (DNS rebinding) would make the stranger's page look like ours.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import time
from collections.abc import Collection, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lib.config.settings import Primary
from lib.observe import Tally
from lib.web.asked import LONGEST
from lib.web.limits import Buckets, neighbour
from lib.web.raw import VALUE
from lib.web.signin import SIGN_IN, WAIT_A_MOMENT, clean_address
from lib.web.token import Token, Tries, shown_token, split_token

HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"content-security-policy",
        (
            b"default-src 'none'; img-src 'self' blob:; style-src 'self'; script-src 'self'; "
            b"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
            b"frame-ancestors 'none'"
        ),
    ),
]
# Says whether the wall lives, and how the page that asks for the token looks; nothing else.
OPEN_TO_ALL = {"/healthz", "/static/base.css", "/static/parts.css"}
PEOPLE = {"/", "/docs"}  # where a link with a token leads
ENDLESS = {"/preview.mjpg"}


class Refusal(NamedTuple):
    """An answer instead of what was asked for."""

    status: int
    sentence: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    page: str = ""  # for browsers


class Asked(NamedTuple):
    """A request as far as it matters here."""

    kind: str  # http or websocket
    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    place: str  # whom its address counts for
    value: str | None  # what stands behind `/prompt/`


class Guard:
    """Refuses, with a sentence, what may not be; counts what was answered."""

    def __init__(
        self,
        app: ASGIApp,
        settings: Primary,
        changing: Collection[str],
        token: Token,
        buckets: Buckets,
    ) -> None:
        self._app = app
        self._bind, self._longest = settings.bind, settings.max_request_kb * 1024
        self._changing = changing  # first part of each path that changes something
        self._token, self._buckets, self._tries = token, buckets, Tries()
        self._names = own_names()
        self.tally = Tally()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):  # nothing else is served
            return
        asked = _asked(scope)
        refusal = self._trouble(asked)
        value = None
        if not refusal and self._token.needed:
            refusal, value = self._stranger(asked)
        if refusal:
            await self._refuse(scope["type"], send, refusal)
            return
        # Nothing behind here needs a cookie, and FastAPI would read them in a time that grows with
        # the square of the header: 64 kB would hold up everybody for seconds.
        headers = [(name, text) for name, text in scope["headers"] if name != b"cookie"]
        scope = {**scope, LONGEST: self._longest, "headers": headers}
        if value is not None:
            scope[VALUE] = value
        if asked.method == "HEAD" and self._only_looks(asked) and asked.path not in ENDLESS:
            scope = {**scope, "method": "GET"}  # the server leaves the body away

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.tally.count(f"{message['status'] // 100}xx")
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        await self._app(scope, receive, with_headers)

    def _trouble(self, asked: Asked) -> Refusal | None:
        """What is wrong with a request, whoever sent it."""
        host = asked.headers.get("host", "")
        if not self._is_ours(host):
            sentence = f"'{host[:80]}' is not a name of this machine; use its IP address or name"
            return Refusal(403, sentence)
        wait_s = self._buckets.take(asked.place, time.monotonic())
        if wait_s:
            return _later("too many requests from this address", wait_s)
        length = asked.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > self._longest:
            sentence = f"this is too long: at most {self._longest // 1024} kB are read"
            return Refusal(413, sentence, ((b"connection", b"close"),))
        reason = self._foreign(asked, host)
        return Refusal(403, reason) if reason else None

    def _foreign(self, asked: Asked, host: str) -> str:
        """Why another web site might be behind it; empty if none can be."""
        if self._only_looks(asked):
            return ""
        headers = asked.headers
        sentence = "a page of another web site may not change anything here"
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return sentence
        for name in ("origin", "referer"):
            origin = headers.get(name)
            if origin is not None and _place(origin) != host.lower():
                return sentence
        if "prefetch" in headers.get("sec-purpose", ""):
            return "a browser that only looks ahead may not change anything here"
        return ""

    def _only_looks(self, asked: Asked) -> bool:
        first = asked.path.split("/", 2)[1] if "/" in asked.path else asked.path
        looks = asked.kind == "http" and asked.method in ("GET", "HEAD")
        return looks and first not in self._changing

    def _stranger(self, asked: Asked) -> tuple[Refusal | None, str | None]:
        """Why who does not know the token may not go on, or what stands before the token."""
        if asked.path in OPEN_TO_ALL:
            return None, None
        value, behind = split_token(asked.value or "")
        if behind is not None and self._token.fits(behind):
            return None, value
        shown = shown_token(asked.headers, asked.query)
        shown = behind if shown is None else shown
        by_link = shown is not None and asked.path in PEOPLE
        cookie = asked.headers.get("cookie", "").encode("latin-1")
        if not by_link and self._token.fits_cookie(cookie):
            return None, None
        if shown is None:
            return self._unknown(asked, "this needs the token of the control port"), None
        return self._judged(asked, shown), None

    def _judged(self, asked: Asked, shown: bytes) -> Refusal | None:
        """What comes of a token that was shown."""
        now_s = time.monotonic()
        wait_s = self._tries.wait_s(asked.place, shown, now_s)
        if wait_s:
            return _later("too many wrong tokens from this address", wait_s)
        if not self._token.fits(shown):
            self._tries.wrong(asked.place, shown, now_s)
            return self._unknown(asked, "this is not the token of the control port")
        if asked.method == "GET" and asked.path in PEOPLE and asked.kind == "http":
            return self._welcome(asked)
        return None

    def _welcome(self, asked: Asked) -> Refusal | None:
        """A browser keeps the cookie, and its address line forgets the token."""
        if "authorization" in asked.headers:
            return None
        headers = (
            (b"set-cookie", self._token.cookie),
            (b"location", clean_address(asked.path, asked.query)),
            (b"cache-control", b"no-store"),
        )
        return Refusal(303, "welcome", headers)

    def _unknown(self, asked: Asked, sentence: str) -> Refusal:
        headers = ((b"www-authenticate", b"Bearer"), (b"cache-control", b"no-store"))
        page = ""
        if asked.path in PEOPLE and "text/html" in asked.headers.get("accept", ""):
            # Who comes by a link on another site brings the cookie only with the next request.
            came_from = asked.headers.get("sec-fetch-site")
            page = WAIT_A_MOMENT if came_from == "cross-site" else SIGN_IN
        return Refusal(401, sentence, headers, page)

    async def _refuse(self, kind: str, send: Send, refusal: Refusal) -> None:
        self.tally.count(f"{refusal.status // 100}xx")
        self.tally.count(f"refused {refusal.status}")
        body = (refusal.page or json.dumps({"detail": refusal.sentence})).encode()
        headers = [
            (b"content-type", b"text/html; charset=utf-8" if refusal.page else b"application/json"),
            (b"content-length", b"%d" % len(body)),
            *refusal.headers,
            *HEADERS,
        ]
        kind = "http.response" if kind == "http" else "websocket.http.response"
        await send({"type": f"{kind}.start", "status": refusal.status, "headers": headers})
        await send({"type": f"{kind}.body", "body": body})

    def _is_ours(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if name in self._names or name == self._bind.lower():
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # A plain address can not be a stranger's name; which of them reach us, `bind` decides.
        return address.is_loopback or self._bind in ("0.0.0.0", "::", "*")


def _asked(scope: Scope) -> Asked:
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
    client = scope.get("client")
    return Asked(
        scope["type"],
        scope.get("method", "GET"),
        scope["path"],
        scope["query_string"],
        headers,
        neighbour(client[0]) if client else "",
        scope.get(VALUE),
    )


def _later(reason: str, wait_s: float) -> Refusal:
    seconds = max(1, round(wait_s))
    return Refusal(429, f"{reason}; try again in {seconds} s", ((b"retry-after", b"%d" % seconds),))


def own_names() -> set[str]:
    name = socket.gethostname().lower()
    return {"localhost", name, f"{name.split('.')[0]}.local"}


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
