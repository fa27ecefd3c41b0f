"""Why a connection to one of our ports was refused, and what an operator does about it."""

from __future__ import annotations

from enum import StrEnum

_NO_WORKER = "something that is no worker tries that port"


class PortRefusal(StrEnum):
    """The value is what the status and the log say; `hint` is what to do about it, if anything."""

    hint: str

    NO_WORKER = "says what no worker says", _NO_WORKER
    NO_ZMTP = "does not speak ZeroMQ", _NO_WORKER
    SILENT = "said nothing", _NO_WORKER
    RUBBISH = "sends nothing but rubbish", _NO_WORKER
    TOO_MANY_WORKERS = "too many workers", "raise max_peers"
    TOO_MANY_FROM_ONE = "too many workers from one address", "raise max_peers_per_address"
    TOO_MANY_VIEWERS = "too many viewers", "raise max_viewers"
    NO_DESCRIPTOR = "no descriptor is left", "raise this user's limit of open files"
    IDLE = "was idle", ""
    UNREAD = "does not read", ""
    NO_VIEWER = "says more than a viewer says", ""
    TOO_MANY_TOPICS = "subscribes to more than a viewer wants", ""
    NO_SUBSCRIPTION = "a message that a viewer does not send", ""
    UNFINISHED = "never ended a message", ""
    TOO_MUCH_UNFINISHED = "too much that is not whole", ""
    HAS_KEY = "it has keys, and KEYS is not set here", ""

    def __new__(cls, words: str, hint: str) -> PortRefusal:
        one = str.__new__(cls, words)
        one._value_, one.hint = words, hint
        return one

    @classmethod
    def hint_for(cls, reason: str) -> str:
        """Other reasons are a peer's own fault, and leave nothing to be done here."""
        return next((one.hint for one in cls if one == reason), "")
