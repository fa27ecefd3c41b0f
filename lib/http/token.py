"""The token of a service: whoever shows it may use the service, from wherever.

Programs show it as `Authorization: Bearer`. A link with `?token=` in it is for people: their
browser gets a cookie for it, and the address line forgets it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from lib.http.rate_limit import RateLimit

MOST_REMEMBERED = 1024
COOKIE_DAYS = 400  # as long as browsers keep one at most


class AccessToken:
    """Compares in constant time, whatever is shown and however long it is."""

    def __init__(self, text: str, port: int, service: str) -> None:
        self.needed = bool(text)
        self.service = service  # as sentences call it: "the control port"
        self._digest = hashlib.sha256(text.encode()).digest()
        # A cookie is written to disk by browsers, so it holds what follows from the token alone.
        self._cookie = hmac.new(text.encode(), b"page", hashlib.sha256).hexdigest()
        # Cookies do not know ports: another service, or another show, has another name.
        self._name = f"afterimage-{port}"

    def fits(self, shown: bytes) -> bool:
        return hmac.compare_digest(hashlib.sha256(shown).digest(), self._digest)

    def fits_cookie(self, header: bytes) -> bool:
        """Read by hand: http.cookies takes a time that grows with the square of the header."""
        name, cookie = self._name.encode(), self._cookie.encode()
        pairs = (pair.strip().partition(b"=") for pair in header.split(b";"))
        return any(key == name and hmac.compare_digest(shown, cookie) for key, _, shown in pairs)

    @property
    def cookie(self) -> bytes:
        """What a browser is told to keep."""
        return (
            f"{self._name}={self._cookie}; Path=/; Max-Age={COOKIE_DAYS * 86400}; "
            "HttpOnly; SameSite=Strict"
        ).encode()


def shown_token(headers: Mapping[str, str], query: bytes) -> bytes | None:
    """The token that a request shows, as a header or in its query."""
    kind, _, text = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return text.strip().encode("latin-1")
    for part in query.split(b"&"):
        key, _, text_there = part.partition(b"=")
        if key == b"token":
            return unquote_to_bytes(text_there.replace(b"+", b" "))
    return None


def without_token(path: str, query: bytes) -> bytes:
    """The same address without the token in it."""
    rest = b"&".join(part for part in query.split(b"&") if not part.startswith(b"token="))
    return path.encode() + (b"?" + rest if rest else b"")


def split_token(text: str) -> tuple[str, bytes | None]:
    """The text at the end of an address without the token behind it; and that token, if any."""
    before, key, last = text.rpartition("token=")
    if not key or before[-1:] not in ("?", "&"):
        return text, None
    return before[:-1], last.encode("utf-8", "replace")


class TokenGuesses:
    """Slows guessing down: ten wrong tokens at once, then one in ten seconds.

    The same wrong token again tells nothing new and costs nothing, so that a program with an old
    token does not shut out the others at its address.
    """

    def __init__(self) -> None:
        self._rate = RateLimit(a_second=0.1, at_once=10)
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def wait_s(self, address: str, shown: bytes, now_s: float) -> float:
        """Seconds until this token may be compared; 0: at once."""
        if self._key(address, shown) in self._known:
            return 0.0
        return self._rate.wait_s(address, now_s)

    def wrong(self, address: str, shown: bytes, now_s: float) -> None:
        key = self._key(address, shown)
        if key not in self._known:
            self._rate.take(address, now_s)
            self._known[key] = None
        self._known.move_to_end(key)
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)

    @staticmethod
    def _key(address: str, shown: bytes) -> bytes:
        return hashlib.sha256(address.encode() + b" " + shown).digest()
