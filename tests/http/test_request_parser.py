"""Requests that cost more than their bytes, and those that name the host in their first line."""

from __future__ import annotations

import h11
import pytest

from lib.http.request_parser import PIECE, RequestParser

POST = b"POST /undo HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def parsed(data: bytes, piece: int = PIECE) -> list[h11.Event]:
    """Every event of one request, which comes in pieces."""
    parser, events = RequestParser(256 * 1024), []
    for start in range(0, len(data), piece):
        parser.receive_data(data[start : start + piece])
        while (event := parser.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            assert isinstance(event, h11.Event)
            events.append(event)
    return events


@pytest.mark.parametrize(
    ("target", "path", "host"),
    [
        ("http://localhost:5556/status?a=b", "/status?a=b", "localhost:5556"),
        ("HTTPS://Evil.example/seed/7", "/seed/7", "Evil.example"),
        ("http://localhost", "/", "localhost"),
        ("http://localhost?a=b", "/?a=b", "localhost"),
        ("http:///status", "http:///status", "other"),
        ("/http://localhost/status", "/http://localhost/status", "other"),
        ("*", "*", "other"),
    ],
)
def test_a_host_in_the_first_line_is_the_one_that_counts(target: str, path: str, host: str) -> None:
    (request, _) = parsed(f"GET {target} HTTP/1.1\r\nHost: other\r\nX: y\r\n\r\n".encode())
    assert isinstance(request, h11.Request)
    assert request.target == path.encode()
    assert sorted(request.headers) == [(b"host", host.encode()), (b"x", b"y")]


@pytest.mark.parametrize("part", [1, 3, 16])
def test_a_body_of_the_smallest_parts_is_refused_before_it_is_long(part: int) -> None:
    chunk = b"%x\r\n%b\r\n" % (part, b"x" * part)
    with pytest.raises(h11.RemoteProtocolError, match="too small"):
        parsed(CHUNKED + chunk * 2000)
    with pytest.raises(h11.RemoteProtocolError, match="too small"):
        parsed(POST + b"Content-Length: 40000\r\n\r\n" + b"x" * 40_000, piece=part)


@pytest.mark.parametrize(
    "body",
    [
        b"0\r\n" + b"a:\r\n" * 60_000 + b"\r\n",
        b"0\r\na: " + b"b" * 60_000 + b"\r\n\r\n",
        b"1;" + b"a" * 60_000 + b"\r\nx\r\n",
    ],
)
def test_what_stands_between_parts_is_bounded(body: bytes) -> None:
    with pytest.raises(h11.RemoteProtocolError):
        parsed(CHUNKED + body)


@pytest.mark.parametrize(
    "request_",
    [
        CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n") + b"0\r\n\r\n",
        CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n",
    ],
)
def test_a_body_whose_end_can_be_seen_in_two_places_is_refused(request_: bytes) -> None:
    """The rest of it was a request of its own, which a proxy had never seen."""
    with pytest.raises(h11.RemoteProtocolError, match="two lengths"):
        parsed(request_ + b"GET /seed/9 HTTP/1.1\r\nHost: localhost\r\n\r\n")


@pytest.mark.parametrize(
    "request_",
    [
        POST + b"Content-Length: 200000\r\n\r\n" + b"x" * 200_000,
        CHUNKED + b"a\r\n0123456789\r\n" * 200 + b"0\r\n\r\n",
        CHUNKED + (b"80\r\n" + b"x" * 128 + b"\r\n") * 1500 + b"0\r\nDigest: abc\r\n\r\n",
    ],
)
@pytest.mark.parametrize("piece", [PIECE, 536])
def test_a_body_that_is_written_as_it_goes_is_taken(request_: bytes, piece: int) -> None:
    assert isinstance(parsed(request_, piece)[-1], h11.EndOfMessage)
