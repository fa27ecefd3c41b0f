from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from lib.feed.reader import FeedAddress, FeedReader
from lib.observe import Tally
from lib.wire.messages import Picture, encode
from lib.wire.sockets import Socket, feed_out
from tests.ports import free_ports

NOW = 1_700_000_000_000
S = 1_000_000_000


class Stand:
    def __init__(self, resources: ExitStack) -> None:
        (port,) = free_ports(1)
        self.feed: Socket = feed_out(resources, "127.0.0.1", port)
        self.tally = Tally()
        self.reader = FeedReader(resources, FeedAddress("127.0.0.1", port), self.tally, 2, 4)
        deadline = time.monotonic() + 5
        while not self.tally.counts["in"]:  # until the subscription has arrived
            self.feed.send(encode(Picture(NOW, 1, b"hello")))
            self.reader.read(20)
            assert time.monotonic() < deadline
        while self.reader.connection.socket.poll(50):
            self.reader.connection.recv()
        self.tally.counts.clear()

    def send(self, data: bytes) -> None:
        # libzmq learns at most once a millisecond that there is room for more.
        time.sleep(0.002)
        self.feed.send(data)

    def brings(self, index: int, timestamp: int) -> Picture | None:
        self.send(encode(Picture(timestamp, index, b"jpg")))
        return self.reader.read(2000)


@pytest.fixture
def stand() -> Iterator[Stand]:
    with ExitStack() as resources:
        yield Stand(resources)


def test_pictures_come_in_order_and_none_from_before_the_one_put_out(stand: Stand) -> None:
    first = stand.brings(10, NOW)
    assert first == Picture(NOW, 10, b"jpg")
    stand.reader.put_out(first, 0)
    assert stand.brings(9, NOW - 33) is None
    assert stand.brings(10, NOW) is None
    assert stand.brings(11, NOW + 33) is not None
    assert stand.brings(0, NOW + 2000) is not None, "the primary has started again"
    assert stand.tally.counts == {"in": 5, "old": 2}


def test_what_was_not_put_out_holds_nothing_back(stand: Stand) -> None:
    assert stand.brings(10, NOW) is not None
    assert stand.brings(9, NOW - 33) is not None


def test_of_many_pictures_the_newest_is_read(stand: Stand) -> None:
    for index in range(20):
        stand.send(encode(Picture(NOW + index, index, b"jpg")))
    time.sleep(0.2)
    picture = stand.reader.read(2000)
    assert picture and picture.index == 19
    assert stand.reader.read(0) is None
    assert stand.tally.counts == {"in": 1}


def test_what_can_not_be_read_is_counted_and_reported_once_a_second(
    stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        stand.send(b"\xc1")
        assert stand.reader.read(2000) is None
    assert stand.tally.counts == {"in": 3, "bad": 3}
    lines = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) == 1


def test_the_last_picture_is_held_then_fades(stand: Stand) -> None:
    reader = stand.reader
    assert reader.opacity(0) == 0 and reader.rests_ns(0) is None
    picture = stand.brings(1, NOW)
    assert picture
    reader.put_out(picture, 0)
    assert reader.opacity(2 * S) == 1 and reader.rests_ns(S) == S
    assert reader.opacity(4 * S) == 0.5
    assert reader.opacity(6 * S) == 0 and reader.rests_ns(6 * S) is None
    reader.hold(5 * S)
    assert reader.opacity(7 * S) == 1
