"""What may be wrong with the stream: each kind with its sentence."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from lib.core.plain import span


class Trouble(StrEnum):
    """The value states what is wrong and what to do about it; names and figures fill the braces."""

    SOURCE = "{words}"
    NO_WORKER = "no worker is connected: start transform.py"
    NO_ANSWER = "no worker answers: look at a worker's log"
    NEVER_ANSWERED = "worker at {address} has never answered: is its model still loading?"
    SILENT = "worker {name} silent for {span}: look at its log"
    ANSWERS_LATE = "worker {name} answers too late: look at its log"
    MORE_SILENT = "{count} more workers are silent"
    LEFT = "worker {name} disconnected {span} ago: if nobody stopped it, look at its log"
    MORE_LEFT = "{count} more workers disconnected"
    TOO_SLOW = (
        "worker {name} is too slow to be given frames: {takes_ms:.0f} ms each{way}, "
        "the fastest {fastest_ms:.0f} ms"
    )
    MORE_SLOW = "{count} more workers are too slow"
    NO_PICTURE = "no picture for {span}"
    THINNED = "skipping {share} of frames: the workers can't keep up, add one or lower fps"
    LATE = "{share} of frames come too late to be shown: playout glass waits longer for them"
    LOST = "{share} of frames are lost with their workers: look at the workers' logs"
    BAD = (
        "{count} answers in the last minute were no pictures of their frames, the last from "
        "{host}: look at that worker's log"
    )
    DUP = (
        "{count} answers in the last minute came twice, the last from {host}: "
        "that worker repeats itself"
    )
    FOREIGN = (
        "{count} answers in the last minute belong to no job of that worker, the last "
        "from {host}: does it work for another primary?"
    )
    GARBAGE = (
        "{count} answers in the last minute could not be read as results, the last from {host}: "
        "something that is no worker sends to the result port"
    )
    REFUSED = "the {port} refused {many} in the last minute: {reason}{hint}"
    NO_KEY = "{words}{times}"
    RELIEF = "the workers can't keep up: {words}, for {span} now"

    def said(self, key: str = "", *, for_s: float = 0, **figures: object) -> StreamWarning:
        """The sentence with its figures; `key` tells several warnings of one kind apart, and
        `for_s` is a length of time."""
        words = self.format(**figures, span=span(for_s))
        return StreamWarning(self, key or self.name, words)


class StreamWarning(NamedTuple):
    """A warning. Its key stays the same while the figures in its words change: a changed figure is
    not a new warning."""

    kind: Trouble
    key: str
    words: str
