"""Each role against the real libzmq, with and without keys."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import zmq

from lib.zmtp.commands import SocketType
from lib.zmtp.errors import ProtocolError, Reason
from tests.zmtp.ends import (
    CLIENT,
    OTHER,
    Bench,
    as_client,
    as_server,
    client,
    client_keys,
    events,
    server,
    server_keys,
    until,
)

MESSAGES = [b"", b"a", b"b" * 222, b"c" * 223, b"d" * 255, b"e" * 256, os.urandom(3_000_000), b"f"]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with ExitStack() as resources:
        yield Bench(resources)


with_and_without = pytest.mark.parametrize("keys", [False, True], ids=["null", "curve"])


# --- libzmq connects to us


@with_and_without
def test_a_pull_of_libzmq_takes_what_our_push_sends(bench: Bench, keys: bool) -> None:
    pull = bench.zmq_socket(zmq.PULL, **as_client(client_keys() if keys else None))
    pull.connect(f"tcp://127.0.0.1:{bench.port}")
    line = bench.accept(server(SocketType.PUSH, server_keys() if keys else None))
    assert until(lambda: line.look() and line.peer.is_ready)
    assert line.peer.key == (CLIENT.public if keys else b"")
    for message in MESSAGES:
        line.send(message)
        assert pull.poll(3000)
        assert pull.recv() == message


@with_and_without
def test_what_a_push_of_libzmq_sends_comes_to_our_pull(bench: Bench, keys: bool) -> None:
    options = as_client(client_keys() if keys else None)
    push = bench.zmq_socket(zmq.PUSH, immediate=1, **options)
    push.connect(f"tcp://127.0.0.1:{bench.port}")
    line = bench.accept(server(SocketType.PULL, server_keys() if keys else None))
    assert until(lambda: line.look() and line.peer.is_ready)
    for message in MESSAGES:
        push.send(message)
    assert until(lambda: line.look() and len(line.messages) == len(MESSAGES))
    assert line.messages == MESSAGES


@with_and_without
def test_a_sub_of_libzmq_subscribes_and_sees(bench: Bench, keys: bool) -> None:
    sub = bench.zmq_socket(zmq.SUB, **as_client(client_keys() if keys else None))
    sub.subscribe(b"pic")
    sub.connect(f"tcp://127.0.0.1:{bench.port}")
    line = bench.accept(server(SocketType.PUB, server_keys() if keys else None, 256))
    assert until(lambda: line.look() and line.messages == [b"\1pic"])
    for message in (b"picture", b"pic" + bytes(100_000)):
        line.send(message)
        assert sub.poll(3000)
        assert sub.recv() == message
    sub.unsubscribe(b"pic")
    assert until(lambda: line.look() and line.messages[1:] == [b"\0pic"])


@with_and_without
def test_heartbeats_pass_both_ways(bench: Bench, keys: bool) -> None:
    options = {"heartbeat_ivl": 50, "heartbeat_timeout": 400, "heartbeat_ttl": 1000}
    pull = bench.zmq_socket(zmq.PULL, **options, **as_client(client_keys() if keys else None))
    monitor = pull.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    bench.resources.callback(monitor.close, 0)
    bench.resources.callback(pull.disable_monitor)
    pull.connect(f"tcp://127.0.0.1:{bench.port}")
    line = bench.accept(server(SocketType.PUSH, server_keys() if keys else None))
    assert until(lambda: line.look() and line.peer.is_ready)
    assert not until(lambda: not line.look() or monitor.poll(0), 1.0), "PING got no PONG"
    assert not line.messages, "a PING came out as a message"
    line.send(b"job")
    assert pull.poll(1000)
    assert pull.recv() == b"job"


@with_and_without
def test_libzmq_answers_when_it_is_asked_for_life(bench: Bench, keys: bool) -> None:
    pull = bench.zmq_socket(zmq.PULL, **as_client(client_keys() if keys else None))
    pull.connect(f"tcp://127.0.0.1:{bench.port}")
    line = bench.accept(server(SocketType.PUSH, server_keys() if keys else None))
    assert not line.peer.ping(), "it has not said yet whether it knows what that means"
    assert until(lambda: line.look() and line.peer.is_ready)
    heard = line.heard
    assert line.peer.ping()
    assert until(lambda: line.look() and line.heard > heard)
    line.send(b"job")
    assert pull.poll(1000)
    assert pull.recv() == b"job"


@with_and_without
def test_a_message_of_several_parts_is_refused_before_it_is_read(bench: Bench, keys: bool) -> None:
    push = bench.zmq_socket(zmq.PUSH, **as_client(client_keys() if keys else None))
    push.connect(f"tcp://127.0.0.1:{bench.port}")
    push.send_multipart([b"a", b"b"])
    line = bench.accept(server(SocketType.PULL, server_keys() if keys else None))
    with pytest.raises(ProtocolError) as refusal:
        until(lambda: not line.look())
    assert refusal.value.reason == Reason.SEVERAL_PARTS


@with_and_without
def test_a_message_that_is_too_long_is_refused_before_it_is_read(bench: Bench, keys: bool) -> None:
    push = bench.zmq_socket(zmq.PUSH, **as_client(client_keys() if keys else None))
    push.connect(f"tcp://127.0.0.1:{bench.port}")
    push.send(bytes(5000))
    push.send(bytes(5001))
    line = bench.accept(server(SocketType.PULL, server_keys() if keys else None, 5000))
    with pytest.raises(ProtocolError) as refusal:
        until(lambda: not line.look())
    assert refusal.value.reason == Reason.TOO_LONG
    assert line.peer.held <= 5033


# --- who is not let in


def refused(bench: Bench, options: dict[str, bytes], locked: bool = True) -> tuple[Reason, int]:
    """Why our end refuses libzmq's, and what libzmq tells of it."""
    pull = bench.zmq_socket(zmq.PULL, reconnect_ivl=-1, **options)
    monitor = pull.get_monitor_socket(
        zmq.EVENT_HANDSHAKE_FAILED_AUTH
        | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
        | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    )
    bench.resources.callback(monitor.close, 0)
    bench.resources.callback(pull.disable_monitor)
    pull.connect(f"tcp://127.0.0.1:{bench.port}")
    line = bench.accept(server(SocketType.PUSH, server_keys() if locked else None))
    with pytest.raises(ProtocolError) as refusal:
        until(lambda: not line.look() or line.peer.is_ready)
    line.socket.close()
    assert until(lambda: monitor.poll(10))
    return refusal.value.reason, next(events(monitor))


