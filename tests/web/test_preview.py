"""The moving picture over real HTTP."""

from __future__ import annotations

import re
import socket
import time
from contextlib import ExitStack

from lib.web.preview import MOST_FPS
from tests.web.conftest import Host, running_host


def connected(host: Host) -> socket.socket:
    return socket.create_connection(("127.0.0.1", host.http_port), timeout=5)


def watch(host: Host, resources: ExitStack) -> socket.socket:
    connection = resources.enter_context(connected(host))
    connection.sendall(b"GET /preview.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return connection


def pictures(connection: socket.socket, seconds: float) -> list[bytes]:
    """What arrives within so many seconds, taken apart as a browser does."""
    data, until = b"", time.monotonic() + seconds
    connection.settimeout(0.2)
    while time.monotonic() < until:
        try:
            data += connection.recv(1 << 20)
        except TimeoutError:
            continue
    # HTTP's own chunks stand between: each of our writes is one
    body = re.sub(rb"\r\n[0-9a-f]+\r\n(?=\r\nContent-Type)", b"", data)
    found = []
    for part in body.split(b"Content-Type: image/jpeg\r\nContent-Length: ")[1:]:
        length, _, rest = part.partition(b"\r\n\r\n")
        if len(rest) >= int(length):
            found.append(rest[: int(length)])
    return found


def test_it_moves_and_is_thinned(host: Host) -> None:
    with ExitStack() as resources:
        seen = pictures(watch(host, resources), 1.5)
    assert 8 <= len(seen) <= MOST_FPS * 1.5 + 2
    assert set(seen) <= set(host.stream.pictures)
    assert len(set(seen)) > 1


def test_the_feed_is_read_only_while_somebody_watches(host: Host) -> None:
    preview = host.preview
    assert preview._reader is None
    with ExitStack() as resources:
        first, second = watch(host, resources), watch(host, resources)
        assert pictures(first, 0.5)
        assert pictures(second, 0.5)
        assert preview.watchers == 2
        reader = preview._reader
        assert reader and reader.alive
    host.wait_until("nobody watches", lambda: preview.watchers == 0)
    assert preview._reader is None
    host.wait_until("the reader's end", lambda: not reader.alive)
    with ExitStack() as resources:
        assert pictures(watch(host, resources), 1.0), "the next one who comes sees it move again"


def test_who_does_not_read_holds_up_nobody(host: Host) -> None:
    with ExitStack() as resources:
        host.stream.pictures = [b"\xff\xd8" + bytes([n]) * 400_000 for n in range(3)]
        asleep = watch(host, resources)
        asleep.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        awake = watch(host, resources)
        assert len(pictures(awake, 2.0)) >= 10
        assert host.client.get("/status").json()["watchers"] == 2


def test_there_is_a_limit_to_those_who_watch(host: Host) -> None:
    with ExitStack() as resources:
        for _ in range(host.preview.most):
            watch(host, resources)
        host.wait_until("all watch", lambda: host.preview.full)
        for address in ("/preview.mjpg", "/picture.jpg"):
            answer = host.client.get(address)
            assert answer.status_code == 503
            assert "browsers are watching" in answer.json()["detail"]


def test_the_limit_holds_for_those_who_come_at_once() -> None:
    ask = b"GET /preview.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with running_host(max_pages=4) as host:
        for _ in range(2):  # all seats are given back
            with ExitStack() as resources:
                crowd = [resources.enter_context(connected(host)) for _ in range(60)]
                for one in crowd:
                    one.sendall(ask)
                answers = [one.recv(4096).split()[1] for one in crowd]
                assert (answers.count(b"200"), answers.count(b"503")) == (4, 56)
                assert host.preview.watchers == 4
            host.wait_until("nobody watches", lambda: host.preview.watchers == 0)
            for _ in range(60):  # they leave before anything is answered
                with connected(host) as one:
                    one.sendall(ask)
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1] + [0] * 7))
            assert host.client.get("/healthz").status_code == 200  # it has seen all of them
            host.wait_until("nobody watches", lambda: host.preview.watchers == 0)


def test_the_server_ends_while_somebody_watches(host: Host) -> None:
    with ExitStack() as resources:
        connection = watch(host, resources)
        assert pictures(connection, 0.5)
        asleep = watch(host, resources)
        before = time.monotonic()
        assert host.web.stop(timeout=1.0)
        assert time.monotonic() - before < 1.0
        assert host.web.failure is None
        asleep.close()


def test_one_picture_is_that_which_goes_out(host: Host) -> None:
    host.stream.pictures = [b"\xff\xd8 the only one"]
    answer = host.client.get("/picture.jpg")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content == b"\xff\xd8 the only one"
    host.wait_until("nobody watches", lambda: host.preview.watchers == 0)
    host.stream.stop()
    answer = host.client.get("/picture.jpg")
    assert answer.status_code == 503
    assert answer.json() == {"detail": "there is no current picture"}
