"""Passes bytes between each worker's TCP connection and the private socket behind the door.

It only copies, so ZMTP, heartbeats and CURVE pass untouched. libzmq takes a peer whose first byte
is not 0xFF for an ancient one and would deal it frames: such peers stay outside.
"""

from __future__ import annotations

import errno
import logging
import os
import queue
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack

from lib.wire.greeting import CURVE, NO_ZEROMQ
from lib.wire.guest import DoorEvent, Guest, Limits, Pipe, Place, no_room
from lib.wire.manners import Manners
from lib.wire.strangers import Strangers
from lib.wire.tune import NONE_LEFT, hardly_left, tune

log = logging.getLogger(__name__)

CHUNK = 256 * 1024
GREETING_S = 1.5
NO_DESCRIPTOR = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
LISTEN_AGAIN_S = 0.2


class Relay:
    """A thread of its own; `events` says who came through the first look and who left."""

    def __init__(
        self,
        resources: ExitStack,
        place: Place,
        limits: Limits,
        wake: Callable[[], None],
    ) -> None:
        self.refused: Counter[str] = Counter()
        self.strangers = Strangers()
        self._noted = Strangers()  # who has nothing to do with keys: for the log alone
        self.events: queue.SimpleQueue[DoorEvent] = queue.SimpleQueue()
        self._wake = wake
        self._limits = limits
        family = socket.AF_INET6 if ":" in place.address else socket.AF_INET
        self._listener = socket.create_server(place, family=family, backlog=64)
        resources.callback(self._listener.close)
        self._listener.setblocking(False)
        self._selector = selectors.DefaultSelector()
        resources.callback(self._selector.close)
        self._commands: queue.SimpleQueue[tuple[int, str | None]] = queue.SimpleQueue()
        self._alarm = os.eventfd(0, os.EFD_NONBLOCK)
        resources.callback(os.close, self._alarm)
        self._guests: dict[int, Guest] = {}
        self._waiting: set[int] = set()  # accepted, first byte not seen yet
        self._deaf_until_s = 0.0  # while there is no descriptor for one more
        self._last_id = 0
        self._buffer = bytearray(CHUNK)
        self._quit = False
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()
        resources.callback(self._close)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def link(self, peer: int, path: str) -> None:
        """Let a peer's bytes flow to and from the abstract unix socket of this name."""
        self._command(peer, path)

    def drop(self, peer: int) -> None:
        self._command(peer, None)

    def _command(self, peer: int, path: str | None) -> None:
        self._commands.put((peer, path))
        os.eventfd_write(self._alarm, 1)

    def _close(self) -> None:
        self._quit = True
        os.eventfd_write(self._alarm, 1)
        self._thread.join()

    # --- on the relay's own thread

    def _run(self) -> None:
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._alarm, selectors.EVENT_READ, self._obey)
        while not self._quit:
            timeout = 0.25 if self._waiting or self._deaf_until_s else None
            for key, events in self._selector.select(timeout):
                if isinstance(key.data, Pipe):
                    self._move(key.data, events)
                else:
                    key.data()
            if self._waiting:
                self._check_greetings()
            if self._deaf_until_s and time.monotonic() >= self._deaf_until_s:
                self._deaf_until_s = 0.0
                self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        for guest in list(self._guests.values()):
            self._end(guest)

    def _accept(self) -> None:
        try:
            connection, address = self._listener.accept()
        except OSError as error:
            if error.errno in NO_DESCRIPTOR:  # it would be asked again and again
                self._selector.unregister(self._listener)
                self._deaf_until_s = time.monotonic() + LISTEN_AGAIN_S
            return
        host = str(address[0])
        hosts = [guest.host for guest in self._guests.values()]
        reason = (
            NONE_LEFT
            if hardly_left(connection)
            else no_room(hosts, host, self._limits, self._make_room)
        )
        if reason:
            self.refused[reason] += 1
            connection.close()
            return
        tune(connection)
        self._last_id += 1
        deadline_s = time.monotonic() + GREETING_S
        guest = Guest(self._last_id, host, f"{host}:{address[1]}", deadline_s)
        guest.outside = Pipe(connection, guest, manners=Manners(time.monotonic()))
        self._guests[guest.id] = guest
        self._waiting.add(guest.id)
        self._watch(guest.outside, selectors.EVENT_READ)

    def _make_room(self, host: str) -> bool:
        """Who said least, and of these who is here longest, goes: a worker says all at once."""
        unproven = [
            guest
            for guest in self._guests.values()
            if (not host or guest.host == host) and not guest.is_through
        ]
        if not unproven:
            return False
        self.refused["said nothing"] += 1
        self._end(min(unproven, key=lambda guest: (guest.id not in self._waiting, guest.id)))
        return True

    def _greet(self, guest: Guest, pipe: Pipe) -> None:
        """Look at the first byte and leave it there."""
        try:
            first = pipe.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            first = b""
        if first != b"\xff":
            if first:
                self.refused[NO_ZEROMQ] += 1
                self._noted.refuse("no ZeroMQ", guest.host)
            self._end(guest)
            return
        self._waiting.discard(guest.id)
        self._watch(pipe, 0)  # until its PUSH stands
        self.events.put(DoorEvent("join", guest.id, guest.address))
        self._wake()

    def _check_greetings(self) -> None:
        now_s = time.monotonic()
        for peer in list(self._waiting):
            guest = self._guests[peer]
            if now_s > guest.deadline_s:
                self.refused["said nothing"] += 1
                self._end(guest)

    def _obey(self) -> None:
        os.eventfd_read(self._alarm)
        while not self._commands.empty():
            peer, path = self._commands.get()
            guest = self._guests.get(peer)
            if guest and path is None:
                self._end(guest)
            elif guest and guest.outside and guest.inside is None:
                self._link(guest, guest.outside, f"\0{path}")

    def _link(self, guest: Guest, outside: Pipe, path: str) -> None:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(path)
        except OSError as error:
            log.warning("%s can not be served: %s", guest.address, error)
            connection.close()
            self._end(guest)
            return
        connection.setblocking(False)
        guest.inside = Pipe(connection, guest, outside)
        outside.partner = guest.inside
        self._watch(outside, selectors.EVENT_READ)
        self._watch(guest.inside, selectors.EVENT_READ)

    def _move(self, pipe: Pipe, events: int) -> None:
        guest, partner = pipe.peer, pipe.partner
        if partner is None:
            self._greet(guest, pipe)
            return
        try:
            if events & selectors.EVENT_WRITE and partner.unsent:
                self._flush(partner, pipe)
            if events & selectors.EVENT_READ and not pipe.unsent:
                size = pipe.socket.recv_into(self._buffer)
                if size == 0:
                    self._end(guest)
                    return
                self._pass_on(pipe, partner, size)
        except BlockingIOError:
            pass
        except OSError:
            self._end(guest)

    def _pass_on(self, pipe: Pipe, partner: Pipe, size: int) -> None:
        data = memoryview(self._buffer)[:size]
        if pipe.manners is not None and not self._hear(pipe, pipe.manners, data):
            self._end(pipe.peer)
            return
        try:
            sent = partner.socket.send(data)
        except BlockingIOError:
            sent = 0
        if sent < size:  # the other side is full: read no more until it has room
            pipe.unsent = memoryview(bytes(data[sent:]))
            self._watch(pipe, pipe.events & ~selectors.EVENT_READ)
            self._watch(partner, partner.events | selectors.EVENT_WRITE)

    def _hear(self, pipe: Pipe, manners: Manners, data: memoryview) -> bool:
        """Both sides' libzmq end what is with a key on one side alone; here it gets a name."""
        guest = pipe.peer
        fine = manners.hear(data, time.monotonic())
        if manners.mechanism and not guest.mechanism:
            guest.mechanism = manners.mechanism
            if guest.mechanism != CURVE:
                self.strangers.refuse("plain worker", guest.host)
        if not fine:
            self.refused["says what no worker says"] += 1
            self._noted.refuse("no worker", guest.host)
        return fine

    def _flush(self, source: Pipe, sink: Pipe) -> None:
        source.unsent = source.unsent[sink.socket.send(source.unsent) :]
        if not source.unsent:
            self._watch(sink, sink.events & ~selectors.EVENT_WRITE)
            self._watch(source, source.events | selectors.EVENT_READ)

    def _watch(self, pipe: Pipe, events: int) -> None:
        if events == pipe.events:
            return
        if pipe.events == 0:
            self._selector.register(pipe.socket, events, pipe)
        elif events == 0:
            self._selector.unregister(pipe.socket)
        else:
            self._selector.modify(pipe.socket, events, pipe)
        pipe.events = events

    def _end(self, guest: Guest) -> None:
        if self._guests.pop(guest.id, None) is None:
            return
        for pipe in (guest.outside, guest.inside):
            if pipe:
                self._watch(pipe, 0)
                pipe.socket.close()
        if guest.id in self._waiting:
            self._waiting.remove(guest.id)
            return
        self.events.put(DoorEvent("leave", guest.id, guest.address, guest.mechanism))
        self._wake()
