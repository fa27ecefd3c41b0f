"""The feed and its viewers, honest ones and others, over real sockets."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import psutil
import pytest

from lib.wire.sockets import Socket, feed_in, feed_out
from lib.wire.usher import Usher
from tests.ports import free_ports
from tests.rig import until
from tests.wire.test_door import held
from tests.wire.test_speech import HELLO

READY = b"\x04\x19\5READY\x0bSocket-Type\0\0\0\3SUB"
MOST = 6


class Feed:
    """A PUB, its usher, and who comes."""

    def __init__(self, resources: ExitStack) -> None:
        self.resources = resources
        self.port = free_ports(1)[0]
        self.refused: Counter[str] = Counter()
        self.usher = Usher(MOST, self.refused)
        self.pub = feed_out(resources, "127.0.0.1", self.port, usher=self.usher)
        self.longest_s = 0.0

    def viewer(self) -> Socket:
        return feed_in(self.resources, "127.0.0.1", self.port)

    def reaches(self, viewers: list[Socket]) -> bool:
        """A message sent now, or one of those before it."""
        start_s = time.monotonic()
        self.pub.send(b"picture")
        self.longest_s = max(self.longest_s, time.monotonic() - start_s)
        return all([viewer.poll(20) and viewer.recv() for viewer in viewers])  # noqa: C419 - each

    def stranger(self, say: bytes = b"") -> socket.socket:
        one = socket.create_connection(("127.0.0.1", self.port), timeout=0.2)
        self.resources.enter_context(one)
        with suppress(OSError):
            one.sendall(say)
        return one


@pytest.fixture
def feed() -> Iterator[Feed]:
    with ExitStack() as resources:
        yield Feed(resources)


TALKS = {
    "subscriptions": lambda number: b"\0\x09\1" + number.to_bytes(8, "little"),
    "parts of a message": lambda _: b"\1\0",
    "heartbeats": lambda _: b"\4\x09\4PING\0\0ab",
}


@pytest.mark.parametrize("talk", TALKS)
def test_who_says_more_than_a_viewer_says_is_shown_out(feed: Feed, talk: str) -> None:
    viewers = [feed.viewer(), feed.viewer()]
    assert until(lambda: feed.reaches(viewers))
    before = psutil.Process().memory_info().rss
    stranger = feed.stranger(HELLO + READY)
    heard = b""
    while b"READY" not in heard:
        heard += stranger.recv(200)

    def flood() -> bool:
        with suppress(OSError):
            for number in range(200):
                stranger.sendall(TALKS[talk](number))
        feed.reaches([])
        return bool(feed.refused["says more than a viewer says"])

    assert until(flood)
    assert until(lambda: feed.reaches(viewers))
    assert feed.longest_s < 0.5
    assert psutil.Process().memory_info().rss - before < 150 * 1024 * 1024


def test_silent_ones_go_before_viewers_do(feed: Feed) -> None:
    viewers = [feed.viewer() for _ in range(MOST - 1)]
    assert until(lambda: feed.reaches(viewers))
    for _ in range(40):
        feed.stranger()
    assert until(lambda: feed.refused["too many viewers"] >= 40 - MOST)
    late = feed.viewer()
    assert until(lambda: feed.reaches([*viewers, late]))
    assert feed.reaches(viewers), "they were let go, too"


def test_no_more_than_allowed_and_who_came_first_stays(feed: Feed) -> None:
    viewers = [feed.viewer() for _ in range(MOST)]
    assert until(lambda: feed.reaches(viewers))
    assert until(lambda: len(feed.usher._guests) == MOST)  # or all would have come at once
    strangers = [feed.stranger(HELLO + READY) for _ in range(5)]
    assert until(lambda: feed.refused["too many viewers"] >= len(strangers))
    assert until(lambda: feed.reaches(viewers), 1)


def test_a_viewer_may_stay(feed: Feed) -> None:
    """Others' sockets of this process are not its matter, and heartbeats are not too much."""
    other = feed.resources.enter_context(socket.create_server(("127.0.0.1", 0)))
    there = feed.resources.enter_context(socket.create_connection(other.getsockname()))
    here = feed.resources.enter_context(other.accept()[0])
    there.sendall(bytes(60_000))
    viewer = feed.viewer()
    assert until(lambda: feed.reaches([viewer]))
    end_s = time.monotonic() + 1.5
    while time.monotonic() < end_s:
        assert until(lambda: feed.reaches([viewer])) and not feed.refused
    there.sendall(b"x")
    assert here.recv(10) and feed.usher.alive


def test_who_does_not_speak_zeromq_is_counted(feed: Feed) -> None:
    viewers = [feed.viewer(), feed.viewer()]
    assert until(lambda: feed.reaches(viewers))
    for say in (b"", b"GET / HTTP/1.1\r\n\r\n", bytes(300)):
        feed.stranger(say)
    assert until(lambda: feed.refused["does not speak ZeroMQ"] == 3), feed.refused
    assert not until(lambda: sum(feed.refused.values()) > 3, 1.5), feed.refused
    assert feed.reaches(viewers)


def test_closing_leaves_nothing() -> None:
    before = held()
    with ExitStack() as resources:
        feed = Feed(resources)
        viewers = [feed.viewer()]
        assert until(lambda: feed.reaches(viewers))
    assert until(lambda: held() == before, 3)
