"""WebSockets that we open elsewhere, at servers that open them well, badly or not at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from lib.http_client.service_url import ServiceError, ServiceUrl, parse_service_url
from lib.http_client.websocket import PIECE, NotOpenedError, WebSocketAddress, WebSocketLine
from tests.http_client.server import Answer, Server, raw, says, sends, silent
from tests.rig import until

Serve = Callable[..., Server]


def opened(where: ServiceUrl, **more: str) -> WebSocketLine:
    return WebSocketLine(
        WebSocketAddress(where, "/tunnel/jobs", {"Authorization": "Bearer x"}, **more)
    )


@contextmanager
def echoing(handler: Callable[[ServerConnection], None]) -> Iterator[ServiceUrl]:
    """A server by another hand, which does not wait for a goodbye of who is gone."""
    with serve(handler, "127.0.0.1", 0, max_size=None, close_timeout=0.5) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield ServiceUrl(False, "127.0.0.1", server.socket.getsockname()[1], "")
        finally:
            server.shutdown()
            thread.join()


def echo(connection: ServerConnection) -> None:
    try:
        while True:
            connection.send(connection.recv())
    except ConnectionClosed:
        return


def heard(line: WebSocketLine, size: int) -> bytes:
    said = b""
    end_s = time.monotonic() + 10
    while len(said) < size and time.monotonic() < end_s:
        said += line.recv(1)
    return said


def test_octets_come_and_go_as_they_are() -> None:
    with echoing(echo) as where:
        line = opened(where)
        for size in (1, 125, 126, 70_000, 3 * PIECE + 7):
            octets = bytes(range(256)) * (size // 256 + 1)
            sender = threading.Thread(target=line.send, args=(octets[:size],))
            sender.start()
            assert heard(line, size) == octets[:size]
            sender.join()
        assert line.recv(0) == b"" == line.recv(0.01)
        line.close()


def test_a_ping_is_answered_and_a_goodbye_is_an_end() -> None:
    pongs = []

    def handler(connection: ServerConnection) -> None:
        pongs.append(connection.ping().wait(5))

    with echoing(handler) as where:
        line = opened(where)
        with pytest.raises(ServiceError, match="ended"):
            while True:
                line.recv(2)
        assert pongs == [True]
        line.close()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (says({"detail": "no"}, 401), r"refused the key \(401\)"),
        (says({"detail": "not here"}, 404), r"has nothing at this address \(404\)"),
        (sends(b"", 302, "Location: https://elsewhere.example\r\n"), "wants to send us elsewhere"),
        (sends(b"<html>hello</html>"), r"opens no WebSocket \(200\)"),
        (sends(b"", 502), "has a trouble of its own"),
        (raw(b"HTTP/1.1 101 X\r\nSec-WebSocket-Accept: forged\r\n\r\n"), "opens no WebSocket"),
        (raw(b"SSH-2.0-OpenSSH\r\n\r\n"), "something that is not HTTP"),
        (raw(b""), "it hung up"),
    ],
)
def test_a_server_that_opens_none_is_a_sentence(serve: Serve, answer: Answer, said: str) -> None:
    with pytest.raises(ServiceError, match=said):
        opened(parse_service_url(serve(answer).url))


def test_what_the_server_said_is_there_for_its_own_words(serve: Serve) -> None:
    with pytest.raises(NotOpenedError) as caught:
        opened(parse_service_url(serve(says({"detail": "in a moment"}, 503)).url))
    assert (caught.value.status, caught.value.body) == (503, b'{"detail": "in a moment"}')


def test_a_server_that_is_silent_or_not_there(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.http_client.websocket.OPENS_S", 0.3)
    with pytest.raises(ServiceError, match="did not answer in time"):
        opened(parse_service_url(serve(silent).url))
    with pytest.raises(ServiceError, match="nothing listens there"):
        opened(ServiceUrl(False, "127.0.0.1", 9, ""))


def test_one_that_reads_nothing_does_not_hold_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.http_client.websocket.STALLED_S", 0.3)
    over = threading.Event()
    with echoing(lambda _: over.wait() and None) as where:
        line = opened(where)
        begin_s = time.monotonic()
        with pytest.raises(ServiceError, match="did not answer in time"):
            for _ in range(1000):
                line.send(bytes(PIECE))
        assert time.monotonic() - begin_s < 10
        line.close()
        over.set()


def test_whoever_waits_is_woken_by_abort() -> None:
    with echoing(echo) as where, ExitStack() as resources:
        line = opened(where)
        resources.callback(line.close)
        failed: list[str] = []

        def wait() -> None:
            try:
                line.recv(20)
            except ServiceError as error:
                failed.append(str(error))

        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.1)
        line.abort()
        assert until(lambda: failed, 20)
        thread.join()
