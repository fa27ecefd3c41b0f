"""A job as clients see it. All of it waits for the ledger and is called on its threads."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from lib.core.still import Keep, Still, StillState
from lib.core.still_workers import StillRoster
from lib.http.bodies import JsonObject
from lib.stills.ledger.ledger import Ledger
from lib.stills.service.asking import asked_for
from lib.stills.service.map_locks import MapLocks
from lib.stills.service.running import HowFar, RunningStills

KEEP_NAMES = {Keep.NONE: "none", Keep.HISTORY: "history", Keep.CANVAS: "canvas"}
LANE_NAMES = ("batch", "interactive")


@dataclass(frozen=True)
class Viewer:
    """Who looks, and what the ledger does not know."""

    progress: RunningStills
    roster: StillRoster
    locks: MapLocks
    owner: str = ""
    has_own_key: bool = False  # by which it is that owner, beyond doubt
    secret: str = ""  # of a private job, that it shows
    person: str | None = ""  # on maps; None for an operator, to whom every map is open

    def is_shut_out(self, still: Still) -> bool:
        """Whether it is of a map with a password that this viewer has not opened."""
        return self.locks.closes(still.home, self.person)

    def owns(self, ledger: Ledger, job: str) -> bool:
        return self._owns(ledger, job, owners_of(ledger, job))

    def _owns(self, ledger: Ledger, job: str, owners: frozenset[str]) -> bool:
        if ledger.private and not self.has_own_key:
            return ledger.is_secret(job, self.secret)
        return self.owner in owners

    def job(self, ledger: Ledger, still: Still) -> JsonObject:
        now_ns = time.monotonic_ns()  # of the workers; the ledger has a time of its own
        owners = owners_of(ledger, still.id)
        mine = self._owns(ledger, still.id, owners)
        queued = still.state == StillState.QUEUED
        place = ledger.queue.place(still) if queued else None
        hidden = (ledger.private and not mine) or self.is_shut_out(still)
        return {
            "id": still.id,
            "number": still.number,
            "state": still.state,
            **self._how_far(still),
            "place": place,
            "waits_for": self._missing(ledger, still, now_ns) if queued else "",
            "error": still.error,
            "engine": still.engine_made_by or still.engine,
            "memory": still.memory,
            "model": still.model,
            "lane": LANE_NAMES[still.lane],
            "keep": KEEP_NAMES[Keep(still.keep)],
            "private": ledger.private,
            "tries": still.tries,
            "waiters": len(owners),
            "created": still.created_s,
            "ended": _ended_s(still),
            "estimate_s": self._estimate_s(still, place, now_ns),
            "owner_is_me": mine,
            **self._words(ledger, still, hidden=hidden),
        }

    def _missing(self, ledger: Ledger, still: Still, now_ns: int) -> str:
        if ledger.room.is_full():
            return "room on the disk: less than 1 GB is free"
        return self.roster.missing(still, now_ns)

    def _how_far(self, still: Still) -> JsonObject:
        running = self.progress.of(still.id) if still.state == StillState.RUNNING else None
        how_far = running.how_far if running else HowFar()
        if still.state == StillState.DONE:
            steps = asked_for(still)["params"]["steps"] * still.samples
            how_far = HowFar(steps, steps)
        return {**how_far._asdict(), "preview": bool(running and running.preview)}

    def _estimate_s(self, still: Still, place: int | None, now_ns: int) -> float | None:
        if not still.open:
            return None
        workers = sum(one.may(still) for one in self.roster.there(now_ns))
        if place is not None and not workers:
            return None
        return self.progress.estimate_s(still, place or 0, workers, now_ns)

    def _words(self, ledger: Ledger, still: Still, *, hidden: bool) -> JsonObject:
        if hidden:
            return {"prompt": "", "prompt_used": "", "negative": "", "remark": "", "params": None,
                    "machine_size": "", "pictures": [], "image": "", "mask": ""}  # fmt: skip
        body = asked_for(still)
        return {
            "prompt": body["prompt"],
            "prompt_used": body["params"]["prompt"],
            "negative": body["negative"],
            "remark": body["remark"],
            "params": body["params"],
            "machine_size": body.get("machine_size", ""),  # rows of before it was kept have none
            "pictures": [one.id for one in ledger.history.pictures_of(still.id)],
            "image": body["image"],
            "mask": body["mask"],
        }

    def jobs(self, ledger: Ledger, stills: Iterable[Still]) -> list[JsonObject]:
        return [self.job(ledger, still) for still in stills]


def owners_of(ledger: Ledger, job: str) -> frozenset[str]:
    return frozenset(one.owner for one in ledger.book.waiters(job))


def _ended_s(still: Still) -> int | None:
    """By the time that the job took: the ledger's own clock stands still between two services."""
    if not still.ended_ns:
        return None
    return still.created_s + (still.ended_ns - still.since_ns) // 1_000_000_000