def test_an_unknown_key_is_refused_and_libzmq_is_told(bench: Bench) -> None:
    reason, event = refused(bench, as_client(client_keys(OTHER)))
    assert reason == Reason.UNKNOWN_KEY and event == zmq.EVENT_HANDSHAKE_FAILED_AUTH


def test_the_key_of_another_server_is_refused(bench: Bench) -> None:
    reason, event = refused(bench, as_client(client_keys(server=OTHER.public)))
    assert reason == Reason.WRONG_SERVER_KEY and event == zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL


def test_without_a_key_nobody_comes_in(bench: Bench) -> None:
    reason, event = refused(bench, {})
    assert reason == Reason.NO_KEY and event == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL


def test_with_a_key_nobody_comes_in_where_none_is_asked_for(bench: Bench) -> None:
    reason, event = refused(bench, as_client(client_keys()), locked=False)
    assert reason == Reason.HAS_KEY and event == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL


def test_a_socket_of_the_wrong_type_is_refused(bench: Bench) -> None:
    """With keys we see it first; without, libzmq may hang up before."""
    sub = bench.zmq_socket(zmq.SUB, **as_client(client_keys()))
    sub.connect(f"tcp://127.0.0.1:{bench.port}")
    line = bench.accept(server(SocketType.PUSH, server_keys()))
    with pytest.raises(ProtocolError, match="it is no PULL") as refusal:
        until(lambda: not line.look())
    assert refusal.value.reason == Reason.WRONG_SOCKET_TYPE


# --- we connect to libzmq


