"""The health checks of the containers, against the signs of life that the programs really give."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from deploy.alive import flows, lives
from lib.config.settings import ROOT
from lib.notify import SystemdNotifier
from tests.ports import free_ports


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ai-") as folder:  # short enough for a unix socket
        yield Path(folder) / "alive"


@contextmanager
def living(place: Path, every_s: float = 0.02, ready_only: bool = False) -> Iterator[None]:
    quit_event = threading.Event()

    def live() -> None:
        while not quit_event.wait(every_s):
            notify = SystemdNotifier(str(place), watchdog=True)
            notify.ready()
            notify.status("30 fps")
            if not ready_only:
                notify.alive()

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield
    finally:
        quit_event.set()
        thread.join()


def test_who_says_that_it_lives_is_alive(place: Path) -> None:
    with living(place):
        assert lives(place) == ""
        assert lives(place) == "", "a second time"
    assert not place.exists()


def test_who_says_nothing_is_not(place: Path) -> None:
    assert lives(place, 0.1) == "no sign of life in 0.1 s"
    with living(place, ready_only=True):
        assert "no sign" in lives(place, 0.2), "ready and a status are no sign of life"


def test_what_a_killed_check_left_is_in_nobodys_way(place: Path) -> None:
    place.write_text("")
    with living(place):
        assert lives(place) == ""


def test_checks_at_the_same_time_take_turns(place: Path) -> None:
    said: list[str] = []
    with living(place):
        threads = [threading.Thread(target=lambda: said.append(lives(place))) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert said == [""] * 5


def answering(status: int, body: bytes) -> tuple[HTTPServer, int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server, int(server.server_address[1])


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (200, b'{"status": "flowing"}', ""),
        (503, b'{"detail": "no worker is connected"}', "no worker is connected"),
        (502, b"<html>", "does not answer"),
    ],
)
def test_flows_says_why_not(status: int, body: bytes, says: str) -> None:
    server, port = answering(status, body)
    try:
        trouble = flows(port)
    finally:
        server.shutdown()
        server.server_close()
    assert says in trouble and bool(trouble) == bool(says)


def check(word: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "deploy/alive.py", word],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_the_exit_code_is_what_an_engine_reads(place: Path) -> None:
    with living(place):
        started_s = time.monotonic()
        assert check("lives", NOTIFY_SOCKET=str(place)).returncode == 0
        assert time.monotonic() - started_s < 3
    done = check("flows", SETTINGS_PORT=str(free_ports(1)[0]))
    assert done.returncode == 1
    assert "does not answer" in done.stderr and len(done.stderr.splitlines()) == 1
    assert check("perhaps").returncode == 2
