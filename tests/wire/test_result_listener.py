"""The result port, with and without keys: real PUSH sockets, and strangers."""

from __future__ import annotations

import gc
import select
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest
import zmq

from lib.core.refusals import PortRefusal
from lib.wire import listener as listener_module
from lib.wire import result_listener as module
from lib.wire.keys import primary_key, worker_key
from lib.wire.result_listener import MOST_RUBBISH, ResultListener
from lib.wire.sockets import events_of, results_out
from lib.wire.tcp import Endpoint, Limits
from lib.wire.zmtp_listener import Quota
from tests.ports import free_ports
from tests.rig import until
from tests.wire.locks import keys
from tests.wire.test_worker_listener import held
from tests.zmtp.test_peer import HELLO, OLD, READY

LONGEST = 4 * 1024 * 1024


class Port:
    """An intake, and what its owner does."""

    def __init__(self, resources: ExitStack, limits: Limits, folder: Path | None = None) -> None:
        """`folder`: where its keys are to be made; None: it has none."""
        self.resources = resources
        self.number = free_ports(1)[0]
        home = keys(folder, "gpu") if folder else None
        self.key = worker_key(str(home / "for" / "gpu")) if home else None
        endpoint, locked = Endpoint("127.0.0.1", self.number), primary_key(str(home or ""))
        self.listener = ResultListener(resources, endpoint, limits, LONGEST, locked)
        self.good = True
        self.messages: list[bytes] = []

    def look(self) -> list[bytes]:
        ready, _, _ = select.select([self.listener.source], [], [], 0.005)
        if ready or self.listener.more:
            for arrived in self.listener.take():
                self.messages.append(bytes(arrived.data))
                self.listener.judge(arrived, self.good)
        self.listener.tend(time.monotonic())
        return self.messages

    def push(self) -> zmq.Socket[bytes]:
        return results_out(self.resources, "127.0.0.1", self.number, self.key)

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


