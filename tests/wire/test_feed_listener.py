"""The feed, with and without keys: real SUB sockets, and strangers."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
import zmq

from lib.wire.feed_listener import FeedListener
from lib.wire.keys import primary_key, viewer_key
from lib.wire.sockets import Socket, feed_in
from lib.wire.tcp import Endpoint
from lib.zmtp.framing import Message
from lib.zmtp.peer import Peer
from tests.ports import free_ports
from tests.rig import until
from tests.wire.locks import keys
from tests.wire.test_worker_listener import held
from tests.zmtp.test_peer import HELLO, SIGNATURE

READY = b"\x04\x19\5READY\x0bSocket-Type\0\0\0\3SUB"
MOST = 8


class Feed:
    """A feed, and who comes."""

    def __init__(self, resources: ExitStack, folder: Path | None = None) -> None:
        """`folder`: where its keys are to be made; None: it has none."""
        self.resources = resources
        self.port = free_ports(1)[0]
        home = str(keys(folder)) if folder else ""
        self.key = viewer_key(home)
        endpoint = Endpoint("127.0.0.1", self.port)
        self.listener = FeedListener(resources, endpoint, MOST, 30, primary_key(home))
        self.refused = self.listener.refused
        self.longest_s = 0.0
        self.context = zmq.Context()
        resources.callback(self.context.term)

    def viewer(self) -> Socket:
        return feed_in(self.resources, "127.0.0.1", self.port, self.key)

    def sub(self, *topics: bytes) -> zmq.Socket[bytes]:
        sub = self.context.socket(zmq.SUB)
        if self.key:
            sub.curve_publickey, sub.curve_secretkey = self.key.public, self.key.secret
            sub.curve_serverkey = self.key.server
        self.resources.callback(sub.close, 0)
        for topic in topics:
            sub.subscribe(topic)
        sub.connect(f"tcp://127.0.0.1:{self.port}")
        return sub

    def send(self, message: bytes = b"picture") -> None:
        start_s = time.monotonic()
        self.listener.send(message)
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


@pytest.fixture(params=[False, True], ids=["null", "curve"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Feed]:
    """With keys or without."""
    with ExitStack() as resources:
        yield Feed(resources, tmp_path / "keys" if request.param else None)


def test_messages_of_any_size_come_whole_and_in_order(either: Feed) -> None:
    sub = either.sub(b"")
    assert until(lambda: either.reaches([sub]))
    while sub.poll(100):
        sub.recv()
    messages = [os.urandom(size) for size in (0, 1, 255, 256, 60_000, 3_000_000, 5)]
    for message in messages:
        either.send(message)
        assert sub.poll(2000)
        assert sub.recv() == message


def test_a_message_in_pieces_comes_as_one_and_none_of_it_is_copied(either: Feed) -> None:
    sub, by_topic = either.sub(b""), either.sub(b"0" * 250 + b"1")
    assert until(lambda: either.reaches([sub]))
    while sub.poll(100):
        sub.recv()
    whole = b"0" * 250 + b"1" * 5000 + os.urandom(2_000_000)
    pieces = [memoryview(whole)[a:b] for a, b in pairwise((0, 7, 7, 249, 251, 5000, len(whole)))]

    def came() -> bool:
        either.listener.send(*pieces)
        assert sub.poll(2000) and sub.recv() == whole
        return bool(by_topic.poll(20)) and by_topic.recv() == whole

    assert until(came)
    either.listener.send(*pieces[1:])
    assert sub.poll(2000) and sub.recv() == whole[7:]
    while by_topic.poll(50):
        assert by_topic.recv() == whole, "it begins in another way, and was not asked for"


def test_only_what_was_asked_for_comes(either: Feed) -> None:
    pictures, nothing, late = either.sub(b"pic", b"x"), either.sub(b"y"), either.sub()
    assert until(lambda: either.reaches([pictures]))
    assert not nothing.poll(50) and not late.poll(0)
    late.subscribe(b"")
    assert until(lambda: either.reaches([late]))
    late.unsubscribe(b"")

    def silent() -> bool:
        while late.poll(0):
            late.recv()
        either.send()
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
        assert viewer.poll(10_000)
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

    assert until(flood, drives=True)
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


@pytest.mark.parametrize("locked", [False, True], ids=["null", "curve"])
def test_closing_leaves_nothing(locked: bool, tmp_path: Path) -> None:
    before = held()
    with ExitStack() as resources:
        feed = Feed(resources, tmp_path if locked else None)
        viewers = [feed.viewer()]
        assert until(lambda: feed.reaches(viewers))
    assert until(lambda: held() == before, 20)


def test_no_more_than_allowed_and_who_came_first_stays(either: Feed) -> None:
    viewers = [either.viewer() for _ in range(MOST)]
    assert until(lambda: either.reaches(viewers))
    strangers = [either.stranger(HELLO) for _ in range(5)]
    assert until(lambda: either.refused["too many viewers"] >= len(strangers))
    assert either.reaches(viewers), "they were let go, too"


def test_strangers_who_take_all_places_keep_this_hosts_own_viewers_not_out(feed: Feed) -> None:
    """This host has 127.0.0.1 here, and 127.0.0.2 is somebody else."""
    guests = []
    for _ in range(MOST):
        guest = socket.socket()
        feed.resources.enter_context(guest).bind(("127.0.0.2", 0))
        guest.connect(("127.0.0.1", feed.port))
        guest.sendall(HELLO + READY + b"\0\1\1")
        guests.append(guest)
    here = feed.listener._connections
    assert until(lambda: sum(one.is_proven for one in list(here.values())) == MOST)
    screen, page = feed.viewer(), feed.viewer()
    assert until(lambda: feed.reaches([screen, page]))
    assert feed.refused["too many viewers"] == 2
    assert sum(one.host == "127.0.0.2" for one in list(here.values())) == MOST - 2


def test_a_viewer_may_stay(either: Feed) -> None:
    """Its heartbeats, sealed or not, are not too much."""
    viewer = either.viewer()
    assert until(lambda: either.reaches([viewer]))
    end_s = time.monotonic() + 2.5
    while time.monotonic() < end_s:
        assert until(lambda: either.reaches([viewer])) and not either.refused


@pytest.mark.parametrize("say", [b"GET / HTTP/1.1\r\n\r\n", bytes(300)])
def test_who_does_not_speak_zeromq_is_counted(either: Feed, say: bytes) -> None:
    viewers = [either.viewer(), either.viewer()]
    assert until(lambda: either.reaches(viewers))
    either.stranger(say)
    assert until(lambda: either.refused == {"does not speak ZeroMQ": 1}), either.refused
    either.stranger(b"")
    assert until(lambda: either.refused["said nothing"] == 1), either.refused
    assert either.reaches(viewers)


def test_sending_does_not_wait_for_the_cipher(tmp_path: Path) -> None:
    """What is sealed is sealed on the thread that serves the viewers."""
    with ExitStack() as resources:
        feed = Feed(resources, tmp_path)
        viewers = [feed.viewer() for _ in range(MOST)]
        assert until(lambda: feed.reaches(viewers))
        names = set[str]()
        encode = Peer.encode

        def noting(peer: Peer, message: bytes) -> tuple[Message, ...]:
            names.add(threading.current_thread().name)
            return encode(peer, message)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Peer, "encode", noting)
            assert until(lambda: feed.reaches(viewers))
        assert names == {"viewers"}


def test_known_viewers_that_subscribe_without_end_are_let_go(either: Feed) -> None:
    sub = either.sub(*[b"%d" % number for number in range(100)])
    reason = "subscribes to more than a viewer wants"
    assert until(lambda: either.refused[reason] + either.refused["says more than a viewer says"])
    assert sub
