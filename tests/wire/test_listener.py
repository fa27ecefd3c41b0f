"""The listener without ZMTP: lines of text, as an older protocol might speak them."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from lib.wire import listener as module
from lib.wire.listener import Connection, Listener
from lib.wire.tcp import Endpoint, Limits
from tests.ports import free_ports
from tests.rig import until


class EchoListener(Listener[Connection]):
    """Says each line again; a first line introduces a connection, and `stay` makes it of use."""

    def _meet(self, connection: socket.socket, endpoint: Endpoint, now_s: float) -> Connection:
        return Connection(socket=connection, endpoint=endpoint, since_s=now_s)

    def _greet(self, connection: Connection) -> None:
        self._answer(connection, bytearray(b"hello\n"))

    def _on_data(self, connection: Connection, data: memoryview) -> None:
        said = bytes(data)
        connection.is_introduced = connection.is_introduced or b"\n" in said
        connection.is_proven = connection.is_proven or said == b"stay\n"
        if said == b"much\n":
            self._put(connection, (b"x" * 20_000_000, b"\n"))
        else:
            self._answer(connection, bytearray(said))


class Served:
    def __init__(self, resources: ExitStack, limits: Limits) -> None:
        self.resources = resources
        self.port = free_ports(1)[0]
        self.listener = EchoListener(resources, Endpoint("127.0.0.1", self.port), limits)

    def look(self) -> bool:
        self.listener.poll(0.005)
        self.listener.tend(time.monotonic())
        return True

    def come(self) -> socket.socket:
        one = socket.create_connection(("127.0.0.1", self.port), timeout=2)
        one.setblocking(False)
        return self.resources.enter_context(one)

    def hears(self, one: socket.socket, wanted: bytes, wait_s: float = 3) -> bool:
        heard = b""

        def has() -> bool:
            nonlocal heard
            self.look()
            with suppress(BlockingIOError):
                heard += one.recv(1 << 20)
            return heard.endswith(wanted)

        return until(has, wait_s)

    def is_gone(self, one: socket.socket) -> bool:
        def gone() -> bool:
            self.look()
            try:
                return one.recv(1 << 20) == b""
            except BlockingIOError:
                return False
            except ConnectionError:
                return True

        return until(gone, 3)


@pytest.fixture
def served() -> Iterator[Served]:
    with ExitStack() as resources:
        yield Served(resources, Limits(peers=4, peers_per_address=3))


def test_whatever_is_plugged_in_is_spoken(served: Served) -> None:
    one = served.come()
    assert served.hears(one, b"hello\n")
    one.sendall(b"line\n")
    assert served.hears(one, b"line\n")


def test_what_the_kernel_does_not_take_waits_and_comes_whole(served: Served) -> None:
    one = served.come()
    one.sendall(b"much\n")
    assert until(lambda: served.look() and bool(served.listener._connections))
    connection = next(iter(served.listener._connections.values()))
    assert until(lambda: served.look() and connection.queue.messages == 1)
    assert served.hears(one, b"x\n", 8)
    assert connection.queue.messages == connection.queue.octets == 0


def test_those_of_no_use_make_room_and_the_others_stay(served: Served) -> None:
    useful = [served.come() for _ in range(2)]
    for one in useful:
        one.sendall(b"stay\n")
        assert served.hears(one, b"stay\n")
    idle = served.come()
    assert served.hears(idle, b"hello\n")
    late = served.come()
    assert served.hears(late, b"hello\n") and served.is_gone(idle)
    late.sendall(b"stay\n")
    assert served.hears(late, b"stay\n")
    refused = served.come()
    assert served.is_gone(refused)
    assert served.listener.refused == {"was idle": 1, "too many workers from one address": 1}


def test_one_that_says_nothing_or_does_not_read_is_let_go(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HELLO_S", 0.2)
    silent = served.come()
    assert served.is_gone(silent)
    assert served.listener.refused == {"said nothing": 1}
    deaf = served.come()
    deaf.sendall(b"x\n")

    def flooded() -> int:
        with suppress(BlockingIOError, ConnectionError):
            deaf.send(b"y" * 4096)
        served.look()
        return served.listener.refused["does not read"]

    assert until(flooded, 60, drives=True)
