"""The broker and the input, over real sockets: framing, greeting, numbers, and who may spoil it."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lib.core.waves import look_ahead
from lib.signals.__main__ import settings_of
from lib.signals.broker.band_input import BandInput, bands_in
from lib.signals.broker.broker import FOLLOWS, Broker, BrokerNumbers
from lib.signals.broker.loop_source import LoopSource
from lib.signals.bus import Bus
from lib.signals.run import signal_parts
from lib.signals.sources import Sources
from lib.signals.table import SOURCES
from tests.ports import free_ports
from tests.rig import until
from tests.signals import stand
from tests.signals.stand import parts_with

HELLO = b'{"connect": 1}\0'


OPEN: list[socket.socket] = []


@pytest.fixture(autouse=True)
def hang_up() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


class Client:
    def __init__(self, port: int, receive_buffer: int = 0) -> None:
        self.socket = socket.socket()
        OPEN.append(self.socket)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", port))
        self.say(HELLO)

    def say(self, text: bytes) -> None:
        self.socket.sendall(struct.pack("<I", len(text)) + text)

    def raw(self) -> bytes:
        (length,) = struct.unpack("<I", self._exactly(4))
        return self._exactly(length)

    def read(self) -> object:
        return json.loads(self.raw()[:-1])

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionError
            data += part
        return data


class Ports:
    def __init__(self, sources: Sources, bus: Bus, broker: int, bands: int) -> None:
        self.sources, self.bus, self.broker, self.bands = sources, bus, broker, bands

    def counts(self, name: str) -> dict[str, int]:
        return next(one.counts for one in self.sources.status() if one.name == name)


@contextmanager
def running(with_bands: bool = True) -> Iterator[Ports]:
    broker, bands = free_ports(2)
    parts = signal_parts(settings_of(broker, bands if with_bands else 0), None)
    sources = Sources(parts, [row for row in SOURCES if row.name in ("tcp", "broker")])
    sources.start()
    try:
        wanted = 2 if with_bands else 1
        assert until(lambda: [one.state for one in sources.status()].count("running") == wanted)
        yield Ports(sources, parts.bus, broker, bands)
    finally:
        assert sources.stop()


@pytest.fixture(scope="module")
def ports() -> Iterator[Ports]:
    with running() as found:
        yield found


@pytest.fixture(scope="module")
def waves() -> Iterator[Ports]:
    with running(with_bands=False) as found:
        yield found


def test_a_client_gets_the_greeting_and_then_three_lists_of_ten(waves: Ports) -> None:
    client = Client(waves.broker)
    assert client.raw() == HELLO
    raw = client.raw()
    assert raw[-1] == 0
    lists = json.loads(raw[:-1])
    assert [len(one) for one in lists] == [10, 10, 10]
    assert all(0 <= value <= 1 for one in lists for value in one)
    client.say(b'{"disconnect": 1}\0')
    with pytest.raises(ConnectionError):
        for _ in range(100):
            client.raw()


def test_the_numbers_are_the_waves_of_that_moment_and_no_backlog(waves: Ports) -> None:
    Client(waves.broker).read()
    time.sleep(0.3)
    client = Client(waves.broker)
    client.read()
    before_ns = time.monotonic_ns()
    seen = client.read()
    assert isinstance(seen, list)
    ages = range(-100, 300, 2)
    apart = min(abs(seen[0][0] - look_ahead(3, before_ns + ms * 1_000_000)[0][0]) for ms in ages)
    assert apart < 0.01


def test_band_powers_that_come_in_go_out_and_are_signals(ports: Ports) -> None:
    sender, client = Client(ports.bands), Client(ports.broker)
    assert sender.raw() == HELLO and client.raw() == HELLO
    wanted = [[0.1, 0.2, 0.3, 0.4]] * 8
    for _ in range(20):
        sender.say(json.dumps(wanted).encode() + b"\0")
        client.raw()
    assert ports.bus.get("tcp.2.alpha").value == 0.3  # type: ignore[union-attr] # it is there
    assert until(lambda: client.read()[0] == [0.1, 0.2, 0.3, 0.4] * 2 + [0.1, 0.2])  # type: ignore[index] # lists


@pytest.mark.parametrize(
    "message",
    [{}, [], [[]], [[1, 2, 3]], [[1, 2, 3, "4"]], [[True, 0, 0, 0]], [[1e300, 0, 0, 0]],
     [[0, 0, 0, 0]] * 33, "text", 7, None],
)  # fmt: skip
def test_a_message_that_is_none_is_left_out_whole(message: object) -> None:
    assert bands_in(message) is None


def test_what_is_out_of_range_is_brought_into_it() -> None:
    assert bands_in([[-1, 0.5, 2, 1]]) == [[0.0, 0.5, 1.0, 1.0]]


def test_a_liar_a_flood_and_half_a_message_cost_their_sender_alone(ports: Ports) -> None:
    good = Client(ports.broker)
    good.raw()
    liars = [Client(ports.bands) for _ in range(3)]
    liars[0].socket.sendall(struct.pack("<I", 2**31) + b"x")
    liars[1].say(b"no JSON\0")
    liars[1].say(b"[[NaN, 0, 0, 0]]\0")
    liars[2].socket.sendall(struct.pack("<I", 500) + b"[")
    flood = Client(ports.bands)
    text = json.dumps([[0, 0, 0, 0]]).encode() + b"\0"
    with pytest.raises(OSError):
        for _ in range(2000):
            flood.say(text)
            flood.socket.setblocking(False)
            flood.socket.setblocking(True)
        flood._exactly(10_000)
    assert until(lambda: ports.counts("tcp").get("flooded"))
    assert ports.counts("tcp")["malformed"] >= 3
    liars[2].socket.close()
    assert good.read()


def test_who_sends_nothing_keeps_no_sender_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    bands = BandInput(parts_with(tmp_path, signal_input_port=port, max_connections=8))
    with stand.running(bands):
        silent = [Client(port) for _ in range(8)]
        for one in silent:
            assert one.raw() == HELLO
        with pytest.raises(ConnectionError):
            Client(port).raw()
        monkeypatch.setattr("lib.signals.broker.band_input.SILENT_S", -1.0)  # they were, for long
        sender = Client(port)
        assert sender.raw() == HELLO
        sender.say(b"[[0.1, 0.2, 0.3, 0.4]]\0")
        stand.until(lambda: stand.value(bands, "1.theta") == 0.2)


def test_who_reads_nothing_for_long_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.signals.broker.broker.READS_WITHIN_NS", 1_000_000_000)
    (port,) = free_ports(1)
    broker = Broker(parts_with(tmp_path, broker_port=port))
    with stand.running(broker):
        client = Client(port, receive_buffer=2048)
        stand.until(lambda: broker.port.clients == 1)
        # What a sleeper's own system takes in counts as read, so this one's is full from now on.
        next(iter(broker.port._lines)).write_now(b" " * 200_000)  # type: ignore[attr-defined] # see there
        stand.until(lambda: broker.port.clients == 0)
        assert broker.tally.counts["gone"] == 1
        client.socket.close()


def test_fifty_clients_and_those_that_vanish_or_read_nothing(waves: Ports) -> None:
    clients = [Client(waves.broker) for _ in range(49)]
    Client(waves.broker, receive_buffer=2048)  # it reads nothing
    for one in clients:
        assert one.raw() == HELLO
    for one in clients[:10]:  # without a word, and with a reset
        linger = struct.pack("ii", 1, 0)
        one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        one.socket.close()
    for _ in range(60):
        for one in clients[10:]:
            assert one.read()
    assert until(lambda: waves.counts("broker").get("missed")), "the sleeper misses some"
    fresh = Client(waves.broker)
    assert fresh.raw() == HELLO and fresh.read()


def test_it_ends_without_a_failure_when_nobody_is_connected(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with stand.running(Broker(parts_with(tmp_path, broker_port=port))) as broker:
        pass
    assert broker.failure is None


def test_a_signal_takes_its_place_softly_and_a_lost_one_gives_it_back() -> None:
    bus = Bus()
    numbers = BrokerNumbers(bus, ["", "a.b"])
    now_ns = 10**12
    wave = numbers.at(now_ns)[0]
    assert wave == pytest.approx(look_ahead(3, now_ns)[0], abs=1e-6)
    bus.put("a.b", 1.0, source="a", holds=True, now_ns=now_ns)
    first = numbers.at(now_ns)[0]
    assert first[0] == wave[0] and abs(first[1] - wave[1]) <= FOLLOWS + 1e-6
    for _ in range(12):
        last = numbers.at(now_ns)[0]
    assert last[1] == 1.0
    bus.lose("a")
    for _ in range(12):
        last = numbers.at(now_ns)[0]
    assert last == pytest.approx(wave)


def test_a_port_that_is_taken_is_a_sentence_and_is_had_later() -> None:
    (port,) = free_ports(1)
    parts = signal_parts(settings_of(port, 0), None)
    sources = Sources(parts, [row for row in SOURCES if row.name == "broker"])
    with socket.create_server(("127.0.0.1", port)):
        sources.start()
        assert until(lambda: sources.status()[0].trouble)
        assert sources.status()[0].trouble.startswith(f"port {port} cannot be opened")
    try:
        assert until(lambda: sources.status()[0].state == "running")
        assert issubclass(type(sources._all[0].source), LoopSource)
    finally:
        assert sources.stop()
