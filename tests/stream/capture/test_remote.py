from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import msgspec
import pytest

from lib.core.geometry import Size
from lib.observe import Tally
from lib.pictures.header import read_header
from lib.stream.capture import remote
from lib.stream.capture.remote import Remote
from lib.stream.frame import Frame
from lib.wire.messages import Picture, encode
from lib.wire.sockets import Socket, feed_out
from tests.pictures.samples import busy, encoded
from tests.ports import free_ports
from tests.stream.capture.helpers import SIZE, level, plain_jpeg, settings


@pytest.fixture
def resources() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


def start(resources: ExitStack, port: int, host: str = "127.0.0.1") -> Remote:
    source = Remote(settings(mode="zmq", video_hostname=host, video_port=port))
    source.tally = Tally()
    source.open(resources)
    return source


def until_frame(source: Remote, publisher: Socket, message: bytes) -> Frame:
    """Send until it arrives: a subscriber misses what was sent before it had connected."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        publisher.send(message)
        if frame := source.read():
            return frame
    raise AssertionError("no frame came")


def now_ms() -> int:
    return int(time.time() * 1000)


def test_pictures_come_in_and_keep_their_capture_time(resources: ExitStack, port: int) -> None:
    publisher, source = feed_out(resources, "127.0.0.1", port), start(resources, port)
    sent_ms = now_ms() - 700
    frame = until_frame(source, publisher, encode(Picture(sent_ms, 5, plain_jpeg(90))))
    assert frame.jpg == plain_jpeg(90) and frame.timestamp == sent_ms / 1000
    assert abs(time.monotonic_ns() - frame.captured_ns) < 10**9
    wide = plain_jpeg(170, Size(256, 128))
    frame = until_frame(source, publisher, encode(Picture(now_ms(), 6, wide)))
    while level(frame.jpg) != 170:
        frame = until_frame(source, publisher, encode(Picture(now_ms(), 6, wide)))
    assert read_header(frame.jpg).size == SIZE


@pytest.mark.parametrize("timestamp", [0, 2**52])
def test_a_clock_that_is_wrong_is_not_believed(
    resources: ExitStack, port: int, timestamp: int
) -> None:
    publisher, source = feed_out(resources, "127.0.0.1", port), start(resources, port)
    frame = until_frame(source, publisher, encode(Picture(timestamp, 0, plain_jpeg(90))))
    assert abs(frame.timestamp - time.time()) < 1


def test_what_is_no_picture_is_counted_and_dropped(resources: ExitStack, port: int) -> None:
    publisher, source = feed_out(resources, "127.0.0.1", port), start(resources, port)
    until_frame(source, publisher, encode(Picture(now_ms(), 0, plain_jpeg(10))))
    whole = encoded(busy(SIZE))
    bad = [
        b"garbage!!",
        b"",
        msgspec.msgpack.encode([now_ms(), 1]),
        msgspec.msgpack.encode({"jpg": whole}),
        msgspec.msgpack.encode([now_ms(), -1, whole]),
        encode(Picture(now_ms(), 1, b"no jpeg")),
        encode(Picture(now_ms(), 1, whole[: len(whole) // 2])),
        encode(Picture(now_ms(), 1, whole[: len(whole) // 2] + b"\xff\xd9")),
    ]
    while source.read():  # what is still on its way
        pass
    for message in bad:
        before, end = source.tally.counts["bad"], time.monotonic() + 3
        while source.tally.counts["bad"] == before and time.monotonic() < end:
            publisher.send(message)  # again: its small queue may just have been full
            assert source.read() is None
        assert source.tally.counts["bad"] > before, message[:40]
    frame = until_frame(source, publisher, encode(Picture(now_ms(), 2, whole)))
    assert frame.jpg == whole


def test_only_the_newest_of_what_waits_is_taken(resources: ExitStack, port: int) -> None:
    publisher, source = feed_out(resources, "127.0.0.1", port), start(resources, port)
    until_frame(source, publisher, encode(Picture(now_ms(), 0, plain_jpeg(10))))
    while source.read():
        pass
    for grey in range(20, 210, 10):
        publisher.send(encode(Picture(now_ms(), grey, plain_jpeg(grey))))
        time.sleep(0.005)  # the publisher's own queue holds two
    time.sleep(0.1)
    frame = source.read()
    assert frame and level(frame.jpg) == 200
    assert source.read() is None


def test_silence_is_said_in_plain_words(
    resources: ExitStack, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_SILENCE_NS", 150_000_000)
    source = start(resources, port)
    start_s = time.monotonic()
    assert source.read() is None
    assert time.monotonic() - start_s < 0.2 and source.warning is None
    for _ in range(3):
        source.read()
    assert source.warning == f"nothing heard from 127.0.0.1:{port} for more than a second"
    publisher = feed_out(resources, "127.0.0.1", port)  # it starts late
    until_frame(source, publisher, encode(Picture(now_ms(), 0, plain_jpeg(10))))
    assert source.warning is None
    time.sleep(0.2)
    publisher.send(b"garbage")
    time.sleep(0.1)
    source.read()
    source.read()
    assert source.warning is not None and "nothing that can be shown" in source.warning


def test_a_host_that_nobody_knows_is_silence_and_no_failure(
    resources: ExitStack, port: int
) -> None:
    source = start(resources, port, host="no-such-host.invalid")
    assert source.read() is None


def test_a_message_of_several_parts_is_refused_and_ends_nothing(
    resources: ExitStack, port: int
) -> None:
    """With CONFLATE libzmq 4.3.5 ends the process there."""
    publisher, source = feed_out(resources, "127.0.0.1", port), start(resources, port)
    good = encode(Picture(now_ms(), 5, plain_jpeg(90)))
    until_frame(source, publisher, good)
    for _ in range(20):
        publisher.send_multipart([good, good, good])
        source.read()
        publisher.send_multipart([b"", b""])
    assert source.tally.counts["bad"] >= 1
    until_frame(source, publisher, good)
