"""A job port, with or without keys, and what its dispatcher would do with its events."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import ExitStack
from pathlib import Path

import zmq

from lib.wire.keys import primary_key, worker_key
from lib.wire.tcp import Endpoint, Limits
from lib.wire.worker_listener import WorkerEvent, WorkerListener
from tests.ports import free_ports
from tests.wire.locks import keys


class JobPort:
    """`folder`: where its keys are to be made; None: it has none."""

    def __init__(self, resources: ExitStack, limits: Limits, folder: Path | None = None) -> None:
        self.port = free_ports(1)[0]
        home = keys(folder, "gpu") if folder else None
        self.key = worker_key(str(home / "for" / "gpu")) if home else None
        self.events: list[WorkerEvent] = []
        self.resources = resources
        self.context = zmq.Context()
        resources.callback(self.context.term)
        self.one_at_a_time = threading.Lock()
        locked = primary_key(str(home)) if home else None
        endpoint = Endpoint("127.0.0.1", self.port)
        self.listener = WorkerListener(resources, endpoint, limits, locked)
        self.quit = threading.Event()
        self._dispatcher = threading.Thread(target=self.run)
        self._dispatcher.start()
        resources.callback(self._dispatcher.join)
        resources.callback(self.quit.set)

    def run(self) -> None:
        while not self.quit.is_set():
            select.select([self.listener.source], [], [], 0.02)
            with self.one_at_a_time:
                self.events += self.listener.news()

    @property
    def alive(self) -> bool:
        return self._dispatcher.is_alive() and self.listener.alive

    def send(self, peer: int, message: bytes) -> bool:
        with self.one_at_a_time:
            return self.listener.send(peer, message)

    def pull(self) -> zmq.Socket[bytes]:
        pull = self.context.socket(zmq.PULL)
        self.resources.callback(pull.close, 0)
        if self.key:
            pull.curve_publickey, pull.curve_secretkey = self.key.public, self.key.secret
            pull.curve_serverkey = self.key.server
        pull.connect(f"tcp://127.0.0.1:{self.port}")
        return pull

    def turns_away(self, stranger: socket.socket) -> bool:
        try:
            while stranger.recv(100):
                pass
        except ConnectionResetError:  # closed before all that was said had been read
            return True
        except TimeoutError:
            return False
        return True

    def joined(self) -> int:
        kinds = [event.kind for event in self.events]
        return kinds.count("join") - kinds.count("leave")

    def stranger(self) -> socket.socket:
        return self.resources.enter_context(
            socket.create_connection(("127.0.0.1", self.port), timeout=4)
        )


def receive(pull: zmq.Socket[bytes]) -> bytes:
    assert pull.poll(3000), "nothing arrived"
    return pull.recv()
