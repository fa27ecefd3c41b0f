"""Why a connection to one of our ports was refused, and what an operator can do about it."""

from __future__ import annotations

from enum import StrEnum

_NO_WORKER = "something that is no worker tries that port"


class PortRefusal(StrEnum):
    """The value is the text in the status and the log; `hint` is what to do about it, if any."""

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
        """The hint for a reason in words; empty for any other, which only its peer can mend."""
        return next((one.hint for one in cls if one == reason), "")
