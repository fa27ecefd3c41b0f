"""A small stills service over real HTTP: the side of the contract that workers see."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lib.core.still_params import StillParams


@dataclass
class Job:
    params: StillParams
    image: bytes = b""
    mask: bytes = b""
    private: bool = False
    token: int = 0
    claim: str = ""
    state: str = "queued"
    cancel: bool = False
    pictures: dict[int, bytes] = field(default_factory=dict)
    beats: list[dict[str, Any]] = field(default_factory=list)
    beats_s: list[float] = field(default_factory=list)
    previews: list[bytes] = field(default_factory=list)
    given_back: list[str] = field(default_factory=list)


Answer = tuple[int, object]


class Service:
    """`trouble`, where it is set, is asked first: a status and body it answers instead."""

    def __init__(self, port: int = 0, token: str = "", tls: ssl.SSLContext | None = None) -> None:
        self.jobs: dict[str, Job] = {}
        self.offers: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.hosts: list[str] = []
        self.wait_s = 5.0
        self.trouble: Callable[[str], Answer | None] = lambda _: None
        self._token = token
        self._changed = threading.Condition()
        self._over = False
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.service = self
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """Ends the connections, too, as a process does."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def add(self, params: StillParams, image: bytes = b"", mask: bytes = b"") -> Job:
        with self._changed:
            job = self.jobs[f"job{len(self.jobs)}"] = Job(params, image, mask)
            self._changed.notify_all()
        return job

    def answer(
        self, path: str, query: dict[str, str], body: bytes, headers: dict[str, str]
    ) -> Answer:
        self.paths.append(path)
        self.hosts.append(headers["Host"])
        if self._over:
            return 0, b""
        trouble = self.trouble(path)
        if trouble:
            return trouble
        if self._token and headers.get("Authorization") != f"Bearer {self._token}":
            return 401, {"detail": "Who are you?"}
        is_json = headers.get("Content-Type") == "application/json"
        said = json.loads(body) if is_json else query
        if path == "/work/claim":
            return self._claim(said)
        with self._changed:
            job = self.jobs[said["id"]]
            if int(said["token"]) != job.token:
                return 409, {"detail": "Another worker has it."}
            answer: Answer = getattr(self, "_" + path.rpartition("/")[2])(job, said, body)
            return answer

    def _claim(self, offer: dict[str, Any]) -> Answer:
        end = time.monotonic() + min(self.wait_s, offer["wait_s"])
        with self._changed:
            self.offers.append(offer)
            while not self._over:
                for id_, job in self.jobs.items():
                    again = job.claim == offer["claim"] and job.state == "running"
                    if again or job.state == "queued":
                        return self.leased(id_, job, offer["claim"], again)
                if not self._changed.wait(max(0, end - time.monotonic())):
                    break
        return 204, b""

    def leased(self, id_: str, job: Job, claim: str, again: bool) -> Answer:
        job.token += not again
        job.claim, job.state = claim, "running"
        return 200, {
            "id": id_,
            "token": job.token,
            "samples_done": sorted(job.pictures),
            "lease_s": 10,
            "params": job.params.to_wire(),
            "image": bool(job.image),
            "mask": bool(job.mask),
            "private": job.private,
        }

    def _input(self, job: Job, said: dict[str, str], _: bytes) -> Answer:
        return 200, job.image if said["what"] == "image" else job.mask

    def _beat(self, job: Job, said: dict[str, Any], _: bytes) -> Answer:
        job.beats.append(said)
        job.beats_s.append(time.monotonic())
        return 200, {"cancel": job.cancel, "lease_s": 10}

    def _preview(self, job: Job, _: dict[str, str], body: bytes) -> Answer:
        job.previews.append(body)
        return 200, {}

    def _finish(self, job: Job, said: dict[str, str], body: bytes) -> Answer:
        job.pictures[int(said["sample"])] = body
        if len(job.pictures) == job.params.samples:
            job.state = "done"
        return 200, {"state": job.state}

    def _give_back(self, job: Job, said: dict[str, Any], _: bytes) -> Answer:
        job.given_back.append(said["error"])
        job.state = "failed" if said["error"] else "given back"
        job.token += 1
        return 200, {}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    service: Service

    def handle_error(self, *_: object) -> None:
        """A worker that was killed hung up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self) -> None:
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        status, said = self.server.service.answer(parts.path, query, body, dict(self.headers))
        if status == 0:  # the connection ends without a word
            self.close_connection = True
            return
        data = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if status != 204:
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass
