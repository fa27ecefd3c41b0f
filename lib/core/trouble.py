"""What may be wrong with the stream: each kind with its sentence."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Trouble(StrEnum):
    """The value states what is wrong and what to do about it; names and figures fill the braces."""

    SOURCE = "{words}"
    NO_WORKER = "no worker is connected: start transform.py"
    NO_ANSWER = "no worker answers: look at a worker's log"
    NEVER_ANSWERED = "worker at {address} has never answered: is its model still loading?"
    SILENT = "worker {name} silent for {for_s:.0f} s: look at its log"
    ANSWERS_LATE = "worker {name} answers too late: look at its log"
    MORE_SILENT = "{count} more workers silent"
    LEFT = "worker {name} left {for_s:.0f} s ago: start it again if nobody ended it"
    MORE_LEFT = "{count} more workers left"
    TOO_SLOW = (
        "worker {name} is too slow to be given frames: {takes_ms:.0f} ms each{way}, "
        "the fastest {fastest_ms:.0f} ms"
    )
    MORE_SLOW = "{count} more workers too slow"
    NO_PICTURE = "no picture for {for_s:.0f} s"
    THINNED = "dropping {share} at the entrance: workers too slow, add one or lower fps"
    LATE = "{share} come too late to be shown: playout glass waits for more of them"
    LOST = "{share} are lost with their workers: look at the workers' logs"
    BAD = (
        "{count} answers in the last minute were no pictures of their frames, the last from "
        "{host}: look at that worker's log"
    )
    DUP = (
        "{count} answers in the last minute came twice, the last from {host}: "
        "that worker repeats itself"
    )
    FOREIGN = (
        "{count} answers in the last minute answer no job of ours or another worker's, the last "
        "from {host}: does it work for another primary?"
    )
    GARBAGE = (
        "{count} answers in the last minute could not be read as results, the last from {host}: "
        "something that is no worker sends to the result port"
    )
    REFUSED = "the {port} refused {many} in the last minute: {reason}{hint}"
    NO_KEY = "{words}{times}"
    RELIEF = "workers too slow: {words} since {for_s:.0f} s"

    def said(self, key: str = "", **figures: object) -> StreamWarning:
        """The sentence with its figures; `key` tells several warnings of one kind apart."""
        return StreamWarning(self, key or self.name, self.format(**figures))


class StreamWarning(NamedTuple):
    """A warning. Its key stays the same while the figures in its words change: a changed figure is
    not a new warning."""

    kind: Trouble
    key: str
    words: str
