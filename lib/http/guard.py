"""Decides who may use a service: its own page, and people and programs that know a token.

What comes from another web site or to a name that is not ours is refused (names.py), and so is a
token that does not open the address (token.py). A request that passes carries who asks:
`caller_of`.
"""

from __future__ import annotations

import json
import time

from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as AsgiScope

from lib.http.access import Access, AccessRules, Refusal, RequestHead, head_of, try_later
from lib.http.bodies import LONGEST, too_long
from lib.http.names import OwnNames, name_of
from lib.http.origins import AllowedOrigins
from lib.http.pages import coming_from_elsewhere, sign_in_page
from lib.http.rate_limit import RateLimit, is_address, is_loopback
from lib.http.raw_path import TEXT
from lib.http.token import (
    CALLER,
    AccessTokens,
    Caller,
    Scope,
    TokenGuesses,
    bearer,
    new_owner,
    owner_cookie,
    owner_in,
    shown_token,
    split_token,
    without_token,
)
from lib.observe import Tally

NO_CONTENT = 204


class AccessGuard:
    """Refuses with a sentence what is not allowed, and counts all answers."""

    def __init__(
        self, app: ASGIApp, rules: AccessRules, tokens: AccessTokens, rate: RateLimit
    ) -> None:
        self._app, self._rules = app, rules
        self._tokens, self._rate, self._guesses = tokens, rate, TokenGuesses()
        self._names = OwnNames(rules.bind, rules.allowed_names)
        self._origins = AllowedOrigins(rules.allowed_origins)
        self.tally = Tally()

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):  # nothing else is served
            return
        # A trusted proxy hands on what it does not check, and of a client that went before it was
        # looked at there is no address.
        if not (scope["client"] and is_address(scope["client"][0])):
            scope = {**scope, "client": ("unknown", 0)}
        request = head_of(scope)
        common = self._origins.answer(
            self._origins.asking(request.headers),
            self._rules.headers,
            request.path in self._rules.framable,
        )
        access = Access(refusal=self._refusal(request))
        allowed = self._origins.preflight(request.method, request.headers)
        if allowed and not access.refusal:
            access = Access(refusal=Refusal(NO_CONTENT, "", allowed))
        elif not access.refusal and self._tokens.needed:
            access = self._checked_token(request)
        elif not access.refusal:
            access = Access(Scope.CONTROL, self._without_token(request))
        if access.refusal:
            await self._refuse(scope["type"], send, access.refusal, common)
            return
        caller, kept = self._caller(request, access.scope or Scope.GUEST)
        # No app behind this needs a cookie, and FastAPI would parse them in a time that grows with
        # the square of the header: 64 kB would block everybody for seconds.
        headers = [header for header in scope["headers"] if header[0] != b"cookie"]
        scope = {**scope, LONGEST: self._longest(request), "headers": headers, CALLER: caller}
        if access.text is not None:
            scope[TEXT] = access.text
        endless = request.path in self._rules.endless
        if request.method == "HEAD" and self._only_reads(request) and not endless:
            scope = {**scope, "method": "GET"}  # the server leaves out the body

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.tally.count(f"{message['status'] // 100}xx")
                message["headers"] = [*message.get("headers", ()), *common, *kept]
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refusal(self, request: RequestHead) -> Refusal | None:
        """Why a request is refused, whether or not it has a token; None if it is not."""
        host = request.headers.get("host", "")
        # No page of another site knows a token. With one in its header a request may come by any
        # name, as through a tunnel; the token is compared below, where one is needed.
        by_any_name = self._tokens.needed and bearer(request.headers) is not None
        if not by_any_name and not self._names.is_ours(host):
            sentence = f"'{host[:80]}' is not a name of this machine; use its address or name, "
            return Refusal(403, sentence + "or put the name of a proxy into ALLOWED_NAMES")
        wait_s = self._rate.take(request.client, time.monotonic())
        if wait_s:
            return try_later("too many requests from this address", wait_s)
        if len(request.query) > self._rules.longest_query:
            return Refusal(414, "the query of this address is too long")
        length = request.headers.get("content-length", "")
        longest = self._longest(request)
        if length.isdecimal() and int(length[:20]) > longest:
            close = ((b"connection", b"close"),)
            return Refusal(413, too_long(longest), close)
        harmless = self._only_reads(request) or self._rules.any_origin
        harmless = harmless or bool(self._origins.asking(request.headers))
        reason = "" if harmless else self._names.why_foreign(request.headers)
        return Refusal(403, reason) if reason else None

    def _longest(self, request: RequestHead) -> int:
        return self._rules.longest_at.get(request.first, self._rules.longest)

    def _only_reads(self, request: RequestHead) -> bool:
        reads = request.kind == "http" and request.method in ("GET", "HEAD")
        return reads and request.first not in self._rules.changing

    def _caller(
        self, request: RequestHead, scope: Scope
    ) -> tuple[Caller, tuple[tuple[bytes, bytes], ...]]:
        """Who asks, and the header that makes a new browser remember its key."""
        owner = owner_in(request.headers.get("cookie", ""))
        kept: tuple[tuple[bytes, bytes], ...] = ()
        if not owner and self._rules.knows_owners and request.wants_page and self._is_page(request):
            owner = new_owner()
            kept = ((b"set-cookie", owner_cookie(owner, request.scheme)),)
        return Caller(scope, owner, request.client), kept

    def _checked_token(self, request: RequestHead) -> Access:
        """What a request may do where a token is needed."""
        if request.path in self._rules.open_to_all:
            return Access()
        text, behind = split_token(request.text or "")
        shown = shown_token(request.headers, request.query)
        tokens = [one for one in (behind, shown) if one is not None]
        by_link = tokens and self._is_for_people(request)
        cookies = [] if by_link else self._tokens.cookies(request.headers.get("cookie", ""))
        client, now_s = request.client, time.monotonic()
        wait_s = self._guesses.wait_s(client, [*tokens, *cookies], now_s)
        # One that nobody can guess is always let in: somebody else may try others from the same
        # address, which is everybody's behind a proxy that is not a trusted one.
        only_long = bool(wait_s)
        for one in tokens:
            if scope := self._tokens.opens(one, only_long):
                self._guesses.right(client, one)
                refusal = self._closed(request, scope) or self._welcome(request, scope)
                return Access(scope, refusal, text if one is behind else None)
        for one in cookies:
            if scope := self._tokens.cookie_opens(one, only_long):
                self._guesses.right(client, one)
                return Access(scope, self._closed(request, scope) or self._by_cookie(request))
        if wait_s:
            late = try_later("too many wrong tokens from this address", wait_s)
            page = self._sign_in(request, late.sentence) if tokens else ""
            return Access(refusal=late._replace(page=page))
        for one in (*tokens, *cookies):
            self._guesses.wrong(client, one, now_s)
        return Access(refusal=self._unauthorized(request, is_wrong=bool(tokens)))

    def _closed(self, request: RequestHead, scope: Scope) -> Refusal | None:
        """Refuse a right token that does not open this address."""
        needed = self._rules.scopes.get(request.first, Scope.CONTROL)
        if scope in (needed, Scope.CONTROL):
            return None
        sentence = f"the {scope} token does not open this: it needs the {needed} token"
        return Refusal(403, sentence, page=self._sign_in(request, sentence))

    def _by_cookie(self, request: RequestHead) -> Refusal | None:
        """Refuse a change that only a cookie allows, if any page may have caused it: a browser
        sends the cookie for all pages of this host, whatever their port."""
        if not self._may_be_any_pages(request):
            return None
        sentence = "a cookie is not enough to change something through a link; add ?token= "
        return Refusal(403, sentence + "and the token to it")

    def _without_token(self, request: RequestHead) -> Refusal | None:
        """Refuse a change that any page may have caused where no token is needed. Every browser
        calls itself Mozilla, and says of a request to localhost which page it comes from."""
        name = name_of(request.headers.get("host", ""))
        is_browser = request.headers.get("user-agent", "").startswith("Mozilla/")
        if name == "localhost" or is_loopback(name) or not is_browser:
            return None
        if not self._may_be_any_pages(request):
            return None
        return Refusal(403, "without a token, a browser may change this only at localhost")

    def _may_be_any_pages(self, request: RequestHead) -> bool:
        """Whether a request changes something, and nothing says that our own page asks, or none:
        of a picture in a page, over plain HTTP, a browser says neither. What says that another
        page asks has been refused already."""
        signs = ("sec-fetch-site", "origin", "referer")
        return not self._only_reads(request) and not any(one in request.headers for one in signs)

    def _is_for_people(self, request: RequestHead) -> bool:
        below = request.first in self._rules.people_below
        return below or request.path in self._rules.for_people

    def _is_page(self, request: RequestHead) -> bool:
        is_get = request.method == "GET" and request.kind == "http"
        return is_get and self._is_for_people(request)

    def _welcome(self, request: RequestHead, scope: Scope) -> Refusal | None:
        """Answer a link with the right token: the browser is given a cookie, and is redirected to
        the address without the token. None for any other request with it."""
        if not self._is_page(request) or "authorization" in request.headers:
            return None
        headers = (
            (b"set-cookie", self._tokens.cookie(scope, request.scheme)),
            (b"location", without_token(request.path, request.query)),
            (b"cache-control", b"no-store"),
        )
        return Refusal(303, "welcome", headers)

    def _unauthorized(self, request: RequestHead, is_wrong: bool) -> Refusal:
        headers = ((b"www-authenticate", b"Bearer"), (b"cache-control", b"no-store"))
        sentence = f"the token of {self._tokens.service}"
        sentence = f"this is not {sentence}" if is_wrong else f"this needs {sentence}"
        page = self._sign_in(request, sentence)
        if page and request.headers.get("sec-fetch-site") == "cross-site" and not is_wrong:
            page = coming_from_elsewhere(request.path)
        return Refusal(401, sentence, headers, page)

    def _sign_in(self, request: RequestHead, sentence: str) -> str:
        """The page that asks for the token, for a browser; empty for a program."""
        if not request.wants_page or not self._is_for_people(request):
            return ""
        return sign_in_page(request.path, sentence, self._rules.styles)

    async def _refuse(
        self, kind: str, send: Send, refusal: Refusal, common: tuple[tuple[bytes, bytes], ...]
    ) -> None:
        self.tally.count(f"{refusal.status // 100}xx")
        self.tally.count(f"refused {refusal.status}")
        body = (refusal.page or json.dumps({"detail": refusal.sentence})).encode()
        body = b"" if refusal.status == NO_CONTENT else body
        headers = [
            (b"content-type", b"text/html; charset=utf-8" if refusal.page else b"application/json"),
            (b"content-length", b"%d" % len(body)),
            *refusal.headers,
            *common,
        ]
        kind = "http.response" if kind == "http" else "websocket.http.response"
        await send({"type": f"{kind}.start", "status": refusal.status, "headers": headers})
        await send({"type": f"{kind}.body", "body": body})
