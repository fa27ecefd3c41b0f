"""Our worker serves an intermediary that somebody else runs."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lib.config.settings import ROOT
from lib.transform.stills.foreign_link import AGAIN_S
from tests.programs import environment, finish
from tests.rig import until
from tests.stills.adapters.test_intermediary import spoken

STARTS_S = 40
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@contextmanager
def working(server: str) -> Iterator[subprocess.Popen[bytes]]:
    argv = ["transform.py", "--role=stills", "--engine=painter", "--wire=intermediary"]
    worker = subprocess.Popen(
        [sys.executable, *argv, f"--server={server}", "--machine_size=tiny"], cwd=ROOT,
        env=environment(), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


class Server:
    """Answers each poll as the test says, and keeps what is handed in and released."""

    def __init__(self, *polls: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.polled_s: list[float] = []
        self.submitted: list[tuple[str, bytes]] = []
        self.released: list[str] = []
        answers, outer = list(polls), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path == "/next-image-to-generate":
                    outer.polled_s.append(time.monotonic())
                    held = threading.Event().wait
                    (answers.pop(0) if answers else lambda _: held(60))(self)
                elif self.path.startswith("/submit-image?id="):
                    outer.submitted.append((self.path.partition("=")[2], body))
                    reply(200, b"good job")(self)
                else:
                    outer.released.append(self.path)
                    reply(200, b"released")(self)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def reply(status: int, body: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        with suppress(OSError):
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

    return answer


def reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.shutdown(socket.SHUT_RDWR)


def test_it_makes_what_our_own_server_asks_for() -> None:
    with spoken() as foreign, working(foreign.address):
        answer = foreign.picture("a red house\nby the sea").result(STARTS_S)
        assert answer.status_code == 200 and answer.content.startswith(b"\x89PNG")


def test_524_502_and_resets_are_waited_out_and_a_stop_gives_the_job_back() -> None:
    server = Server(reply(524, b""), reply(502, b"<html>"), reset, reply(200, b"7\na red house"),
                    reply(200, b"8\n" + b"a very long walk " * 20))  # fmt: skip
    with working(server.address) as worker:
        until(lambda: bool(server.submitted), STARTS_S + 4 * AGAIN_S)
        (number, png), *_ = server.submitted
        assert number == "7" and png.startswith(b"\x89PNG")
        waits = [b - a for a, b in zip(server.polled_s, server.polled_s[1:4], strict=False)]
        assert all(AGAIN_S - 0.5 < wait < AGAIN_S + 3 for wait in waits), waits
        until(lambda: len(server.polled_s) == 5, STARTS_S)
        time.sleep(0.5)  # the answer is on its way, and nobody could give back what never came
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
        assert server.released == ["/release-job?id=8"] or server.submitted[1:]
    server.close()


def test_without_a_server_it_says_what_is_missing() -> None:
    said = finish("transform.py", "--wire=intermediary", "--role=stills")
    assert said.returncode == 2 and "SERVER" in said.stderr and "Traceback" not in said.stderr
