"""What frames and answers can come to: the names that status, metrics and logs count them by."""

from __future__ import annotations

from enum import StrEnum


class Drop(StrEnum):
    """Why a captured frame was not shown. Each has one reason; in the order of its way."""

    THINNED = "thinned"  # at the entrance: the workers cannot take so many
    RELIEF = "relief"  # left out evenly, while load is shed
    NO_WORKER = "no_worker"
    LOST = "lost"  # given to a worker, and never came back in time
    LATE = "late"  # came back when it could not be shown any more
    OVERRUN = "overrun"  # came back faster than it could be published


class Mishap(StrEnum):
    """What can go wrong with a job or with an answer."""

    FOREIGN = "foreign"  # answers no job of ours
    DUP = "dup"  # answers what has been answered
    GARBAGE = "garbage"  # cannot be read as a result
    BAD = "bad"  # no picture of its frame
    STUCK = "stuck"  # a job that its worker did not take