@pytest.fixture(params=[False, True], ids=["null", "curve"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Port]:
    """With keys or without."""
    with ExitStack() as resources:
        folder = tmp_path / "keys" if request.param else None
        yield Port(resources, Limits(peers=12, peers_per_address=8), folder)


def test_what_workers_push_comes_whole_and_in_order(either: Port) -> None:
    pushes = [either.push() for _ in range(3)]
    sent = [b"%d " % number * size for number, size in enumerate((1, 90, 30_000, 1_000_000, 0, 5))]
    for push in pushes:
        for message in sent:
            push.send(message)
    assert until(lambda: len(either.look()) == 3 * len(sent))
    assert sorted(either.messages) == sorted(3 * sent)
    for push in pushes:  # heartbeats of theirs were answered meanwhile
        push.send(b"last")
    assert until(lambda: either.look()[-3:] == [b"last"] * 3)


def test_a_worker_that_rests_is_not_forgotten(either: Port) -> None:
    context = zmq.Context()
    either.resources.callback(context.term)
    push = context.socket(zmq.PUSH)
    if either.key:
        push.curve_publickey, push.curve_secretkey = either.key.public, either.key.secret
        push.curve_serverkey = either.key.server
    either.resources.callback(push.close, 0)
    push.heartbeat_ivl, push.heartbeat_timeout = 100, 400
    events = events_of(either.resources, push, zmq.EVENT_CONNECTED | zmq.EVENT_DISCONNECTED)
    push.connect(f"tcp://127.0.0.1:{either.number}")
    assert until(lambda: either.look() or events.poll(0))
    events.recv_multipart()
    assert not until(lambda: either.look() or events.poll(0), 1.2), "its heartbeats got no answer"
    push.send(b"one")
    assert until(lambda: either.look() == [b"one"])


def test_old_libraries_are_heard(port: Port) -> None:
    port.stranger(OLD + b"\0\3abc")
    assert until(lambda: port.look() == [b"abc"])


@pytest.mark.parametrize(
    "talk", [b"\1\0" * 9, b"\2" + (1 << 40).to_bytes(8, "big"), b"\4\x0a\x09SUBSCRIBE"]
)
def test_what_no_push_says_ends_that_connection_alone(port: Port, talk: bytes) -> None:
    push, stranger = port.push(), port.stranger(HELLO + READY + talk)
    assert until(lambda: port.ended(stranger), 20)
    push.send(b"fine")
    assert until(lambda: port.look() == [b"fine"])


def test_who_sends_nothing_but_rubbish_is_let_go(port: Port) -> None:
    port.good = False
    stranger = port.stranger(HELLO + READY + b"\0\1x" * 5000)
    assert until(lambda: port.ended(stranger))
    assert MOST_RUBBISH < len(port.messages) < MOST_RUBBISH + 50
    assert port.listener.refused["sends nothing but rubbish"] == 1


def test_who_drips_is_let_go(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener_module, "HELLO_S", 0.4)
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

    assert until(drip, drives=True)


def test_who_does_not_read_our_answers_is_let_go(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEARTBEATS", Quota(10**9, 0, PortRefusal.NO_WORKER))
    monkeypatch.setattr(ResultListener, "most_frames", 10**4)
    stranger = port.stranger(HELLO + READY)
    stranger.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stranger.setblocking(False)
    pings = (b"\4\x17\4PING\0\0" + bytes(16)) * 1000
    unsent = b""

    def flood() -> bool:
        nonlocal unsent
        for _ in range(20):
            unsent = unsent or pings  # half a PING would be something else
            with suppress(BlockingIOError, ConnectionError):
                unsent = unsent[stranger.send(unsent) :]
            port.look()
        return port.listener.refused["does not read"] == 1

    assert until(flood, 60, drives=True)


@pytest.mark.parametrize("command", [b"\4\5\4PONG", b"\4\7\4PING\0\0"])
def test_heartbeats_without_end_hold_nobody_up(port: Port, command: bytes) -> None:
    """Whoever does nothing but beat is let go after a few, and a few only are read at a time."""
    strangers = [port.stranger(HELLO + READY) for _ in range(4)]
    assert until(lambda: (port.look(), len(port.listener._connections) == 4)[1])
    flood = command * (200_000 // len(command))
    for stranger in strangers:
        stranger.setblocking(False)
        with suppress(OSError):
            stranger.send(flood)
    longest = 0.0
    while sum(port.ended(one) for one in strangers) < 4:
        began_s = time.thread_time()
        port.look()
        longest = max(longest, time.thread_time() - began_s)
    assert port.listener.refused == {"says what no worker says": 4}
    assert longest < 0.01


def test_silent_ones_make_room_and_workers_do_not(port: Port) -> None:
    for _ in range(30):
        port.stranger(HELLO)
    pushes = [port.push() for _ in range(8)]
    for number, push in enumerate(pushes):
        push.send(b"%d" % number)
    assert until(lambda: len(port.look()) == 8)
    turned = port.stranger(HELLO)
    assert until(lambda: port.ended(turned))
    assert port.listener.refused["too many workers from one address"] >= 1
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
        return port.listener.refused["too much that is not whole"] >= 3

    assert until(pour, drives=True)
    assert psutil.Process().memory_info().rss - before < 40 * 1024 * 1024


def test_strangers_who_hold_all_there_is_cost_no_worker_its_message(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_HELD", 2 * 1024 * 1024)
    push = port.push()
    push.send(b"is proven")
    assert until(lambda: port.look() == [b"is proven"])
    head = HELLO + READY + b"\2" + LONGEST.to_bytes(8, "big")
    for stranger in [port.stranger(head) for _ in range(3)]:
        stranger.settimeout(2)
        threading.Thread(target=stranger.sendall, args=(bytes(650_000),), daemon=True).start()

    def held_now() -> int:
        port.look()
        return sum(one.peer.held for one in port.listener._connections.values())

    assert until(lambda: held_now() == 3 * 650_000)
    push.send(bytes(1_500_000))
    assert until(lambda: len(port.look()) == 2)
    assert port.listener.refused["too much that is not whole"] >= 2
    assert len(port.listener.refused) == 1


@pytest.mark.parametrize("locked", [False, True], ids=["null", "curve"])
def test_closing_leaves_nothing(locked: bool, tmp_path: Path) -> None:
    before = held()
    with ExitStack() as resources:
        port = Port(resources, Limits(8, 8), tmp_path if locked else None)
        port.push().send(b"x")
        assert until(lambda: port.look() == [b"x"])
    assert until(lambda: held() == before, 20)


def pushed(port: Port, *parts: bytes) -> zmq.Socket[bytes]:
    """A PUSH that does not come again once it was let go."""
    context = zmq.Context()
    port.resources.callback(context.term)
    push = context.socket(zmq.PUSH)
    port.resources.callback(push.close, 0)
    push.reconnect_ivl = -1
    if port.key:
        push.curve_publickey, push.curve_secretkey = port.key.public, port.key.secret
        push.curve_serverkey = port.key.server
    push.connect(f"tcp://127.0.0.1:{port.number}")
    push.send_multipart(parts)
    return push


def test_a_known_worker_that_sends_parts_without_end_is_let_go(either: Port) -> None:
    """With keys, too: libzmq would keep all of it in memory before it asked anybody."""
    push = pushed(either, *[b"x" * 1000] * 5000)
    assert until(lambda: (either.look(), either.listener.refused["a message of several parts"])[1])
    assert not either.messages and push


def test_a_known_worker_that_sends_too_much_at_once_is_let_go(either: Port) -> None:
    push = pushed(either, bytes(LONGEST + 1))
    assert until(lambda: (either.look(), either.listener.refused["a message that is too long"])[1])
    assert not either.messages and push


def test_reasons_are_only_so_many_whatever_strangers_say(port: Port) -> None:
    """They are counted by name, and names that strangers choose would fill the memory."""
    for size in range(20):
        port.stranger(HELLO + READY + b"\2" + (LONGEST + 1 + size).to_bytes(8, "big"))
    assert until(lambda: (port.look(), sum(port.listener.refused.values()) >= 20)[1])
    assert set(port.listener.refused) <= {"a message that is too long", "was idle"}


def test_sealed_rubbish_is_let_go_as_well(either: Port) -> None:
    either.good = False
    push = either.push()

    def let_go() -> int:
        with suppress(zmq.Again):
            push.send(b"x", zmq.NOBLOCK)
        either.look()
        return either.listener.refused["sends nothing but rubbish"]

    assert until(let_go)


def test_a_worker_that_hands_in_and_leaves_is_heard_to_the_end(either: Port) -> None:
    push = either.push()
    push.send(b"first")
    assert until(lambda: either.look() == [b"first"])
    for number in range(40):
        push.send(b"%d" % number)
    push.setsockopt(zmq.LINGER, 1000)
    push.close()
    assert until(lambda: either.look()[-1] == b"39")


def test_a_proven_worker_is_given_the_memory_of_a_proven_one(either: Port) -> None:
    push = either.push()
    push.send(b"good")
    assert until(lambda: either.look() == [b"good"])
    assert all(
        one.is_proven and one.peer.is_proven for one in either.listener._connections.values()
    )


def test_what_strangers_begin_and_do_not_end_is_given_back_at_once(port: Port) -> None:
    """Without the garbage collector, which comes when many objects were made: here they are few."""
    head, size = HELLO + READY + b"\2" + LONGEST.to_bytes(8, "big"), 3_000_000
    here = port.listener._connections
    before, gone = psutil.Process().memory_info().rss, []
    gc.disable()
    try:
        for _ in range(20):
            stranger = port.stranger(head)
            stranger.settimeout(2)
            threading.Thread(target=stranger.sendall, args=(bytes(size),), daemon=True).start()
            assert until(
                lambda: (port.look(), sum(one.peer.held for one in here.values()))[1] == size
            )
            gone.append(weakref.ref(*[one.peer for one in here.values()]))
            stranger.close()
            assert until(lambda: (port.look(), not here)[1])
        assert not any(peer() for peer in gone)
        assert psutil.Process().memory_info().rss - before < 5 * size
    finally:
        gc.enable()
