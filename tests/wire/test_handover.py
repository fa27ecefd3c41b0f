"""Connections that one process hands to another."""

from __future__ import annotations

import os
import select
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lib.wire.handover import HandoverPort, HandoverTo, Introduction, hand_over

SAID = Introduction("203.0.113.9", 4711, HandoverTo.JOBS, b"HTTP/1.1 101")


class Taker:
    def __init__(self, resources: ExitStack, folder: Path) -> None:
        self.epoll = select.epoll()
        resources.callback(self.epoll.close)
        self.port = HandoverPort(resources, self.epoll, folder, HandoverTo.JOBS)

    def ready(self) -> bool:
        return [descriptor for descriptor, _ in self.epoll.poll(1)] == [self.port.fileno()]


@pytest.fixture
def taker(tmp_path: Path) -> Iterator[Taker]:
    with ExitStack() as resources:
        yield Taker(resources, tmp_path)


def test_a_connection_goes_over_with_what_is_known_of_it(taker: Taker, tmp_path: Path) -> None:
    near, far = socket.socketpair()
    with near, far:
        assert hand_over(tmp_path, HandoverTo.JOBS, SAID, far.fileno())
        assert taker.ready()
        handed = taker.port.take()
        assert handed and handed.introduction == SAID
        assert handed.introduction.endpoint == ("203.0.113.9", 4711)
        far.close()  # ends nothing
        with handed.connection:
            near.sendall(b"still here")
            assert handed.connection.recv(20) == b"still here"
    assert taker.port.take() is None


def test_only_this_user_gets_there(taker: Taker, tmp_path: Path) -> None:
    assert taker.port.fileno() >= 0
    assert stat.S_IMODE((tmp_path / HandoverTo.JOBS).stat().st_mode) == 0o600


def test_where_nobody_takes_it_the_caller_keeps_it(tmp_path: Path) -> None:
    near, far = socket.socketpair()
    with near, far:
        assert not hand_over(tmp_path, HandoverTo.JOBS, SAID, far.fileno())
        with ExitStack() as resources:
            Taker(resources, tmp_path)
        assert not hand_over(tmp_path, HandoverTo.JOBS, SAID, far.fileno()), "its taker has ended"
        near.sendall(b"whole")
        assert far.recv(9) == b"whole"


def test_one_that_hangs_takes_no_connection_without_end(taker: Taker, tmp_path: Path) -> None:
    near, far = socket.socketpair()
    with near, far:
        taken = sum(hand_over(tmp_path, HandoverTo.JOBS, SAID, far.fileno()) for _ in range(2000))
    assert 0 < taken < 2000
    while handed := taker.port.take():
        handed.connection.close()


def test_rubbish_of_another_program_is_left_alone(taker: Taker, tmp_path: Path) -> None:
    opened = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
        way.connect(str(tmp_path / HandoverTo.JOBS))
        way.send(b"rubbish")
        near, far = socket.socketpair()
        with near, far:
            socket.send_fds(way, [b"rubbish"], [far.fileno()])
            socket.send_fds(way, [b""], [far.fileno(), near.fileno()])
    for _ in range(3):
        assert taker.port.take() is None
    assert len(os.listdir("/proc/self/fd")) == opened  # noqa: PTH208


def test_a_file_that_a_cleaner_removed_is_there_again(taker: Taker, tmp_path: Path) -> None:
    (tmp_path / HandoverTo.JOBS).unlink()
    near, far = socket.socketpair()
    with near, far:
        assert not hand_over(tmp_path, HandoverTo.JOBS, SAID, far.fileno())
        taker.port.tend(time.monotonic())
        assert hand_over(tmp_path, HandoverTo.JOBS, SAID, far.fileno())
        assert taker.ready()
        handed = taker.port.take()
        assert handed
        handed.connection.close()
