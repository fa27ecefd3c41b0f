"""A connection that does not come about says why within three seconds and goes on trying; one that
is only idle stays."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import zmq

from lib.wire import diagnosis, reconnecting
from lib.wire.reconnecting import ReconnectingSocket
from lib.wire.sockets import jobs_in, results_out
from tests.ports import free_ports
from tests.rig import until

WITHIN_S = 3.0


@pytest.fixture(autouse=True)
def _in_a_hurry(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "unknown_name" not in request.node.name:  # that one holds the real times
        monkeypatch.setattr(reconnecting, "PATIENCE_S", 0.2)
        monkeypatch.setattr(diagnosis, "LOOK_UP_S", 0.3)


@pytest.fixture
def resources() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def called(resources: ExitStack, port: int, host: str = "127.0.0.1") -> ReconnectingSocket:
    return ReconnectingSocket(resources, (host, port), None, "worker", jobs_in)


def said_in_time(line: ReconnectingSocket) -> str:
    until(lambda: line.check() or line.trouble, seconds=WITHIN_S)
    return line.trouble


def listening(resources: ExitStack, backlog: int = 8) -> tuple[socket.socket, int]:
    server = resources.enter_context(socket.socket())
    server.bind(("127.0.0.1", 0))
    server.listen(backlog)
    return server, server.getsockname()[1]


def primary(resources: ExitStack, kind: int, port: int) -> zmq.Socket[bytes]:
    context = resources.enter_context(zmq.Context())
    found = resources.enter_context(context.socket(kind))
    found.setsockopt(zmq.LINGER, 0)
    found.bind(f"tcp://127.0.0.1:{port}")
    return found


def test_an_unknown_name(resources: ExitStack, caplog: pytest.LogCaptureFixture) -> None:
    line = called(resources, 5555, "nowhere.invalid")
    assert said_in_time(line) == f"nowhere.invalid:5555 {diagnosis.UNKNOWN_NAME}"
    line.check()
    assert [one.getMessage() for one in caplog.records] == [line.trouble]


def test_a_name_server_that_does_not_answer(
    resources: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up = threading.Event()
    resources.callback(given_up.set)

    def look_up(*_: object, **__: object) -> None:
        given_up.wait(20)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert diagnosis.NO_NAME_SERVER in said_in_time(called(resources, 5555, "primary.invalid"))


def test_a_port_where_nothing_listens_and_then_a_primary(
    resources: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    (port,) = free_ports(1)
    line = called(resources, port)
    assert said_in_time(line) == f"127.0.0.1:{port} {diagnosis.NOTHING_HERE}"
    jobs = primary(resources, zmq.PUSH, port)
    with caplog.at_level(logging.INFO):
        assert until(lambda: line.check() or not line.trouble)
        jobs.send(b"a job")
        assert line.recv() == b"a job"
        assert [one.getMessage() for one in caplog.records][-2:] == [
            f"connected to 127.0.0.1:{port} as a worker",
            "its first frame came after 0.0 s",
        ]


def test_a_host_that_does_not_answer(resources: ExitStack) -> None:
    _, port = listening(resources, 0)
    for _ in range(2):  # nobody accepts them, and for another one there is no room
        waiting = resources.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(("127.0.0.1", port))
    assert diagnosis.NO_ANSWER in said_in_time(called(resources, port))


def test_a_port_of_another_protocol(resources: ExitStack) -> None:
    _, port = listening(resources)
    assert diagnosis.NOT_ZEROMQ in said_in_time(called(resources, port))


def test_the_wrong_port_of_the_right_primary(resources: ExitStack) -> None:
    jobs, results = free_ports(2)
    primary(resources, zmq.PULL, results)
    primary(resources, zmq.PUSH, jobs)
    swapped = called(resources, results)
    other = ReconnectingSocket(resources, ("127.0.0.1", jobs), None, "worker", results_out)
    assert "is JOB_PORT the same here as there?" in said_in_time(swapped)
    assert "is RESULT_PORT the same here as there?" in said_in_time(other)


def test_a_connection_that_is_idle_stays(
    resources: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    jobs = primary(resources, zmq.PUSH, port)
    monkeypatch.setattr(reconnecting, "DOWN_S", 0.2)
    monkeypatch.setattr(reconnecting, "PATIENCE_S", 0.3)
    line = called(resources, port)
    assert until(lambda: line.check() or line._down_s is None)
    before, end_s = line.socket, time.monotonic() + 1
    while time.monotonic() < end_s:
        line.check()
        time.sleep(0.05)
    assert line.socket is before and not line.trouble
    jobs.send(b"a job")
    assert line.recv() == b"a job"


def test_a_socket_that_libzmq_gave_up_is_made_anew(
    resources: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconnecting, "DOWN_S", 0.3)
    (port,) = free_ports(1)
    with ExitStack() as first:
        primary(first, zmq.PULL, port)  # the wrong kind: libzmq does not try again
        line = called(resources, port)
        assert said_in_time(line)
    jobs = primary(resources, zmq.PUSH, port)
    assert until(lambda: line.check() or not line.trouble)
    jobs.send(b"a job")
    assert line.recv() == b"a job"
