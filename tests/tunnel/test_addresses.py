"""The addresses of the tunnel, as strangers, proxies and other programs come to them."""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

import lib.wire.listener as listener_module
from lib.stills.service.routes_tunnel import NO_TUNNEL, NO_WEBSOCKET
from lib.tunnel import carried, relay
from lib.zmtp.commands import SocketType
from lib.zmtp.peer import Peer
from tests.rig import until
from tests.stream.way import jpg
from tests.tunnel.far import CONTROL, WORKER, Far
from tests.zmtp.ends import client

JOBS = "/tunnel/jobs"


def request(port: int, token: str = WORKER, path: str = JOBS, **headers: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    said = {
        "Host": f"127.0.0.1:{port}", "Upgrade": "websocket", "Connection": "Upgrade",
        "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13",
        "Authorization": f"Bearer {token}", **headers,
    }  # fmt: skip
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Stranger:
    """Whoever opens a connection to the service, and says what a test has it say."""

    def __init__(self, far: Far, said: bytes | None = None, **headers: str) -> None:
        port = far.settings.stills_port
        self.socket = far.resources.enter_context(
            socket.create_connection(("127.0.0.1", port), timeout=5)
        )
        self.socket.sendall(said or request(port, **headers))
        self.heard = b""

    def until(self, what: bytes) -> bytes:
        while what not in self.heard:
            data = self.socket.recv(65536)
            assert data, self.heard
            self.heard += data
        return self.heard

    def all(self) -> bytes:
        try:
            while data := self.socket.recv(65536):
                self.heard += data
        except ConnectionResetError:
            pass
        return self.heard

    def frame(self, opcode: int, payload: bytes) -> None:
        head = bytes((0x80 | opcode,))
        size = len(payload)
        head += bytes((0x80 | size,)) if size < 126 else b"\xff" + size.to_bytes(8, "big")
        self.socket.sendall(head + bytes(4) + payload)  # a mask of zeros changes nothing


class Puller(Stranger):
    """One that speaks ZMTP, and no more."""

    def __init__(self, far: Far, **headers: str) -> None:
        super().__init__(far, **headers)
        _, _, rest = self.until(b"\r\n\r\n").partition(b"\r\n\r\n")
        self.socket.settimeout(0.02)
        self.peer, self.is_over = client(SocketType.PULL, None), False
        self.websocket = Protocol(Side.CLIENT, state=State.OPEN, max_size=None)
        self.websocket.receive_data(rest)

    def go_on(self) -> Peer:
        try:
            data = self.socket.recv(65536)
            self.websocket.receive_data(data)
        except OSError:  # nothing yet, or nothing more
            pass
        self.is_over = self.websocket.state is not State.OPEN
        for event in self.websocket.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.BINARY:
                self.peer.receive(memoryview(event.data), 100)
        if self.peer.outgoing and self.websocket.state is State.OPEN:
            self.websocket.send_binary(bytes(self.peer.outgoing))
        self.peer.outgoing.clear()
        with suppress(OSError):
            self.socket.sendall(b"".join(self.websocket.data_to_send()))
        return self.peer


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    """For the tests that leave it as it was."""
    with ExitStack() as resources:
        yield Far(resources, tmp_path_factory.mktemp("far"), guest_token="guest" * 5)


def test_without_a_websocket_it_says_what_a_proxy_has_to_hand_on(shared: Far) -> None:
    shown = {"Authorization": f"Bearer {WORKER}"}
    answer = shared.service.client.get(JOBS, headers=shown)
    assert (answer.status_code, answer.json()["detail"]) == (426, NO_WEBSOCKET)


def test_it_opens_to_workers_alone(shared: Far) -> None:
    for token, status in (("guess" * 6, b"401"), ("guest" * 5, b"403"), (CONTROL, b"101")):
        stranger = Stranger(shared, request(shared.settings.stills_port, token))
        assert stranger.until(b"\r\n\r\n").split()[1] == status
        stranger.socket.close()


def test_where_no_tunnel_runs_it_says_so_and_the_next_one_is_found(far: Far) -> None:
    assert far.relay.stop()
    stranger = Stranger(far)
    assert b" 503 " in stranger.all() and NO_TUNNEL.encode() in stranger.heard
    far.start_relay()
    assert b" 101 " in Stranger(far).until(b"\r\n\r\n")


def test_where_no_stream_runs_the_tunnel_says_so(far: Far) -> None:
    assert far.way.flow.stop()
    stranger = Stranger(far)
    assert b" 503 " in stranger.all() and b"is being started" in stranger.heard


def hosts_of(far: Far) -> list[str]:
    return [one.host for one in far.way.dispatch._scheduler.pool.peers.values()]


def test_the_worker_is_counted_where_it_comes_from_and_not_here(tmp_path: Path) -> None:
    """By its proxy's word, which is taken from that proxy alone."""
    with ExitStack() as resources:
        limits = {"max_peers_per_address": 1, "trusted_proxy": "127.0.0.1"}
        far = Far(resources, tmp_path, **limits)
        listener = far.way.dispatch._workers
        there: list[Puller] = []

        def known() -> list[str]:
            for one in there:
                one.go_on()  # or it is silent
            return hosts_of(far)

        for address in ("203.0.113.7", "2001:db8::7"):
            there.append(Puller(far, **{"X-Forwarded-For": address}))
            assert until(lambda address=address: address in known()), known()
            listener.trust(listener._last_id)
        again = Puller(far, **{"X-Forwarded-For": "203.0.113.7"})
        assert until(lambda: known() and again.go_on() and again.is_over)
        assert listener.refused["too many workers from one address"] == 1


def test_a_picture_that_is_none_is_held_against_the_worker_behind_the_tunnel(far: Far) -> None:
    far.way.add(worker_id="honest", delay_ms=5)
    liar = far.join()
    small = memoryview(jpg(120, 32))
    liar.send._encode = lambda task: small  # type: ignore[method-assign] # noqa: ARG005
    assert until(lambda: far.way.dispatch.answered_by.get("bad"))
    far.way.see(30)
    there = far.worker("honest")
    assert there and there.state == "active", "it has the same address here"


@pytest.mark.parametrize(
    ("opcode", "payload"),
    [(1, b"words"), (2, b"\0" * (carried.LONGEST + 1)), (8, b""), (2, b"GET / HTTP/1.1" * 20)],
    ids=["a text", "too long", "goodbye", "no ZeroMQ"],
)
def test_what_no_worker_says_ends_its_connection_and_nobody_elses(
    shared: Far, opcode: int, payload: bytes
) -> None:
    if shared.worker() is None:
        shared.join()
        shared.wait_for()
    stranger = Stranger(shared)
    stranger.until(b"\r\n\r\n")
    with suppress(ConnectionError):
        stranger.frame(opcode, payload)
    stranger.all()
    assert until(lambda: shared.relay.connections == 2)
    assert shared.works()


def test_a_ping_of_the_websocket_is_answered(shared: Far) -> None:
    """By proxies and libraries that send some."""
    stranger = Stranger(shared)
    stranger.until(b"\r\n\r\n")
    stranger.frame(9, b"there?")
    assert b"\x8a\x06there?" in stranger.until(b"there?")
    stranger.socket.close()


def test_who_falls_silent_is_let_go(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though a proxy that does not know it yet holds the connection."""
    monkeypatch.setattr(relay, "SILENT_S", 0.5)
    monkeypatch.setattr(listener_module, "FAR_HELLO_S", 60.0)
    stranger = Stranger(far)
    stranger.until(b"\r\n\r\n")
    assert until(lambda: far.relay.connections == 0, 20)
