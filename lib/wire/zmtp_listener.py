"""A listening port that speaks ZMTP, with keys or without: one code path for both."""

from __future__ import annotations

import logging
import time
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import ClassVar, Generic, NamedTuple, TypeVar

from lib.core.refusals import PortRefusal
from lib.wire.allowed import AllowedKeys
from lib.wire.listener import Connection, Listener
from lib.wire.refusals import RefusalLog
from lib.wire.tcp import Endpoint, Limits
from lib.zmtp.commands import SocketType
from lib.zmtp.curve import CurveServer
from lib.zmtp.errors import ProtocolError, Reason
from lib.zmtp.framing import Message
from lib.zmtp.mechanism import Null
from lib.zmtp.peer import Peer

log = logging.getLogger(__name__)


class Quota(NamedTuple):
    """How much one peer may say in all: so much at once, and then so much a second."""

    at_once: int
    a_second: int
    exceeded: PortRefusal

    def holds(self, said: int, age_s: float) -> bool:
        return said <= self.at_once + self.a_second * age_s


@dataclass(slots=True, eq=False, kw_only=True)
class ZmtpConnection(Connection):
    peer: Peer
    said: int = 0  # octets

    @property
    def key(self) -> bytes:
        """The permanent public key that it has proved to hold; empty where there are no keys."""
        return self.peer.key


Z = TypeVar("Z", bound=ZmtpConnection)


class ZmtpListener(Listener[Z], Generic[Z]):
    """Peers are let in by socket type, and by key where `keys` are given."""

    socket_type: ClassVar[SocketType]
    kinds: ClassVar[Mapping[Reason, str]]  # refusals that concern keys -> how the log names them
    who: ClassVar[str]  # in words
    quota: ClassVar[Quota | None] = None  # octets
    most_frames: ClassVar[int] = 1024  # of one peer, before the others have their turn

    def __init__(
        self,
        resources: ExitStack,
        endpoint: Endpoint,
        limits: Limits,
        longest: int,
        keys: AllowedKeys | None,
    ) -> None:
        """`longest`: octets of a message that a peer may send."""
        self.refusals = RefusalLog()  # for want of the right key
        self._longest, self._keys = longest, keys
        super().__init__(resources, endpoint, limits)

    @property
    def alive(self) -> bool:
        return self._keys is None or self._keys.alive

    def tend(self, now_s: float) -> None:
        self._look_at_keys()
        super().tend(now_s)

    @abstractmethod
    def _on_messages(self, connection: Z, messages: list[Message]) -> None:
        """What it said. ProtocolError ends it."""

    def _on_introduced(self, connection: Z) -> None:
        """It has said who it is, and is let in."""

    def _new_peer(self) -> Peer:
        kind, keys = self.socket_type, self._keys
        return Peer(CurveServer(kind, keys.server) if keys else Null(kind), self._longest)

    def _on_data(self, connection: Z, data: memoryview) -> None:
        connection.said += len(data)
        age_s = time.monotonic() - connection.since_s
        if self.quota and not self.quota.holds(connection.said, age_s):
            self._refuse(connection, self.quota.exceeded)
            return
        self._hear(connection, data)

    def _hear(self, connection: Z, data: memoryview) -> int:
        """How many of these octets were taken."""
        try:
            messages, taken = connection.peer.receive(data, self.most_frames)
            self._on_messages(connection, messages)
        except ProtocolError as error:
            self._refuse(connection, str(error), error.reason)
            return len(data)
        self._go_on(connection)
        return taken

    def _greet(self, connection: Z) -> None:
        self._answer(connection, connection.peer.outgoing)

    def _go_on(self, connection: Z) -> None:
        if connection.peer.is_ready and connection.is_open and not connection.is_introduced:
            connection.is_introduced = True
            if connection.key:  # it makes room for nobody
                connection.is_proven = connection.peer.is_proven = True
            self._on_introduced(connection)
        self._answer(connection, connection.peer.outgoing)

    def _look_at_keys(self) -> None:
        """Let in those whose keys are known by now, and let go those whose keys were removed."""
        if self._keys is None:
            return
        known = self._keys.keys
        for connection in list(self._connections.values()):
            if not connection.is_introduced:
                self._authenticate(connection)
            elif connection.key not in known:
                log.warning("a %s's key was removed: it is shut out", self.who)
                self._end(connection)

    def _authenticate(self, connection: Z) -> None:
        try:
            connection.peer.authenticate()
        except ProtocolError as error:
            self._refuse(connection, str(error), error.reason)
        else:
            self._go_on(connection)

    def _refuse(self, connection: Z, words: str, reason: Reason | None = None) -> None:
        """Count it, with a name of its own where it is a matter of keys, then tell the peer."""
        kind = self.kinds.get(reason) if reason else None
        if kind:
            self.refusals.refuse(kind, connection.host)
        else:
            self.refused[PortRefusal.HAS_KEY if reason == Reason.HAS_KEY else words] += 1
        self._answer(connection, connection.peer.outgoing)
        self._end(connection)
