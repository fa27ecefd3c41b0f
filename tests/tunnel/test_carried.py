"""One carried connection, whose two other ends are ours."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator

import pytest
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol, Side, State

from lib.tunnel.carried import IN, OUT, PIECE, CarriedConnection, EndedError


class Ends:
    def __init__(self, opening: bytes = b"") -> None:
        self.worker, outside = socket.socketpair()
        self.listener, inside = socket.socketpair()
        for one in (self.worker, outside, self.listener, inside):
            one.setblocking(False)
        self.carried = CarriedConnection(outside, inside, opening, 0.0)
        self.websocket = Protocol(Side.CLIENT, state=State.OPEN, max_size=None)

    def go_on(self, most: int = 200) -> None:
        """As its owner does: whatever is ready, until nothing is."""
        carried = self.carried
        for _ in range(most):
            ready = select.poll()
            for end in (carried.outside, carried.inside):
                if not (end is carried.inside and carried.inside_is_over):
                    ready.register(end, carried.events(end))
            events = ready.poll(0)
            if not events:
                return
            for descriptor, event in events:
                inside = descriptor == carried.inside.fileno()
                carried.go_on(carried.inside if inside else carried.outside, event, 1.0)

    def from_worker(self, octets: bytes) -> None:
        self.websocket.send_binary(octets)
        self.worker.sendall(b"".join(self.websocket.data_to_send()))

    def at_worker(self) -> bytes:
        heard = b""
        try:
            while data := self.worker.recv(1 << 20):
                self.websocket.receive_data(data)
        except BlockingIOError:
            pass
        for event in self.websocket.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.BINARY:
                heard += bytes(event.data)
        return heard

    def close(self) -> None:
        self.carried.close()
        self.worker.close()
        self.listener.close()


@pytest.fixture
def ends() -> Iterator[Ends]:
    made = Ends()
    yield made
    made.close()


def test_octets_pass_both_ways_as_they_are(ends: Ends) -> None:
    ends.from_worker(b"\xff\0greeting")
    ends.listener.sendall(b"\xff\0answer")
    ends.go_on()
    assert ends.listener.recv(100) == b"\xff\0greeting"
    assert ends.at_worker() == b"\xff\0answer"


def test_the_answer_to_the_request_comes_before_all_else() -> None:
    ends = Ends(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    ends.listener.sendall(b"hello")
    ends.go_on()
    assert ends.worker.recv(1000).startswith(
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x82\x05hello"
    )
    ends.close()


def test_a_listener_that_does_not_read_stops_the_worker(ends: Ends) -> None:
    """What cannot be handed on is not read: one piece is here at most."""
    sent = 0
    try:
        while sent < 200 * PIECE:
            ends.from_worker(b"x" * 60_000)
            sent += 60_000
            ends.go_on()
    except BlockingIOError:
        pass
    assert sent < 200 * PIECE, "it reads without end"
    assert ends.carried.events(ends.carried.outside) & IN == 0
    assert len(ends.carried._to_inside) <= PIECE + 60_000


def test_a_worker_that_does_not_read_stops_the_listener(ends: Ends) -> None:
    sent = 0
    try:
        while sent < 200 * PIECE:
            sent += ends.listener.send(b"x" * 60_000)
            ends.go_on()
    except BlockingIOError:
        pass
    assert sent < 200 * PIECE
    assert ends.carried.events(ends.carried.inside) == 0
    assert ends.carried.events(ends.carried.outside) & OUT
    assert len(ends.carried._to_outside) <= PIECE + 14
    heard = 0
    while heard < sent:  # and goes on where it left off
        got = len(ends.at_worker())
        ends.go_on()
        heard += got
        assert got or heard == sent
    assert heard == sent


def test_a_worker_that_pings_and_does_not_read_is_not_read_either(ends: Ends) -> None:
    """Each ping has an answer, which would have to be kept."""
    ends.websocket.send_ping(bytes(125))
    pings = b"".join(ends.websocket.data_to_send()) * 400
    try:
        for _ in range(100):
            ends.worker.sendall(pings)
            ends.go_on()
    except BlockingIOError:
        pass
    assert ends.carried.events(ends.carried.outside) == OUT
    assert len(ends.carried._to_outside) <= 3 * PIECE


def test_what_the_listener_said_last_is_handed_on_with_a_goodbye(ends: Ends) -> None:
    """Such as why it refuses."""
    ends.listener.sendall(b"ERROR")
    ends.listener.close()
    with pytest.raises(EndedError):
        ends.go_on()
    assert ends.at_worker() == b"ERROR"
    assert ends.websocket.close_rcvd and ends.websocket.close_rcvd.code == CloseCode.GOING_AWAY


def test_a_worker_that_hangs_up_ends_it(ends: Ends) -> None:
    ends.worker.close()
    with pytest.raises(EndedError):
        ends.go_on()
