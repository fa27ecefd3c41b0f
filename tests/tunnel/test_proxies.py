"""Proxies as they are on the way: one buffers, one cuts what is silent, one drops connections."""

from __future__ import annotations

import logging
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.http_client.connect_proxy import ConnectProxy
from tests.prompts.test_service_client import certificate
from tests.rig import until
from tests.stream.way import check
from tests.tunnel.far import WORKER, Far


class Middle:
    """Hands on what comes, after `holds_s`; ends a connection that is silent for `patience_s`."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        """`tls`: that the worker speaks with it."""
        self.holds_s, self.patience_s, self._tls = 0.0, 60.0, tls
        self.cut = 0  # for their silence
        self._port, self._over = port, threading.Event()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http{'s' * bool(tls)}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def drop(self) -> None:
        """Every connection that is there, without a word."""
        for pair in list(self._pairs):
            for one in pair:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self.drop()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._over.is_set():
                near, _ = self._listener.accept()
                if self._tls:
                    near = self._tls.wrap_socket(near, server_side=True)
                far = socket.create_connection(("127.0.0.1", self._port))
                self._pairs.append((near, far))
                self._threads.append(threading.Thread(target=self._carry, args=(near, far)))
                self._threads[-1].start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        other, heard_s = {near: far, far: near}, time.monotonic()
        with near, far, suppress(OSError):
            while not self._over.is_set():
                ready, _, _ = select.select([near, far], [], [], 0.05)
                if ready and self.holds_s:
                    time.sleep(self.holds_s)  # and more comes meanwhile
                for one in ready:
                    data = one.recv(1 << 20)
                    while isinstance(one, ssl.SSLSocket) and one.pending():
                        data += one.recv(1 << 20)  # deciphered already: select knows nothing of it
                    if not data:
                        return
                    other[one].sendall(data)
                    heard_s = time.monotonic()
                if time.monotonic() - heard_s > self.patience_s:
                    self.cut += 1
                    return


@pytest.fixture
def middle(far: Far) -> Iterator[Middle]:
    made = Middle(far.settings.stills_port)
    yield made
    made.close()


def test_one_that_buffers_makes_it_later_and_nothing_else(
    far: Far, middle: Middle, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    middle.holds_s = 0.1
    far.join(server=middle.url)
    far.wait_for()
    check(far.way.see(40))
    assert not [one for one in caplog.records if "is cut" in one.getMessage()]


def test_one_that_cuts_what_is_silent_never_finds_a_silence(far: Far, middle: Middle) -> None:
    """Theirs is a minute; heartbeats come each second, also while no frame does."""
    middle.patience_s = 2.0
    far.join(server=middle.url)
    far.wait_for()
    far.way.camera.stop()
    time.sleep(2.5)
    assert middle.cut == 0 and far.worker()


def test_one_that_drops_connections_costs_no_more_than_their_frames(
    far: Far, middle: Middle
) -> None:
    far.way.add(worker_id="near", delay_ms=5)
    far.join(server=middle.url)
    far.wait_for()
    for _ in range(4):
        middle.drop()
        time.sleep(0.3)
    assert until(far.works, 20)
    pictures = far.way.see(60)
    check(pictures)
    assert far.way.count("garbage") == far.way.count("bad") == 0, "half a message is none"


@pytest.fixture
def secure(far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Middle]:
    """It speaks TLS with its visitors, as one in front of a primary does."""
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(made)
    middle = Middle(far.settings.stills_port, tls)
    yield middle
    middle.close()


@pytest.mark.parametrize("refuses", [False, True])
def test_the_proxy_of_the_environment_lets_it_out_and_sees_no_token(
    far: Far, secure: Middle, refuses: bool, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """With TLS from the worker to the primary, through it; and one sentence where it does not."""
    proxy = ConnectProxy(refuses)
    far.resources.callback(proxy.close)
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@{proxy.name}")
    monkeypatch.setenv("NO_PROXY", "example.org")
    far.join(server=secure.url)
    if refuses:
        assert until(lambda: caplog.records, 20)
        (line,) = [one.getMessage() for one in caplog.records]
        assert "the proxy does not let us through to 127.0.0.1" in line and "secret" not in line
    else:
        assert far.wait_for().tunnelled
        check(far.way.see(30))
        assert len(proxy.asked) == 2, "each connection asks once"
    for asked in proxy.asked:
        assert asked.startswith(f"CONNECT {secure.url.removeprefix('https://')} ")
        assert WORKER not in asked and "/tunnel/" not in asked
