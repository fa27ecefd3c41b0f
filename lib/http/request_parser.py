"""Reads requests by h11, and bounds what h11 does not: their work, where their bytes are few.

A body in chunks of one byte would take half a second for 256 kB, on the thread that serves
everybody, and headers behind a body a fifth; both before the guard has seen a token.
"""

from __future__ import annotations

import re

import h11

PIECE = 4096  # bytes that are parsed before the bounds are looked at again
# A body may come in so many parts, and in more where they have so many bytes on average. A
# program that writes as it goes sends tens of parts; a network's packets have 500 bytes and more.
MOST_PARTS, LEAST_OF_A_PART = 500, 64
LONGEST_TRAILER = 4096  # bytes that wait between two chunks, or behind the last

_absolute = re.compile(rb"https?://([^/?#]+)(.*)", re.IGNORECASE)


class RequestParser(h11.Connection):
    """One connection's requests; one that goes too far is a `RemoteProtocolError`."""

    def __init__(self, longest: int) -> None:
        super().__init__(h11.SERVER, longest)
        self._parts = self._bytes = 0

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._parts = self._bytes = 0
            if _has_two_lengths(event):
                raise h11.RemoteProtocolError("this body has two lengths")
            return _origin_form(event)
        if isinstance(event, h11.Data):
            self._parts += 1
            self._bytes += len(event.data)
            if self._parts > MOST_PARTS + self._bytes // LEAST_OF_A_PART:
                raise h11.RemoteProtocolError("the parts of this body are too small")
        elif event is h11.NEED_DATA and self._waits_in_body() > LONGEST_TRAILER:
            raise h11.RemoteProtocolError("there is too much between the parts of this body")
        return event

    def _waits_in_body(self) -> int:
        """The bytes of a line before a chunk, or of a trailer, that is not whole: whatever else has
        come of a body has been taken out."""
        return len(self.trailing_data[0]) if self.their_state is h11.SEND_BODY else 0


def _has_two_lengths(request: h11.Request) -> bool:
    """Whether a proxy may see another end of the body than h11, so that what it takes for the rest
    of this request were a request of its own here."""
    names = {name for name, _ in request.headers}
    doubtful = b"content-length" in names or request.http_version < b"1.1"
    return b"transfer-encoding" in names and doubtful


def _origin_form(request: h11.Request) -> h11.Request:
    """The request as a client sends it that uses no proxy. HTTP wants a server to take
    `GET http://host/path` as well, and then to go by the host in it."""
    found = _absolute.fullmatch(request.target)
    if not found:
        return request
    host, path = found.groups()
    headers = [(name, value) for name, value in request.headers if name != b"host"]
    return h11.Request(
        method=request.method,
        headers=[(b"host", host), *headers],
        target=path if path.startswith(b"/") else b"/" + path,
        http_version=request.http_version,
    )
