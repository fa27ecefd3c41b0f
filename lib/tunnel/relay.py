"""The stage of the tunnel: takes connections over, and carries what comes."""

from __future__ import annotations

import json
import logging
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from websockets.frames import CloseCode

from lib.config.settings import PrimarySettings
from lib.stage import REST_S, Flow, Stage
from lib.tunnel.carried import LAST_WORDS_S, CarriedConnection, EndedError
from lib.wire.handover import HandedOver, HandoverPort, HandoverTo, Introduction, hand_over
from lib.wire.tcp import hardly_left
from lib.wire.wake import Wake

log = logging.getLogger(__name__)

# Both ends of ZMTP beat each second or more often, so whoever says nothing for so long is gone,
# though a proxy between us may still hold the connection.
SILENT_S = 15.0
TEND_S = 1.0
SEND_BUFFER = 1024 * 1024  # octets: a long line holds some pictures at once
OF_ONE_WORKER = 2  # connections


class Relay(Stage):
    """All connections, on one thread that waits for whichever end has something."""

    def __init__(
        self,
        settings: PrimarySettings,
        run_dir: Path,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self._on_ready = on_ready
        self._most, self._run_dir = OF_ONE_WORKER * settings.max_peers, run_dir
        self._carried: dict[int, CarriedConnection] = {}  # by each descriptor
        self._waits_for: dict[int, int] = {}
        self._next_s = 0.0

    @property
    def connections(self) -> int:
        return len(set(self._carried.values()))

    def open(self, resources: ExitStack) -> None:
        self._epoll = select.epoll()
        resources.callback(self._epoll.close)
        self._wake = Wake(resources)
        self._epoll.register(self._wake.fd, select.EPOLLIN)
        self._handovers = HandoverPort(resources, self._epoll, self._run_dir, HandoverTo.TUNNEL)
        resources.callback(self._end_all)
        self._on_ready()

    def stir(self) -> None:
        super().stir()
        with suppress(AttributeError):  # it was never opened
            self._wake.set()

    def step(self) -> None:
        for descriptor, events in self._epoll.poll(REST_S):
            carried = self._carried.get(descriptor)
            if carried is not None:
                self._go_on(carried, descriptor, events)
            elif descriptor == self._handovers.fileno():
                self._meet()
            elif descriptor == self._wake.fd:
                self._wake.clear()
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + TEND_S
            self._tend(now_s)

    def _meet(self) -> None:
        handed = self._handovers.take()
        if handed is None:
            return
        try:
            self._carry(handed)
        except OSError:  # it has gone already
            handed.connection.close()

    def _carry(self, handed: HandedOver) -> None:
        introduction, outside = handed
        if self.connections >= self._most or hardly_left(outside):
            _refuse(outside, "too many workers come through the tunnel")
            return
        inside, theirs = socket.socketpair()
        with theirs:
            told = introduction.address, introduction.port, introduction.to
            said = Introduction(*told)
            taken = hand_over(self._run_dir, introduction.to, said, theirs.fileno())
        if not taken:
            inside.close()
            _refuse(outside, "the live picture is being started; try again in a moment")
            return
        inside.setblocking(False)
        with suppress(OSError):
            outside.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        carried = CarriedConnection(outside, inside, introduction.opening, time.monotonic())
        for end in (outside, inside):
            self._carried[end.fileno()] = carried
            self._waits_for[end.fileno()] = select.EPOLLIN
            self._epoll.register(end, select.EPOLLIN)
        self._go_on(carried, inside.fileno(), 0)

    def _go_on(self, carried: CarriedConnection, descriptor: int, events: int) -> None:
        end = carried.inside if carried.inside.fileno() == descriptor else carried.outside
        try:
            carried.go_on(end, events, time.monotonic())
        except EndedError:
            self._end(carried)
            return
        self._watch(carried)

    def _watch(self, carried: CarriedConnection) -> None:
        for end in (carried.outside, carried.inside):
            descriptor = end.fileno()
            before = self._waits_for.get(descriptor)
            if before is None:
                continue
            if end is carried.inside and carried.inside_is_over:  # it would say so again and again
                self._epoll.unregister(end)
                del self._waits_for[descriptor]
                continue
            events = carried.events(end)
            if events != before:
                self._waits_for[descriptor] = events
                self._epoll.modify(end, events)

    def _tend(self, now_s: float) -> None:
        self._handovers.tend(now_s)
        for carried in set(self._carried.values()):
            silent = now_s - carried.heard_s > SILENT_S
            if silent or (carried.ends_s is not None and now_s > carried.ends_s):
                self._end(carried)

    def _end(self, carried: CarriedConnection) -> None:
        for end in (carried.outside, carried.inside):
            self._carried.pop(end.fileno(), None)
            if self._waits_for.pop(end.fileno(), None) is not None:
                self._epoll.unregister(end)
        carried.close()

    def _end_all(self) -> None:
        """With a goodbye, so that nobody waits for a sign of life."""
        for carried in set(self._carried.values()):
            with suppress(EndedError):
                carried.end(CloseCode.SERVICE_RESTART, time.monotonic() + LAST_WORDS_S)
                carried.go_on(carried.outside, 0, time.monotonic())
            self._end(carried)


def _refuse(connection: socket.socket, sentence: str) -> None:
    """Answer the request as the service would that it came to, and close."""
    body = json.dumps({"detail": sentence}).encode()
    head = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
    head += f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    with suppress(OSError):
        connection.send(head.encode() + body)
    connection.close()


def run_tunnel(
    settings: PrimarySettings,
    run_dir: Path,
    quit_event: threading.Event,
    on_ready: Callable[[], None],
    on_beat: Callable[[], None],
) -> int:
    """All that the process does."""
    return Flow(Relay(settings, run_dir, on_ready)).run(quit_event, settings.hang_s, on_beat)
