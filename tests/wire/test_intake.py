"""The result port without keys: real PUSH sockets, and strangers."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import psutil
import pytest
import zmq

from lib.wire import intake as module
from lib.wire import port as port_module
from lib.wire.guest import Limits, Place
from lib.wire.intake import MOST_RUBBISH, Intake
from lib.wire.sockets import events_of, results_out
from tests.ports import free_ports
from tests.rig import until
from tests.wire.test_door import held
from tests.wire.test_speech import HELLO, OLD, READY

LONGEST = 4 * 1024 * 1024


class Port:
    """An intake, and what its owner does."""

    def __init__(self, resources: ExitStack, limits: Limits) -> None:
        self.resources = resources
        self.number = free_ports(1)[0]
        self.intake = Intake(resources, Place("127.0.0.1", self.number), limits, LONGEST)
        self.good = True
        self.messages: list[bytes] = []

    def look(self) -> list[bytes]:
        ready, _, _ = select.select([self.intake.source], [], [], 0.005)
        if ready or self.intake.more:
            for arrived in self.intake.take():
                self.messages.append(bytes(arrived.data))
                self.intake.judge(arrived, self.good)
        self.intake.tend(time.monotonic())
        return self.messages

    def push(self) -> zmq.Socket[bytes]:
        return results_out(self.resources, "127.0.0.1", self.number)

    def stranger(self, say: bytes = b"") -> socket.socket:
        one = socket.create_connection(("127.0.0.1", self.number), timeout=0.2)
        self.resources.enter_context(one).sendall(say)
        return one

    def ended(self, one: socket.socket) -> bool:
        one.setblocking(False)
        try:
            while one.recv(4096):
                pass
        except BlockingIOError:
            self.look()
            return False
        except ConnectionError:
            pass
        return True


@pytest.fixture
def port() -> Iterator[Port]:
    with ExitStack() as resources:
        yield Port(resources, Limits(peers=12, peers_per_address=8))


def test_what_workers_push_comes_whole_and_in_order(port: Port) -> None:
    pushes = [port.push() for _ in range(3)]
    sent = [b"%d " % number * size for number, size in enumerate((1, 90, 30_000, 1_000_000, 0, 5))]
    for push in pushes:
        for message in sent:
            push.send(message)
    assert until(lambda: len(port.look()) == 3 * len(sent))
    assert sorted(port.messages) == sorted(3 * sent)
    for push in pushes:  # heartbeats of theirs were answered meanwhile
        push.send(b"last")
    assert until(lambda: port.look()[-3:] == [b"last"] * 3)


def test_a_worker_that_rests_is_not_forgotten(port: Port) -> None:
    context = zmq.Context()
    port.resources.callback(context.term)
    push = context.socket(zmq.PUSH)
    port.resources.callback(push.close, 0)
    push.heartbeat_ivl, push.heartbeat_timeout = 100, 400
    events = events_of(port.resources, push, zmq.EVENT_CONNECTED | zmq.EVENT_DISCONNECTED)
    push.connect(f"tcp://127.0.0.1:{port.number}")
    assert until(lambda: port.look() or events.poll(0))
    events.recv_multipart()
    assert not until(lambda: port.look() or events.poll(0), 1.2), "its heartbeats got no answer"
    push.send(b"one")
    assert until(lambda: port.look() == [b"one"])


def test_old_libraries_are_heard(port: Port) -> None:
    port.stranger(OLD + b"\0\3abc")
    assert until(lambda: port.look() == [b"abc"])


@pytest.mark.parametrize(
    "talk", [b"\1\0" * 9, b"\2" + (1 << 40).to_bytes(8, "big"), b"\4\x0a\x09SUBSCRIBE"]
)
def test_what_no_push_says_ends_that_connection_alone(port: Port, talk: bytes) -> None:
    push, stranger = port.push(), port.stranger(HELLO + READY + talk)
    assert until(lambda: port.ended(stranger), 1)
    push.send(b"fine")
    assert until(lambda: port.look() == [b"fine"])


def test_who_sends_nothing_but_rubbish_is_let_go(port: Port) -> None:
    port.good = False
    stranger = port.stranger(HELLO + READY + b"\0\1x" * 5000)
    assert until(lambda: port.ended(stranger))
    assert MOST_RUBBISH < len(port.messages) < MOST_RUBBISH + 50
    assert port.intake.refused["sends nothing but rubbish"] == 1


def test_who_drips_is_let_go(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port_module, "HELLO_S", 0.4)
    monkeypatch.setattr(module, "MESSAGE_S", 0.4)
    strangers = [
        port.stranger(),
        port.stranger(HELLO[:30]),
        port.stranger(HELLO + READY[:5]),
        port.stranger(HELLO + READY + b"\2" + LONGEST.to_bytes(8, "big")),
    ]

    def drip() -> bool:
        for one in strangers:
            with suppress(OSError):
                one.sendall(HELLO[:1] if one is not strangers[3] else b"x")
        return sum(port.ended(one) for one in strangers) == 4

    assert until(drip, 3)


def test_who_does_not_read_our_answers_is_let_go(port: Port) -> None:
    stranger = port.stranger(HELLO + READY)
    stranger.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stranger.setblocking(False)
    pings = b"\4\x17\4PING\0\0" + bytes(16)

    def flood() -> bool:
        with suppress(BlockingIOError, ConnectionError):
            stranger.send(pings * 1000)
        port.look()
        return port.intake.refused["does not read"] == 1

    assert until(flood, 8)


def test_silent_ones_make_room_and_workers_do_not(port: Port) -> None:
    for _ in range(30):
        port.stranger(HELLO)
    pushes = [port.push() for _ in range(8)]
    for number, push in enumerate(pushes):
        push.send(b"%d" % number)
    assert until(lambda: len(port.look()) == 8)
    turned = port.stranger(HELLO)
    assert until(lambda: port.ended(turned))
    assert port.intake.refused["too many workers from one address"] >= 1
    for number, push in enumerate(pushes):
        push.send(b"again %d" % number)
    assert until(lambda: len(port.look()) == 16)


def test_messages_that_never_end_take_no_more_than_their_share(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_HELD", 6 * 1024 * 1024)
    before = psutil.Process().memory_info().rss
    head = HELLO + READY + b"\2" + LONGEST.to_bytes(8, "big")
    crowd = [port.stranger(head) for _ in range(8)]

    def pour() -> bool:
        for one in crowd:
            one.setblocking(False)
            with suppress(OSError):
                one.send(bytes(200_000))
        port.look()
        return port.intake.refused["too much that is not whole"] >= 3

    assert until(pour)
    assert psutil.Process().memory_info().rss - before < 40 * 1024 * 1024


def test_closing_leaves_nothing() -> None:
    before = held()
    with ExitStack() as resources:
        port = Port(resources, Limits(8, 8))
        port.push().send(b"x")
        assert until(lambda: port.look() == [b"x"])
    assert until(lambda: held() == before, 3)
