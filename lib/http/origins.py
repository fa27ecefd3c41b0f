"""Other web sites' pages that the operator trusts: their browsers may read what they are answered.

A browser lets a page of another origin read nothing unless the answer names that origin (CORS).
None says that cookies may come along, so such a page shows a token where one is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

Headers = tuple[tuple[bytes, bytes], ...]

METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
SENT = b"authorization, content-type"
REMEMBERED_S = b"600"
_OF_RESOURCE = b"cross-origin-resource-policy"
_POLICY, _FRAMES = b"content-security-policy", b"frame-ancestors 'none'"


class AllowedOrigins:
    def __init__(self, allowed: str) -> None:
        self._allowed = {one for one in allowed.split(",") if one}

    def asking(self, headers: Mapping[str, str]) -> str:
        """The trusted origin whose page asks; empty for all others. What a page shows as a picture
        is asked for without an Origin, but says where the page is."""
        origin = headers.get("origin")
        if origin is None and "referer" in headers:
            origin = _origin_of(headers["referer"])
        return origin.lower() if origin and origin.lower() in self._allowed else ""

    def answer(self, origin: str, headers: Headers, may_frame: bool) -> Headers:
        """An answer's headers where a page of `origin` asks; `may_frame`: whether the pages of all
        trusted origins may show the answer in a frame."""
        frames = b"frame-ancestors " + " ".join(sorted(self._allowed)).encode()
        told = []
        for name, value in headers:
            if name == _OF_RESOURCE and origin:
                told.append((name, b"cross-origin"))
            elif name == _POLICY and may_frame and self._allowed:
                told.append((name, value.replace(_FRAMES, frames)))
            else:
                told.append((name, value))
        if self._allowed:  # what is kept of one answer must not be shown to another origin's page
            told.append((b"vary", b"Origin"))
        if origin:
            told.append((b"access-control-allow-origin", origin.encode()))
        return tuple(told)

    def preflight(self, method: str, headers: Mapping[str, str]) -> Headers | None:
        """The headers of an answer to a browser that asks what such a page may send; None if that
        is not what it asks."""
        asks = method == "OPTIONS" and "access-control-request-method" in headers
        if not asks or not self.asking(headers):
            return None
        return (
            (b"access-control-allow-methods", METHODS),
            (b"access-control-allow-headers", SENT),
            (b"access-control-max-age", REMEMBERED_S),
        )


def _origin_of(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
