"""The bad line of the chaos suite: as slow, as late and as silent as it was told to be."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bench.faults.proxy import SEGMENT, Direction, Line, Proxy

LOCAL = "127.0.0.1"


class Echo(threading.Thread):
    """The other side: sends back what it gets, or reads nothing."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._listener = socket.create_server((LOCAL, 0))
        self.port = int(self._listener.getsockname()[1])
        self.reads = threading.Event()
        self.reads.set()

    def run(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._echo, args=(connection,), daemon=True).start()

    def _echo(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while self.reads.wait() and (data := connection.recv(65536)):
                connection.sendall(data)

    def close(self) -> None:
        self.reads.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.join()


@pytest.fixture
def echo() -> Iterator[Echo]:
    echo = Echo()
    echo.start()
    yield echo
    echo.close()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with Proxy(LOCAL, [echo.port]) as proxy:
        yield proxy


@pytest.fixture
def near(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection((LOCAL, proxy.ports[0]), timeout=20) as near:
        assert round_trip_s(near, b"hello") < 5
        yield near


def round_trip_s(near: socket.socket, data: bytes) -> float:
    began_s = time.monotonic()
    sender = threading.Thread(target=near.sendall, args=(data,), daemon=True)
    sender.start()
    got = b""
    while len(got) < len(data):
        piece = near.recv(65536)
        assert piece, "the line was closed"
        got += piece
    sender.join()
    assert got == data
    return time.monotonic() - began_s


def test_bandwidth(proxy: Proxy, near: socket.socket) -> None:
    proxy.become(Line(mbit_s=20))
    data = bytes(range(256)) * 4000
    assert round_trip_s(near, data) >= 8 * len(data) / 20e6
    proxy.become(Line())
    assert min(round_trip_s(near, data) for _ in range(5)) < 8 * len(data) / 20e6


def test_delay_is_there_in_both_directions(proxy: Proxy, near: socket.socket) -> None:
    proxy.become(Line(delay_ms=50, jitter_ms=50))
    assert 0.1 <= round_trip_s(near, b"x") < 3
    proxy.become(Line())
    assert min(round_trip_s(near, b"x") for _ in range(20)) < 0.1


def test_a_cut_is_silent_and_what_was_said_arrives_when_it_is_healed(
    proxy: Proxy, near: socket.socket
) -> None:
    proxy.cut()
    near.sendall(b"are you there?")
    near.settimeout(0.3)
    with pytest.raises(TimeoutError):
        near.recv(100)
    near.settimeout(20)
    proxy.become(Line())
    got = b""
    while len(got) < 14:
        got += near.recv(100)
    assert got == b"are you there?"


def test_who_offers_more_than_the_line_takes_is_not_read(
    echo: Echo, proxy: Proxy, near: socket.socket
) -> None:
    echo.reads.clear()
    before_kb = resident_kb(proxy.pid)
    near.settimeout(0.5)
    sent = 0
    with pytest.raises(TimeoutError):
        while sent < 64 * 1024 * 1024:
            sent += near.send(bytes(65536))
    assert sent < 32 * 1024 * 1024  # the sockets' own buffers may grow to a few MB
    assert resident_kb(proxy.pid) - before_kb < 4096


def test_it_ends_with_who_started_it(echo: Echo) -> None:
    with Proxy(LOCAL, [echo.port]) as proxy:
        pid = proxy.pid
    assert not Path(f"/proc/{pid}").exists()


def test_a_lost_segment_stalls_the_stream_and_the_same_seed_the_same_way() -> None:
    line = Line(delay_ms=10, loss=0.1)

    def stalls(seed: int, segments: int) -> list[float]:
        way = Direction(seed)
        return [way.arrival_s(line, segments * SEGMENT, now_s=0) - 0.01 for _ in range(3000)]

    single = stalls(7, 1)
    assert single == stalls(7, 1) != stalls(8, 1)
    lost = [stall for stall in single if stall > 0]
    assert 0.08 < len(lost) / 3000 < 0.12
    assert min(lost) == pytest.approx(0.2)  # nothing follows it: tried again after a while
    assert max(lost) > 0.5  # and again
    many = stalls(7, 4)
    assert min(stall for stall in many if stall > 0) == pytest.approx(0.02)  # a round trip
    good = Direction(7)
    assert [good.arrival_s(Line(), SEGMENT, now_s) for now_s in (1, 2)] == [1, 2]


def resident_kb(pid: int) -> int:
    words = Path(f"/proc/{pid}/status").read_text().split()
    return int(words[words.index("VmRSS:") + 1])
