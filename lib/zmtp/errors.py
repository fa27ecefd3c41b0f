"""Why a connection is refused: one reason for each thing that a peer can do wrong."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The value is said to people. It never quotes the peer, so there are only so many."""

    # the greeting
    NO_ZEROMQ = "does not speak ZeroMQ"
    TOO_OLD = "is too old for keys"
    NO_KEY = "has no key"
    HAS_KEY = "has a key, and none is asked for here"
    UNKNOWN_MECHANISM = "a mechanism that is not spoken here"
    # the handshake
    WRONG_SERVER_KEY = "has the public key of another server"
    UNKNOWN_KEY = "has an unknown key"
    WRONG_SOCKET_TYPE = "is a socket of the wrong type"
    BAD_HANDSHAKE = "breaks the handshake"
    ERROR = "answers with an error"
    # frames
    NOT_READY = "a message before it said what it is"
    TOO_LONG = "a message that is too long"
    SEVERAL_PARTS = "a message of several parts"
    UNKNOWN_FRAME = "a frame of an unknown kind"
    UNKNOWN_COMMAND = "a command that is not expected here"
    BAD_BOX = "a message that cannot be opened"


class ProtocolError(ValueError):
    """The peer breaks the protocol, or is not let in. The connection is to be closed.

    What lies in `Peer.outgoing` should still be sent, so that the peer learns of it.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(detail or str(reason))
        self.reason = reason
