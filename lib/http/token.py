"""The tokens of a service: what each of them opens, and how it is shown.

Programs send a token as `Authorization: Bearer`. A link with `?token=` in it is for people: their
browser is given a cookie for it, and the address line no longer shows the token.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, unquote_to_bytes

from starlette.requests import HTTPConnection

from lib.config.settings import PrimarySettings
from lib.core.tokens import can_be_guessed, worker_token_of
from lib.http.rate_limit import RateLimit

log = logging.getLogger(__name__)

MOST_REMEMBERED = 1024
MOST_COOKIES = 4  # of one request that are compared
COOKIE_DAYS = 400  # the longest that browsers keep a cookie
# Cookies apply to all ports of a host: who has opened a link on one page is let in by the others.
COOKIE, OWNER_COOKIE = "afterimage", "afterimage-owner"
CALLER = "afterimage.caller"  # key in the ASGI scope: who asks
_owner_key = re.compile(r"[\w-]{22}", re.ASCII)


class Scope(StrEnum):
    """What a token opens. Each address needs one of them, and control opens all addresses."""

    CONTROL = "control"
    GUEST = "guest"  # one's own pictures and nodes; not the wall, cues or what is others'
    WORKER = "worker"  # handing in work


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request."""

    scope: Scope  # what it may do; control for everybody where no token is set
    # The random key in this browser's cookie, empty for a program: it decides turns and what a page
    # calls mine, and is nothing to hide from people with the same token.
    owner: str = ""
    address: str = ""  # the network that its address is counted in


def caller_of(connection: HTTPConnection) -> Caller:
    """Who sends this request or opens this WebSocket, as the guard found out."""
    caller: Caller = connection.scope[CALLER]
    return caller


class AccessTokens:
    """Compares tokens in constant time, whatever is sent and however long it is."""

    def __init__(self, settings: PrimarySettings, service: str, former_cookie: str = "") -> None:
        self.service = service  # its name in sentences: "the control port"
        # Without a control token everybody may do everything, so the others keep nobody out.
        self.needed = bool(settings.control_token)
        self._names = (COOKIE.encode(), former_cookie.encode())
        texts = texts_of(settings)
        self._long = {scope for scope, text in texts.items() if not can_be_guessed(text)}
        self._digests = {
            scope: hashlib.sha256(text.encode()).digest() for scope, text in texts.items()
        }
        # Browsers write cookies to disk, so the cookie holds a hash instead of the token.
        self._cookies: dict[Scope, str] = {
            scope: hmac.new(text.encode(), b"page", hashlib.sha256).hexdigest()
            for scope, text in texts.items()
            if scope != Scope.WORKER  # which no person has
        }

    def opens(self, shown: bytes, only_long: bool = False) -> Scope | None:
        """What this token opens. `only_long`: a token that can be guessed opens nothing."""
        digest = hashlib.sha256(shown).digest()
        fitting = [
            scope for scope, ours in self._digests.items() if hmac.compare_digest(digest, ours)
        ]
        return self._first(fitting, only_long)

    def cookies(self, header: str) -> list[bytes]:
        """What a cookie header holds under the name of ours: a page on another port may have put
        some there beside it. Our own code parses it, because the time of http.cookies grows with
        the square of the header."""
        ours = [shown for key, shown in _pairs(header) if key and key in self._names]
        return ours[:MOST_COOKIES]  # a header has room for hundreds of guesses

    def cookie_opens(self, shown: bytes, only_long: bool = False) -> Scope | None:
        fitting = [
            scope
            for scope, ours in self._cookies.items()
            if hmac.compare_digest(shown, ours.encode())
        ]
        return self._first(fitting, only_long)

    def _first(self, fitting: list[Scope], only_long: bool) -> Scope | None:
        return next((scope for scope in fitting if scope in self._long or not only_long), None)

    def cookie(self, scope: Scope, scheme: str = "http") -> bytes:
        """The header that makes a browser keep the cookie of the token that opens this."""
        return _kept(COOKIE, self._cookies[scope], scheme)


