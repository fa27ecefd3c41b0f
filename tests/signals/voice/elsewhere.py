"""Servers elsewhere, over real sockets: one that speaks the messages of the voice, and one that
replies as OpenAI's chat completions do."""

from __future__ import annotations

import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.sync.server import Server, ServerConnection, serve

from tests.ports import free_ports

Facts = dict[str, Any]
TOKEN = "token-of-the-two-keys"
SCORES = {"Joy": 0.75, "Calmness": 0.25, "Unheard of": 1.0}


@dataclass
class Elsewhere:
    port: int
    key: str
    asked: list[str] = field(default_factory=list)  # the addresses that were connected to
    said: list[Facts] = field(default_factory=list)
    hang_up: bool = False

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def talk(self, socket: ServerConnection) -> None:
        assert socket.request
        self.asked.append(socket.request.path)
        query = parse_qs(urlsplit(socket.request.path).query)
        if query.get("api_key") != [self.key] and query.get("access_token") != [TOKEN]:
            socket.close(1008, "no such key")
            return
        self._tell(socket, type="chat_metadata", chat_id="c", chat_group_id="g", request_id="r")
        for text in socket:
            told = json.loads(text)
            self.said.append(told)
            if self.hang_up:
                socket.close(1011, f"secret {self.key}")
                return
            if told["type"] in ("user_input", "audio_input"):
                self._reply(socket, told.get("text", "heard"))

    def _reply(self, socket: ServerConnection, text: str) -> None:
        models = {"prosody": {"scores": SCORES}}
        self._tell(socket, type="user_message", message={"role": "user", "content": text},
                   models=models, from_text=True, interim=False, time=None)  # fmt: skip
        self._tell(socket, type="tool_call", name="something that no page knows")
        said = {"role": "assistant", "content": "from elsewhere"}
        self._tell(socket, type="assistant_message", id="a", message=said, models={},
                   from_text=False)  # fmt: skip
        self._tell(socket, type="audio_output", id="a", index=0, data=b64encode(b"wav").decode())
        self._tell(socket, type="assistant_end")

    def _tell(self, socket: ServerConnection, **facts: object) -> None:
        socket.send(json.dumps(facts))


@contextmanager
def elsewhere(key: str) -> Iterator[Elsewhere]:
    there = Elsewhere(free_ports(1)[0], key)

    server: Server = serve(there.talk, "127.0.0.1", there.port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        thread.join(5)


@dataclass
class Asked:
    path: str
    authorization: str
    body: bytes


class HttpElsewhere(ThreadingHTTPServer):
    """Answers POST with what `answers` has for the path: status and JSON."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Asked] = []
        self.answers: dict[str, tuple[int, object]] = {}
        self.waits = threading.Event()
        self.waits.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: HttpElsewhere

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append(Asked(self.path, self.headers["authorization"] or "", body))
        self.server.waits.wait(10)
        status, facts = self.server.answers.get(self.path, (404, {}))
        content = json.dumps(facts).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing is to be read on a terminal."""


@contextmanager
def http_elsewhere() -> Iterator[HttpElsewhere]:
    server = HttpElsewhere()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.waits.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def basic(authorization: str) -> str:
    return b64decode(authorization.removeprefix("Basic ")).decode()