class Zap:
    """Answers libzmq's question whether a key is allowed."""

    def __init__(self, bench: Bench, verdict: bytes) -> None:
        self.socket = bench.zmq_socket(zmq.REP)
        self.socket.bind("inproc://zeromq.zap.01")
        self.quit = threading.Event()
        self.verdict = verdict
        thread = threading.Thread(target=self._run)
        thread.start()
        bench.resources.callback(thread.join)
        bench.resources.callback(self.quit.set)

    def _run(self) -> None:
        while not self.quit.is_set():
            if self.socket.poll(20):
                _, number, *_ = self.socket.recv_multipart()
                self.socket.send_multipart([b"1.0", number, self.verdict, b"", b"", b""])


@with_and_without
def test_our_pull_takes_what_a_push_of_libzmq_sends(bench: Bench, keys: bool) -> None:
    push = bench.zmq_socket(zmq.PUSH, **as_server(server_keys() if keys else None))
    port = push.bind_to_random_port("tcp://127.0.0.1")
    line = bench.connect(port, client(SocketType.PULL, client_keys() if keys else None))
    assert until(lambda: line.look() and line.peer.is_ready)
    for message in MESSAGES:
        push.send(message)
    assert until(lambda: line.look() and len(line.messages) == len(MESSAGES))
    assert line.messages == MESSAGES


@with_and_without
def test_a_pull_of_libzmq_takes_what_our_push_that_connected_sends(
    bench: Bench, keys: bool
) -> None:
    pull = bench.zmq_socket(zmq.PULL, **as_server(server_keys() if keys else None))
    port = pull.bind_to_random_port("tcp://127.0.0.1")
    line = bench.connect(port, client(SocketType.PUSH, client_keys() if keys else None))
    assert until(lambda: line.look() and line.peer.is_ready)
    for message in MESSAGES:
        line.send(message)
        assert pull.poll(3000)
        assert pull.recv() == message


@with_and_without
def test_our_sub_sees_what_a_pub_of_libzmq_publishes(bench: Bench, keys: bool) -> None:
    pub = bench.zmq_socket(zmq.XPUB, **as_server(server_keys() if keys else None))
    port = pub.bind_to_random_port("tcp://127.0.0.1")
    line = bench.connect(port, client(SocketType.SUB, client_keys() if keys else None))
    assert until(lambda: line.look() and line.peer.is_ready)
    line.send(b"\1pic")
    assert pub.poll(3000)
    assert pub.recv() == b"\1pic"
    pub.send(b"other")
    pub.send(b"picture")
    assert until(lambda: line.look() and line.messages == [b"picture"])


@with_and_without
def test_libzmqs_heartbeats_get_an_answer_from_our_client(bench: Bench, keys: bool) -> None:
    options = {"heartbeat_ivl": 50, "heartbeat_timeout": 300}
    push = bench.zmq_socket(zmq.PUSH, **options, **as_server(server_keys() if keys else None))
    port = push.bind_to_random_port("tcp://127.0.0.1")
    line = bench.connect(port, client(SocketType.PULL, client_keys() if keys else None))
    assert until(lambda: line.look() and line.peer.is_ready)
    assert not until(lambda: not line.look(), 1.0), "it was given up"
    assert not line.messages


def test_a_server_that_does_not_know_our_key_says_so(bench: Bench) -> None:
    Zap(bench, b"400")
    push = bench.zmq_socket(zmq.PUSH, zap_domain=b"x", **as_server(server_keys()))
    port = push.bind_to_random_port("tcp://127.0.0.1")
    line = bench.connect(port, client(SocketType.PULL, client_keys()))
    with pytest.raises(ProtocolError) as refusal:
        until(lambda: not line.look())
    assert refusal.value.reason == Reason.ERROR


def test_a_server_with_another_key_is_not_trusted(bench: Bench) -> None:
    push = bench.zmq_socket(zmq.PUSH, **as_server(server_keys()))
    port = push.bind_to_random_port("tcp://127.0.0.1")
    line = bench.connect(port, client(SocketType.PULL, client_keys(server=OTHER.public)))
    assert until(lambda: not line.look())
    assert not line.peer.is_ready
