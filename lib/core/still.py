"""What happens to a still: claimed, heard of, lost, given back, finished, cancelled.

Each function takes the still as its row has it and returns it as it shall be. `token` is the
fencing token: it counts the claims, and only who names the newest may change anything. `lapse`
tells a still that waits again because its lease ran out from one that was given back: the worker
of the first may come back for it as long as nobody else has claimed it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

SECOND_NS = 1_000_000_000
LEASE_NS = 10 * SECOND_NS
RESTART_LEASE_NS = 60 * SECOND_NS  # a worker that cannot reach the service computes on
RETRY_NS = 15 * SECOND_NS  # from a worker's vanishing to the next try
# Then a worker that makes nothing but stills has the first choice: a job that ends workers shall
# rather end one that the wall does not need.
STILLS_FIRST_NS = 15 * SECOND_NS
MOST_TRIES = 3
MOST_VANISHED = 2
BY_MEMORY = "; "  # between an engine and how it gets by with less memory
YEAR_S = 366 * 24 * 3600


class StillState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Keep(IntEnum):
    """How long pictures stay; the most keeping waiter decides."""

    NONE = 0
    HISTORY = 1
    CANVAS = 2


class Lapse(IntEnum):
    NO = 0
    UNHEARD = 1  # the lease ran out without one beat: perhaps the claim's answer was lost
    VANISHED = 2  # the worker had been heard of


class Heard(IntEnum):
    """Whether its worker has sent a beat: ever, and since the service was last started."""

    NOT_SINCE_START = -1  # nor before
    NO = 0
    YES = 1
    ONLY_BEFORE_START = 2


class StaleTokenError(Exception):
    """Another worker has the job now, or nobody may change it any more."""


@dataclass(frozen=True, slots=True)
class Still:
    id: str
    number: int  # in the order of asking
    request: str
    kind: str
    model: str  # "" for any
    engine: str  # "" for any
    side: int  # the longer side in pixels
    samples: int
    lane: int
    turn: int
    keep: int
    since_ns: int
    state: str = StillState.QUEUED
    token: int = 0
    claim: str = ""  # the worker's number of its claim
    released: int = 0  # the token that was given back
    beaten: int = Heard.NO
    lapse: int = Lapse.NO
    tries: int = 0
    vanished: int = 0
    back: int = 0  # its turn is not before this one
    deadline_ns: int = 0
    not_before_ns: int = 0
    ended_ns: int = 0
    error: str = ""
    # The engine of the worker that claimed it last, and how that gets by with less memory.
    made_by: str = ""
    created_s: int = 0  # by the wall clock, for people only: nothing is decided by it
    home: str = ""  # the map that it is of; empty for none

    @property
    def engine_made_by(self) -> str:
        return self.made_by.partition(BY_MEMORY)[0]

    @property
    def memory(self) -> str:
        return self.made_by.partition(BY_MEMORY)[2]

    @property
    def open(self) -> bool:
        """Whether something may still come of it."""
        return self.state in (StillState.QUEUED, StillState.RUNNING)


def flight_key(request: Mapping[str, object], secret: bytes) -> str:
    """The same for equal requests, whatever the order of their fields; says nothing of them."""
    return hashlib.blake2b(canonical(request).encode(), key=secret, digest_size=16).hexdigest()


def canonical(request: Mapping[str, object]) -> str:
    return json.dumps(request, sort_keys=True, separators=(",", ":"))


def claimed(still: Still, claim: str, engine: str, now_ns: int, lease_ns: int = 0) -> Still:
    """`lease_ns`: other than the usual; each beat renews it by LEASE_NS."""
    return replace(
        still, state=StillState.RUNNING, token=still.token + 1, claim=claim, made_by=engine,
        beaten=Heard.NO, lapse=Lapse.NO, deadline_ns=now_ns + (lease_ns or LEASE_NS),
        not_before_ns=0,
    )  # fmt: skip


def claimed_again(still: Still, now_ns: int) -> Still | None:
    """The same claim once more, since its answer was lost; None if it has been used up."""
    if still.state == StillState.RUNNING:
        return replace(still, deadline_ns=now_ns + LEASE_NS)
    return _resumed(still, now_ns) if _lapsed(still) else None


def heard(still: Still, token: int, now_ns: int) -> Still:
    """A beat. What has ended stays as it is: its worker learns that from the answer."""
    check_token(still, token)
    if still.state == StillState.RUNNING:
        return replace(still, beaten=Heard.YES, deadline_ns=now_ns + LEASE_NS)
    lapsed = _lapsed(still)
    return replace(_resumed(still, now_ns), beaten=Heard.YES) if lapsed else still


def check_token(still: Still, token: int) -> None:
    if token != still.token or token == still.released or token < 1:
        raise StaleTokenError(f"The job {still.id} is no longer leased under the token {token}.")


def _lapsed(still: Still) -> bool:
    return still.state == StillState.QUEUED and still.lapse != Lapse.NO


def _resumed(still: Still, now_ns: int) -> Still:
    """Its worker is back before another one claimed it, so it had not vanished."""
    counted = still.lapse == Lapse.VANISHED
    return replace(
        still, state=StillState.RUNNING, lapse=Lapse.NO, vanished=still.vanished - counted,
        beaten=int(counted), deadline_ns=now_ns + LEASE_NS, not_before_ns=0,
    )  # fmt: skip


def lease_ran_out(still: Still, now_ns: int, end_of_lane: int) -> Still:
    if still.beaten <= Heard.NO:
        return replace(still, state=StillState.QUEUED, lapse=Lapse.UNHEARD)
    vanished = still.vanished + 1
    if vanished >= MOST_VANISHED:
        reason = f"{vanished} workers vanished while they made it."
        return ended(replace(still, vanished=vanished), StillState.FAILED, now_ns, reason)
    still = replace(still, state=StillState.QUEUED, lapse=Lapse.VANISHED, vanished=vanished)
    return replace(_sent_back(still, end_of_lane), not_before_ns=now_ns + RETRY_NS)


def _sent_back(still: Still, end_of_lane: int) -> Still:
    turn = max(still.turn, end_of_lane)
    return replace(still, turn=turn, back=turn)


def given_back(still: Still, token: int, error: str, now_ns: int, end_of_lane: int) -> Still:
    """Without an error at its old place and without a try; with one at the end of its lane."""
    if token == still.released and token == still.token:
        return still  # the answer was lost
    check_token(still, token)
    if not still.open or (still.state == StillState.QUEUED and not _lapsed(still)):
        return still
    still = _resumed(still, now_ns) if _lapsed(still) else still
    still = replace(still, state=StillState.QUEUED, released=token)
    if not error:
        return still
    still = replace(_sent_back(still, end_of_lane), tries=still.tries + 1)
    if still.tries >= MOST_TRIES:
        return ended(still, StillState.FAILED, now_ns, error)
    return replace(still, error=error)


def ended(still: Still, state: StillState, now_ns: int, error: str = "") -> Still:
    """The first end stays."""
    if not still.open:
        return still
    return replace(
        still, state=state, lapse=Lapse.NO, ended_ns=now_ns, error=error, not_before_ns=0
    )


def away_ns(noted_s: int, now_s: int) -> int:
    """How long no service ran, by two looks at a wall clock. One that went back, or on by more than
    a year, was set meanwhile and says nothing."""
    passed_s = now_s - noted_s
    return passed_s * SECOND_NS if noted_s > 0 and 0 < passed_s <= YEAR_S else 0


def after_restart(still: Still, now_ns: int) -> Still:
    """A minute for its worker to find the service again, once: a service that starts again and
    again would hold what dead workers had for ever."""
    if still.beaten == Heard.NO:
        unheard = Heard.NOT_SINCE_START
    elif still.beaten == Heard.YES:
        unheard = Heard.ONLY_BEFORE_START
    else:
        return still
    return replace(still, beaten=unheard, deadline_ns=now_ns + RESTART_LEASE_NS)
