"""The feed without keys: real SUB sockets, and strangers."""

from __future__ import annotations

import os
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import psutil
import pytest
import zmq

from lib.wire.guest import Place
from lib.wire.sockets import Socket, feed_in
from lib.wire.viewers import Viewers
from tests.ports import free_ports
from tests.rig import until
from tests.wire.test_door import held
from tests.wire.test_speech import HELLO, SIGNATURE

READY = b"\x04\x19\5READY\x0bSocket-Type\0\0\0\3SUB"
MOST = 8


class Feed:
    """A feed, and who comes."""

    def __init__(self, resources: ExitStack) -> None:
        self.resources = resources
        self.port = free_ports(1)[0]
        self.refused: Counter[str] = Counter()
        place = Place("127.0.0.1", self.port)
        self.viewers = Viewers(resources, place, MOST, 30, self.refused)
        self.longest_s = 0.0
        self.context = zmq.Context()
        resources.callback(self.context.term)

    def viewer(self) -> Socket:
        return feed_in(self.resources, "127.0.0.1", self.port)

    def sub(self, *topics: bytes) -> zmq.Socket[bytes]:
        sub = self.context.socket(zmq.SUB)
        self.resources.callback(sub.close, 0)
        for topic in topics:
            sub.subscribe(topic)
        sub.connect(f"tcp://127.0.0.1:{self.port}")
        return sub

    def send(self, message: bytes = b"picture") -> None:
        start_s = time.monotonic()
        self.viewers.send(message)
        self.longest_s = max(self.longest_s, time.monotonic() - start_s)

    def reaches(self, viewers: list[Socket]) -> bool:
        """A message sent now, or one of those before it."""
        self.send()
        return sum(bool(viewer.poll(20) and viewer.recv()) for viewer in viewers) == len(viewers)

    def stranger(self, say: bytes = b"") -> socket.socket:
        one = socket.create_connection(("127.0.0.1", self.port), timeout=1)
        self.resources.enter_context(one)
        with suppress(OSError):
            one.sendall(say)
        return one


@pytest.fixture
def feed() -> Iterator[Feed]:
    with ExitStack() as resources:
        yield Feed(resources)


def test_messages_of_any_size_come_whole_and_in_order(feed: Feed) -> None:
    sub = feed.sub(b"")
    assert until(lambda: feed.reaches([sub]))
    while sub.poll(100):
        sub.recv()
    messages = [os.urandom(size) for size in (0, 1, 255, 256, 60_000, 3_000_000, 5)]
    for message in messages:
        feed.send(message)
        assert sub.poll(2000)
        assert sub.recv() == message


def test_only_what_was_asked_for_comes(feed: Feed) -> None:
    pictures, nothing, late = feed.sub(b"pic", b"x"), feed.sub(b"y"), feed.sub()
    assert until(lambda: feed.reaches([pictures]))
    assert not nothing.poll(50) and not late.poll(0)
    late.subscribe(b"")
    assert until(lambda: feed.reaches([late]))
    late.unsubscribe(b"")

    def silent() -> bool:
        while late.poll(0):
            late.recv()
        feed.send()
        return not late.poll(30)

    assert until(silent)


def test_who_does_not_read_loses_frames_and_slows_nobody(feed: Feed) -> None:
    slow = feed.stranger(HELLO + READY)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 * 1024)
    heard = b""
    while b"READY" not in heard:
        heard += slow.recv(100)
    slow.sendall(b"\0\1\1")
    viewer = feed.viewer()
    assert until(lambda: feed.reaches([viewer]))
    before = psutil.Process().memory_info().rss
    for _ in range(300):
        feed.send(bytes(60_000))
        assert viewer.poll(1000)
        viewer.recv()
    assert feed.longest_s < 0.3
    assert psutil.Process().memory_info().rss - before < 8 * 1024 * 1024
    slow.settimeout(0.3)
    size = 0
    with suppress(TimeoutError):
        while part := slow.recv(1 << 20):
            size += len(part)
    assert 60_000 < size < 60_000 * 60, "what it gets late is little"
    assert until(lambda: feed.reaches([viewer]))


def test_old_libraries_are_served(feed: Feed) -> None:
    old = feed.stranger(SIGNATURE + b"\1\2" + b"\0\0" + b"\0\1\1")
    heard = b""

    def hears() -> bool:
        nonlocal heard
        feed.send()
        heard += old.recv(1000)
        return b"picture" in heard

    assert until(hears)


TALKS = {
    "subscriptions": lambda number: b"\0\x09\1" + number.to_bytes(8, "little"),
    "commands": lambda number: b"\4\x12\x09SUBSCRIBE" + number.to_bytes(8, "little"),
    "parts of a message": lambda _: b"\1\0",
    "heartbeats": lambda _: b"\4\x09\4PING\0\0ab",
    "long ones": lambda _: b"\2" + (300).to_bytes(8, "big") + bytes(300),
    "wrong ones": lambda _: b"\0\3abc",
}


@pytest.mark.parametrize("talk", TALKS)
def test_who_says_what_no_viewer_says_is_let_go(feed: Feed, talk: str) -> None:
    viewers = [feed.viewer(), feed.viewer()]
    assert until(lambda: feed.reaches(viewers))
    before = psutil.Process().memory_info().rss
    stranger = feed.stranger(HELLO + READY)

    def flood() -> bool:
        with suppress(OSError):
            for number in range(200):
                stranger.sendall(TALKS[talk](number))
        return bool(feed.refused)

    assert until(flood)
    assert feed.reaches(viewers)
    assert feed.longest_s < 0.3
    assert psutil.Process().memory_info().rss - before < 10 * 1024 * 1024


def test_silent_ones_make_room_and_viewers_do_not(feed: Feed) -> None:
    for _ in range(40):
        feed.stranger()
    viewers = [feed.viewer() for _ in range(MOST)]
    assert until(lambda: feed.reaches(viewers))
    for _ in range(20):
        feed.stranger(HELLO + READY)
    assert until(lambda: feed.refused["too many viewers"] >= 20)
    assert feed.reaches(viewers)


def test_closing_leaves_nothing() -> None:
    before = held()
    with ExitStack() as resources:
        feed = Feed(resources)
        viewers = [feed.viewer()]
        assert until(lambda: feed.reaches(viewers))
    assert until(lambda: held() == before, 3)
