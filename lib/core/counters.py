"""What can become of frames and answers: the names by which status, metrics and logs count."""

from __future__ import annotations

from enum import StrEnum


class Drop(StrEnum):
    """Why a captured frame was not shown. A frame has one reason; they are listed in the order in
    which they can occur."""

    THINNED = "thinned"  # at the entrance: the workers cannot take so many
    RELIEF = "relief"  # left out evenly, while load is shed
    NO_WORKER = "no_worker"
    LOST = "lost"  # given to a worker, and never came back in time
    LATE = "late"  # came back when it could no longer be shown
    OVERRUN = "overrun"  # came back faster than it could be published


class Mishap(StrEnum):
    """What can go wrong with a job or with an answer."""

    FOREIGN = "foreign"  # answers no job of ours
    DUP = "dup"  # answers a job that has been answered already
    GARBAGE = "garbage"  # cannot be read as a result
    BAD = "bad"  # holds no valid picture of its frame
    STUCK = "stuck"  # a job that its worker did not take
