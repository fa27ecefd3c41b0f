"""A service elsewhere: where it is, what it may cost, and why it gave no answer."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

LARGEST_ANSWER = 256 * 1024
LONGEST_URL = 2000


class ServiceError(Exception):
    """No usable answer; the text says why, for the person who typed, and holds no key."""

    def __init__(self, why: str, status: int = 0) -> None:
        super().__init__(why)
        self.status = status  # of HTTP, where there was one


class ServiceUrl(NamedTuple):
    """Where a server is, taken from a URL once, at the start."""

    secure: bool
    host: str
    port: int
    path: str  # without a slash at its end

    @property
    def name(self) -> str:
        """For sentences and for the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    @property
    def is_near(self) -> bool:
        """Whether it is on this machine: what is sent there passes no network."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False  # a name, though it may begin like an address

    def below(self, path: str) -> ServiceUrl:
        return self._replace(path=self.path + path)


def parse_service_url(url: str) -> ServiceUrl:
    """ValueError with the end of a sentence that begins with the setting's name."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except (ValueError, UnicodeError):
        raise ValueError("is not a URL") from None
    if parts.scheme not in ("http", "https") or not host or len(url) > LONGEST_URL:
        raise ValueError("must be a URL like https://example.org/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must be a URL without a password, ? or #")
    if not re.fullmatch(r"[\x21-\x7e]*", parts.path):
        raise ValueError("holds characters that a URL cannot have")
    secure = parts.scheme == "https"
    return ServiceUrl(secure, host, port or (443 if secure else 80), parts.path.rstrip("/"))


def key_problem(key: str) -> str | None:
    """What keeps `key` from being sent in a header; the end of a sentence, without the key."""
    if re.fullmatch(r"[\x21-\x7e]{0,4096}", key):
        return None
    return "holds characters that no key has: was it copied whole, in one line?"
