"""The token of a service: a client that sends it may use the service, from any address.

Programs send it as `Authorization: Bearer`. A link with `?token=` in it is for people: their
browser is given a cookie for it, and the address line no longer shows the token.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_to_bytes

from lib.http.rate_limit import RateLimit

MOST_REMEMBERED = 1024
# Characters of a token that nobody guesses at 200 tries a second: as make-token.sh writes them,
# so many hold 128 bits.
LONG_ENOUGH = 22
MOST_COOKIES = 4  # of one request that are compared
COOKIE_DAYS = 400  # the longest that browsers keep a cookie


class AccessToken:
    """Compares tokens in constant time, whatever is sent and however long it is."""

    def __init__(self, text: str, port: int, service: str) -> None:
        self.needed = bool(text)
        self.can_be_guessed = len(text) < LONG_ENOUGH
        self.service = service  # its name in sentences: "the control port"
        self._digest = hashlib.sha256(text.encode()).digest()
        # Browsers write cookies to disk, so the cookie holds a hash instead of the token.
        self._cookie = hmac.new(text.encode(), b"page", hashlib.sha256).hexdigest()
        # Cookies apply to all ports of a host, so each service's cookie has its port in its name.
        self._name = f"afterimage-{port}"

    def fits(self, shown: bytes) -> bool:
        return hmac.compare_digest(hashlib.sha256(shown).digest(), self._digest)

    def cookies(self, header: str) -> list[bytes]:
        """What a cookie header holds under the name of ours: a page on another port may have put
        some there beside it. Our own code parses it, because the time of http.cookies grows with
        the square of the header."""
        pairs = (pair.strip().partition(b"=") for pair in header.encode("latin-1").split(b";"))
        ours = [shown for key, _, shown in pairs if key == self._name.encode()]
        return ours[:MOST_COOKIES]  # a header has room for hundreds of guesses

    def fits_cookie(self, shown: bytes) -> bool:
        return hmac.compare_digest(shown, self._cookie.encode())

    def cookie(self, scheme: str = "http") -> bytes:
        """The header that makes a browser keep the cookie. One that came over TLS stays there."""
        return (
            f"{self._name}={self._cookie}; Path=/; Max-Age={COOKIE_DAYS * 86400}; "
            "HttpOnly; SameSite=Strict" + ("; Secure" if scheme == "https" else "")
        ).encode()


def shown_token(headers: Mapping[str, str], query: bytes) -> bytes | None:
    """The token that a request sends, as a header or in its query."""
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
