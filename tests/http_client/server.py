"""A small server that speaks HTTP over real sockets, well or badly, as it is told."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

END_S = 0.01  # how often something slow looks whether the test is over


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]  # names in small letters
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = Callable[["Server", socket.socket, Request], None]


class Server:
    """Answers each request with `answer`, which may be changed at any time."""

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.answer, self._tls = answer, tls
        self.requests: list[Request] = []
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()

    def close(self) -> None:
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the one who waits in accept
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()
        self._listener.close()

    def _listen(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(3)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                request = _read(connection)
                self.requests.append(request)
                self.answer(self, connection, request)


def _read(connection: socket.socket) -> Request:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, body = data.split(b"\r\n\r\n", 1)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {line.split(":")[0].lower(): line.split(":", 1)[1].strip() for line in lines}
    while len(body) < int(headers.get("content-length", 0)):
        body += _some(connection)
    return Request(first.split(" ")[1], headers, body)


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("hung up")
    return data


# --- answers


def says(value: object, status: int = 200) -> Answer:
    return sends(json.dumps(value).encode(), status)


def sends(body: bytes, status: int = 200, headers: str = "") -> Answer:
    def answer(_: Server, connection: socket.socket, __: Request) -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        connection.sendall(head.encode() + body)

    return answer


def raw(data: bytes) -> Answer:
    return lambda _, connection, __: connection.sendall(data)


def silent(server: Server, _: socket.socket, __: Request) -> None:
    server.over.wait()


def drips(data: bytes) -> Answer:
    """One byte every now and then, each in time to keep a time-out for a single read away."""

    def answer(server: Server, connection: socket.socket, _: Request) -> None:
        for byte in data * 1000:
            connection.sendall(bytes([byte]))
            if server.over.wait(END_S):
                return

    return answer


def endless(server: Server, connection: socket.socket, _: Request) -> None:
    connection.sendall(b"HTTP/1.1 200 X\r\n\r\n")
    while not server.over.is_set():
        connection.sendall(b" " * 65536)


def endless_headers(server: Server, connection: socket.socket, _: Request) -> None:
    connection.sendall(b"HTTP/1.1 200 X\r\n")
    while not server.over.is_set():
        connection.sendall(b"X-More: and more\r\n")
