"""RFC 23 and RFC 37, "Commands": READY and its metadata, ERROR, PING and PONG, subscriptions."""

from __future__ import annotations

from enum import Enum

LONGEST_COMMAND = 1024  # octets; no peer has reason to say more in one

READY, ERROR = b"\x05READY", b"\x05ERROR"
PING, PONG = b"\x04PING", b"\x04PONG"
SUBSCRIBE, CANCEL = b"\x09SUBSCRIBE", b"\x06CANCEL"

TTL = 2  # octets between PING and the context that its PONG has to repeat
TTL_OF_OURS = (20).to_bytes(TTL, "big")  # tenths of a second of silence before it may give us up
LONGEST_PING = len(PING) + TTL + 16


class SocketType(Enum):
    """By its name in RFC 23, and by its number in RFC 15."""

    PUB = b"PUB", 1
    SUB = b"SUB", 2
    PULL = b"PULL", 7
    PUSH = b"PUSH", 8
    XPUB = b"XPUB", 9
    XSUB = b"XSUB", 10

    def __init__(self, label: bytes, number: int) -> None:
        self.label, self.number = label, number

    @property
    def peers(self) -> tuple[SocketType, ...]:
        """Those that it may be connected to."""
        return _PEERS[self]


_PEERS = {
    SocketType.PUB: (SocketType.SUB, SocketType.XSUB),
    SocketType.XPUB: (SocketType.SUB, SocketType.XSUB),
    SocketType.SUB: (SocketType.PUB, SocketType.XPUB),
    SocketType.XSUB: (SocketType.PUB, SocketType.XPUB),
    SocketType.PULL: (SocketType.PUSH,),
    SocketType.PUSH: (SocketType.PULL,),
}


def metadata(socket_type: SocketType) -> bytes:
    """The only property that matters here."""
    label = socket_type.label
    return b"\x0bSocket-Type" + len(label).to_bytes(4, "big") + label


def socket_type_in(properties: bytes) -> bytes:
    """What socket the peer says it is; nothing where it does not say so."""
    at = 0
    while at < len(properties):
        name = properties[at + 1 : at + 1 + properties[at]]
        at += 1 + len(name)
        size = int.from_bytes(properties[at : at + 4], "big")
        if name.lower() == b"socket-type":
            return properties[at + 4 : at + 4 + size]
        at += 4 + size
    return b""


def ping() -> bytes:
    return PING + TTL_OF_OURS


def pong(ping: bytes) -> bytes:
    return PONG + ping[len(PING) + TTL :]


def as_subscription(command: bytes) -> bytes | None:
    """A command of 3.1 as the message of 3.0 that says the same; None: it is another command."""
    if command.startswith(SUBSCRIBE):
        return b"\1" + command[len(SUBSCRIBE) :]
    if command.startswith(CANCEL):
        return b"\0" + command[len(CANCEL) :]
    return None


def error(status: bytes) -> bytes:
    return ERROR + bytes((len(status),)) + status
