"""Decides who may use a service: its own page, and people and programs that know the token.

Every web page that somebody on this machine opens can send requests here. So a changing request
must not come from another site, and it must be addressed to one of our names: a foreign name that
points to our address (DNS rebinding) would make a foreign page look like ours.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lib.http.bodies import LONGEST, too_long
from lib.http.pages import COMING_FROM_ELSEWHERE, sign_in_page
from lib.http.rate_limit import RateLimit, is_address, is_loopback, network_of
from lib.http.raw_path import TEXT
from lib.http.token import AccessToken, TokenGuesses, shown_token, split_token, without_token
from lib.observe import Tally

# Our longest has a token of 200 characters. FastAPI reads all of it for each request, open to all
# or not, in a time that other requests would wait.
LONGEST_QUERY = 4096
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


@dataclass(frozen=True)
class AccessRules:
    """The properties of a service's addresses that decide who may use them."""

    bind: str  # the address it listens on
    longest: int  # bytes of a body
    changing: frozenset[str] = frozenset()  # first part of each path whose GET changes something
    open_to_all: frozenset[str] = frozenset()  # paths that need no token
    for_people: frozenset[str] = frozenset({"/"})  # paths that a link with a token may lead to
    endless: frozenset[str] = frozenset()  # paths whose answer does not end
    styles: tuple[str, ...] = ()  # style sheets of the sign-in page


class Refusal(NamedTuple):
    """The answer to a request that is refused."""

    status: int
    sentence: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    page: str = ""  # for browsers


class RequestHead(NamedTuple):
    """The parts of a request that decide whether it is allowed."""

    kind: str  # http or websocket
    scheme: str  # https where a trusted proxy says so
    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    client: str  # the network that its address is counted in
    text: str | None  # the text at the end of the address, if it has one


