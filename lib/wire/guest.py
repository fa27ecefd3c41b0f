"""Who stands at the door, and what is known of them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from lib.wire.manners import Manners


class DoorEvent(NamedTuple):
    kind: Literal["join", "leave"]
    peer: int
    address: str
    mechanism: str = ""  # of one who leaves, as far as it was said


class Place(NamedTuple):
    address: str
    port: int


class Limits(NamedTuple):
    peers: int
    peers_per_address: int


def no_room(
    hosts: Sequence[str], host: str, limits: Limits, make_room: Callable[[str], bool]
) -> str:
    """Why no worker from this address can come in beside those; empty if one can."""
    if len(hosts) >= limits.peers and not make_room(""):
        return "too many workers"
    if hosts.count(host) >= limits.peers_per_address and not make_room(host):
        return "too many workers from one address"
    return ""


@dataclass(slots=True, eq=False)
class Pipe:
    """One direction's source: what was read from it and not yet written to its partner."""

    socket: socket.socket
    peer: Guest
    partner: Pipe | None = None
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))
    manners: Manners | None = None  # of a stranger
    events: int = 0


@dataclass(slots=True, eq=False)
class Guest:
    id: int
    host: str
    address: str
    deadline_s: float
    outside: Pipe | None = None
    inside: Pipe | None = None
    mechanism: str = ""

    @property
    def is_through(self) -> bool:
        """Whether it has said all that a worker says at first."""
        manners = self.outside.manners if self.outside else None
        return manners is not None and manners.through
