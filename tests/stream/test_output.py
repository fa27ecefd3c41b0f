"""The ways out of the show, over real sockets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import msgpack
import pytest
import zmq

from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.stream.frame import Frame
from lib.stream.publish import Finished, Publish
from tests.ports import free_ports
from tests.rig import primary, until
from tests.stream.test_flicker_probe import painted, same, source


@pytest.fixture
def settings() -> PrimarySettings:
    return primary(playout="fast", plain_port=free_ports(1)[0])


@pytest.fixture
def publish(settings: PrimarySettings) -> Iterator[Publish]:
    stage = Publish(settings)
    stage.start()
    yield stage
    assert stage.stop()


class Viewers:
    def __init__(self, resources: ExitStack, *ports: int) -> None:
        context = resources.enter_context(zmq.Context())
        self.sockets = [resources.enter_context(context.socket(zmq.SUB)) for _ in ports]
        for socket, port in zip(self.sockets, ports, strict=True):
            socket.subscribe(b"")
            socket.connect(f"tcp://127.0.0.1:{port}")


def put(publish: Publish, number: int) -> None:
    now_ns, turn = time.monotonic_ns(), number % 8
    frame = Frame(source(turn), now_ns, time.time(), Size(256, 256))
    jpg = memoryview(painted(same, turn))
    publish.finished.put(Finished(number, now_ns, now_ns - 1, frame, jpg, now_ns, now_ns, {}))
    time.sleep(0.005)


def test_the_plain_feed_has_the_same_pictures_and_nothing_else(
    publish: Publish, settings: PrimarySettings
) -> None:
    with ExitStack() as resources:
        viewers = Viewers(resources, settings.output_port, settings.plain_port)
        number = 0
        while not all(socket.poll(0) for socket in viewers.sockets):
            put(publish, number := number + 1)
            assert number < 1000
        put(publish, number + 1)
        feed, plain = viewers.sockets
        wanted = {msgpack.unpackb(feed.recv())[2] for _ in range(2) if feed.poll(1000)}
        shown = [plain.recv_multipart() for _ in range(2) if plain.poll(1000)]
        assert all(len(parts) == 1 and parts[0][:2] == b"\xff\xd8" for parts in shown)
        assert wanted & {parts[0] for parts in shown}


def test_who_reads_no_picture_holds_up_nobody(publish: Publish, settings: PrimarySettings) -> None:
    with ExitStack() as resources:
        asleep = Viewers(resources, *[settings.plain_port] * 3)
        for socket in asleep.sockets:
            socket.setsockopt(zmq.RCVHWM, 1)
        awake = Viewers(resources, settings.output_port)
        number = 0
        while not awake.sockets[0].poll(0):
            put(publish, number := number + 1)
        got = 0
        for _ in range(300):
            put(publish, number := number + 1)
            while awake.sockets[0].poll(0):
                awake.sockets[0].recv()
                got += 1
        assert until(lambda: publish.tally.counts["out"] >= number, 20)
        assert got > 250
        times = publish.held.times()
        assert times and times.p99 < 100


def test_without_its_port_there_is_no_plain_feed() -> None:
    stage = Publish(primary(playout="fast"))
    stage.start()
    assert len(stage._outputs) == 1
    assert stage.stop()