class AccessGuard:
    """Refuses with a sentence what is not allowed, and counts all answers."""

    def __init__(
        self, app: ASGIApp, rules: AccessRules, token: AccessToken, rate: RateLimit
    ) -> None:
        self._app, self._rules = app, rules
        self._token, self._rate, self._guesses = token, rate, TokenGuesses()
        self._names = own_names()
        self.tally = Tally()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):  # nothing else is served
            return
        if not is_address(scope["client"][0]):  # a trusted proxy hands on what it does not check
            scope = {**scope, "client": ("unknown", 0)}
        request = _head_of(scope)
        refusal = self._refusal(request)
        text = None
        if not refusal and self._token.needed:
            refusal, text = self._checked_token(request)
        elif not refusal:
            refusal = self._without_token(request)
        if refusal:
            await self._refuse(scope["type"], send, refusal)
            return
        # No app behind this needs a cookie, and FastAPI would parse them in a time that grows with
        # the square of the header: 64 kB would block everybody for seconds.
        headers = [header for header in scope["headers"] if header[0] != b"cookie"]
        scope = {**scope, LONGEST: self._rules.longest, "headers": headers}
        if text is not None:
            scope[TEXT] = text
        endless = request.path in self._rules.endless
        if request.method == "HEAD" and self._only_reads(request) and not endless:
            scope = {**scope, "method": "GET"}  # the server leaves out the body

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.tally.count(f"{message['status'] // 100}xx")
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refusal(self, request: RequestHead) -> Refusal | None:
        """Why a request is refused, whether or not it has a token; None if it is not."""
        host = request.headers.get("host", "")
        if not self._is_ours(host):
            sentence = f"'{host[:80]}' is not a name of this machine; use its IP address or name"
            return Refusal(403, sentence)
        wait_s = self._rate.take(request.client, time.monotonic())
        if wait_s:
            return _try_later("too many requests from this address", wait_s)
        if len(request.query) > LONGEST_QUERY:
            return Refusal(414, "the part of this address behind its ? is too long")
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > self._rules.longest:
            close = ((b"connection", b"close"),)
            return Refusal(413, too_long(self._rules.longest), close)
        reason = self._foreign_site(request, host)
        return Refusal(403, reason) if reason else None

    def _foreign_site(self, request: RequestHead, host: str) -> str:
        """Why another web site may have caused the request; empty if none can have."""
        if self._only_reads(request):
            return ""
        headers = request.headers
        sentence = "a page of another web site may not change anything here"
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return sentence
        for name in ("origin", "referer"):
            origin = headers.get(name)
            if origin is not None and _host_of(origin) != host.lower():
                return sentence
        if "prefetch" in headers.get("sec-purpose", ""):
            return "a browser that only looks ahead may not change anything here"
        return ""

    def _only_reads(self, request: RequestHead) -> bool:
        first = request.path.split("/", 2)[1] if "/" in request.path else request.path
        reads = request.kind == "http" and request.method in ("GET", "HEAD")
        return reads and first not in self._rules.changing

    def _checked_token(self, request: RequestHead) -> tuple[Refusal | None, str | None]:
        """The refusal of a request without the token that it needs; and the text before the token,
        if that stood at the end of the address."""
        if request.path in self._rules.open_to_all:
            return None, None
        text, behind = split_token(request.text or "")
        shown = shown_token(request.headers, request.query)
        tokens = [one for one in (behind, shown) if one is not None]
        by_link = tokens and self._is_for_people(request)
        cookies = [] if by_link else self._token.cookies(request.headers.get("cookie", ""))
        client, now_s = request.client, time.monotonic()
        wait_s = self._guesses.wait_s(client, [*tokens, *cookies], now_s)
        # One that nobody can guess is always let in: somebody else may try others from the same
        # address, which is everybody's behind a proxy that is not a trusted one.
        if not wait_s or not self._token.can_be_guessed:
            for one in tokens:
                if self._token.fits(one):
                    self._guesses.right(client, one)
                    return self._welcome(request), text if one is behind else None
            for one in cookies:
                if self._token.fits_cookie(one):
                    self._guesses.right(client, one)
                    return self._by_cookie(request), None
        if wait_s:
            return _try_later("too many wrong tokens from this address", wait_s), None
        for one in (*tokens, *cookies):
            self._guesses.wrong(client, one, now_s)
        what = "is not" if tokens else "needs"
        return self._unauthorized(request, f"this {what} the token of {self._token.service}"), None

    def _by_cookie(self, request: RequestHead) -> Refusal | None:
        """Refuse a change that only a cookie allows, if any page may have caused it: a browser
        sends the cookie for all pages of this host, whatever their port."""
        if not self._may_be_any_pages(request):
            return None
        sentence = "here a cookie is not enough to change something by an address; put ?token= "
        return Refusal(403, sentence + "and the token at its end")

    def _without_token(self, request: RequestHead) -> Refusal | None:
        """Refuse a change that any page may have caused where no token is needed. Every browser
        calls itself Mozilla, and says of a request to localhost which page it comes from."""
        name = _name_of(request.headers.get("host", ""))
        is_browser = request.headers.get("user-agent", "").startswith("Mozilla/")
        if name == "localhost" or is_loopback(name) or not is_browser:
            return None
        if not self._may_be_any_pages(request):
            return None
        return Refusal(403, "without a token a browser changes this at localhost, not by a name")

    def _may_be_any_pages(self, request: RequestHead) -> bool:
        """Whether a request changes something, and nothing says that our own page asks, or none:
        of a picture in a page, over plain HTTP, a browser says neither. What says that another
        page asks has been refused already."""
        signs = ("sec-fetch-site", "origin", "referer")
        return not self._only_reads(request) and not any(one in request.headers for one in signs)

    def _is_for_people(self, request: RequestHead) -> bool:
        return request.path in self._rules.for_people

    def _welcome(self, request: RequestHead) -> Refusal | None:
        """Answer a link with the right token: the browser is given a cookie, and is redirected to
        the address without the token. None for any other request with it."""
        is_page = (
            request.method == "GET" and request.kind == "http" and self._is_for_people(request)
        )
        if not is_page or "authorization" in request.headers:
            return None
        headers = (
            (b"set-cookie", self._token.cookie(request.scheme)),
            (b"location", without_token(request.path, request.query)),
            (b"cache-control", b"no-store"),
        )
        return Refusal(303, "welcome", headers)

    def _unauthorized(self, request: RequestHead, sentence: str) -> Refusal:
        headers = ((b"www-authenticate", b"Bearer"), (b"cache-control", b"no-store"))
        page = ""
        if self._is_for_people(request) and "text/html" in request.headers.get("accept", ""):
            page = sign_in_page(self._token.service, self._rules.styles)
            if request.headers.get("sec-fetch-site") == "cross-site":
                page = COMING_FROM_ELSEWHERE
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
        name = _name_of(host)
        if name in self._names or name == self._rules.bind.lower():
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # A numeric address cannot be a foreign name; `bind` decides which ones reach us.
        return address.is_loopback or self._rules.bind in ("0.0.0.0", "::", "*")


def _head_of(scope: Scope) -> RequestHead:
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
    return RequestHead(
        scope["type"],
        scope["scheme"],
        scope.get("method", "GET"),
        scope["path"],
        scope["query_string"],
        headers,
        network_of(scope["client"][0]),
        scope.get(TEXT),
    )


def _try_later(reason: str, wait_s: float) -> Refusal:
    seconds = max(1, round(wait_s))
    return Refusal(429, f"{reason}; try again in {seconds} s", ((b"retry-after", b"%d" % seconds),))


def _name_of(host: str) -> str:
    """The name or address in a `Host`, without its port; empty if there is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def own_names() -> set[str]:
    name = socket.gethostname().lower()
    return {"localhost", name, f"{name.split('.')[0]}.local"}


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