def texts_of(settings: PrimarySettings) -> dict[Scope, str]:
    """The tokens that are set."""
    texts = {
        Scope.CONTROL: settings.control_token,
        Scope.GUEST: settings.guest_token,
        Scope.WORKER: worker_token_of(settings.control_token, settings.worker_token),
    }
    return {scope: text for scope, text in texts.items() if text}


def warn_of_short_tokens(settings: PrimarySettings) -> None:
    """A token from before there was a least length works on, and the log says what it is worth."""
    for scope, text in texts_of(settings).items():
        if can_be_guessed(text):
            log.warning(
                "%s_TOKEN has %d characters and can be guessed; automation/make-token.sh --new %s "
                "makes one that cannot",
                scope.upper(),
                len(text),
                scope,
            )


def new_owner() -> str:
    return secrets.token_urlsafe(16)


def owner_in(header: str) -> str:
    """The key in a browser's own cookie; empty if there is none that we have made."""
    for key, shown in _pairs(header):
        if key == OWNER_COOKIE.encode() and _owner_key.fullmatch(shown.decode("latin-1")):
            return shown.decode("latin-1")
    return ""


def owner_cookie(owner: str, scheme: str = "http") -> bytes:
    """The header that makes a browser keep its owner's key."""
    return _kept(OWNER_COOKIE, owner, scheme)


def _pairs(header: str) -> Iterable[tuple[bytes, bytes]]:
    for pair in header.encode("latin-1").split(b";"):
        key, _, shown = pair.strip().partition(b"=")
        yield key, shown


def _kept(name: str, value: str, scheme: str) -> bytes:
    """A cookie that no script reads and no other site sends. One that came over TLS stays there."""
    secure = "; Secure" if scheme in ("https", "wss") else ""
    age_s = COOKIE_DAYS * 86400
    return f"{name}={value}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Strict{secure}".encode()


def shown_token(headers: Mapping[str, str], query: bytes) -> bytes | None:
    """The token that a request sends, as a header or in its query."""
    in_header = bearer(headers)
    if in_header is not None:
        return in_header
    for part in query.split(b"&"):
        key, _, text_there = part.partition(b"=")
        if key == b"token":
            return unquote_to_bytes(text_there.replace(b"+", b" "))
    return None


def bearer(headers: Mapping[str, str]) -> bytes | None:
    """The token in a request's Authorization header."""
    kind, _, text = headers.get("authorization", "").partition(" ")
    return text.strip().encode("latin-1") if kind.lower() == "bearer" else None


def without_token(path: str, query: bytes) -> bytes:
    """The same address without the token in it."""
    rest = b"&".join(part for part in query.split(b"&") if not part.startswith(b"token="))
    # It came without its escapes; a name on it may hold any character.
    return quote(path, safe="/,;:@$&'()*+=!~").encode() + (b"?" + rest if rest else b"")


def split_token(text: str) -> tuple[str, bytes | None]:
    """The text at the end of an address without the token after it; and that token, if any."""
    before, key, last = text.rpartition("token=")
    if not key or before[-1:] not in ("?", "&"):
        return text, None
    return before[:-1], last.encode("utf-8", "replace")


class TokenGuesses:
    """Slows guessing down: ten wrong tokens at once, then one every ten seconds.

    A token that was compared before is no new guess: a program with an old token does not lock out
    the others at its address, and whoever is in stays in.
    """

    def __init__(self) -> None:
        self._rate = RateLimit(a_second=0.1, at_once=10)
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def wait_s(self, address: str, shown: Iterable[bytes], now_s: float) -> float:
        """Seconds until these tokens may be compared; 0: at once."""
        if all(self._key(address, one) in self._known for one in shown):
            return 0.0
        return self._rate.wait_s(address, now_s)

    def right(self, address: str, shown: bytes) -> None:
        self._remember(self._key(address, shown))

    def wrong(self, address: str, shown: bytes, now_s: float) -> None:
        key = self._key(address, shown)
        if key not in self._known:
            self._rate.take(address, now_s)
        self._remember(key)

    def _remember(self, key: bytes) -> None:
        self._known[key] = None
        self._known.move_to_end(key)
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)

    @staticmethod
    def _key(address: str, shown: bytes) -> bytes:
        return hashlib.sha256(address.encode() + b" " + shown).digest()
