"""What waits where the kernel takes no more."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from lib.wire.send_queue import SendQueue

BIG = bytes(range(256)) * 4096  # a megabyte, more than both ends' buffers hold


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for end in (ours, theirs):
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        yield ours, theirs


def drain(queue: SendQueue, theirs: socket.socket) -> bytes:
    came = b""
    while True:
        try:
            came += theirs.recv(65536)
        except BlockingIOError:
            if not queue.octets:
                return came
            queue.flush()


def test_parts_arrive_whole_and_in_order(ends: tuple[socket.socket, socket.socket]) -> None:
    queue = SendQueue(ends[0])
    queue.put([b"head", BIG])
    queue.put([b"next", b"", b"one"])
    assert queue.messages == 2 and queue.octets > 0
    assert drain(queue, ends[1]) == b"head" + BIG + b"nextone"
    assert (queue.messages, queue.octets) == (0, 0)


def test_what_the_kernel_takes_at_once_does_not_wait(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    queue = SendQueue(ends[0])
    queue.put([b"head", b"body"])
    assert (queue.messages, queue.octets) == (0, 0)
    assert ends[1].recv(100) == b"headbody"


def test_no_answer_goes_into_the_middle_of_a_message(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    queue = SendQueue(ends[0])
    queue.put([BIG])
    queue.answer(b"PONG")
    assert drain(queue, ends[1]) == BIG
    queue.answer(b"PONG")
    assert drain(queue, ends[1]) == b"PONG"


def test_a_connection_that_ended_is_an_error(ends: tuple[socket.socket, socket.socket]) -> None:
    queue = SendQueue(ends[0])
    ends[1].close()
    with pytest.raises(OSError):
        queue.put([BIG])
