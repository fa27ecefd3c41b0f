"""Whose still is next: lanes, turns by owner inside a lane, and the look-ahead.

A turn is a number that grows: each owner's next still stands one turn behind its last one, and
nobody's stands before the turn that is being served. So every owner with something to do gets one
still of each turn, however many another one has asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from lib.core.still import SECOND_NS, Keep, Still

AHEAD_JOBS = 8
AHEAD_NS = 30 * SECOND_NS
BATCH_NS = 60 * SECOND_NS  # a batch job that has waited so long counts as interactive


class Lane(IntEnum):
    BATCH = 0
    INTERACTIVE = 1


@dataclass(frozen=True, slots=True)
class Waiter:
    """One client that asked; its place, and how long it wants the pictures kept."""

    job: str
    owner: str
    lane: int
    turn: int
    keep: int
    since_ns: int


def next_turn(served: int, last_of_owner: int) -> int:
    return max(served, last_of_owner) + 1


def placed(still: Still, waiters: Iterable[Waiter]) -> Still:
    """At the best place of its waiters, and kept as the most keeping of them asks."""
    waiters = tuple(waiters)
    if not waiters:  # it runs on and is kept
        return replace(still, keep=min(still.keep, Keep.HISTORY))
    lane = max(one.lane for one in waiters)
    turn = min(one.turn for one in waiters if one.lane == lane)
    keep = max(one.keep for one in waiters)
    back = still.back if lane == still.lane else 0  # each lane counts its own turns
    return replace(still, lane=lane, turn=max(turn, back), back=back, keep=keep)


def choose(queue: Sequence[Still], held: Collection[str], now_ns: int) -> Still | None:
    """The first, or one close behind whose model the worker holds already, if nobody whom it
    overtakes has waited for long."""
    for still in queue[:AHEAD_JOBS]:
        if still.lane != queue[0].lane:
            break
        if still.model in held:
            return still
        if now_ns - still.since_ns >= AHEAD_NS:
            break
    return queue[0] if queue else None
