"""Workers that wait for a job: one of them at a time is looked after, the best engine first.

With 200 waiting, a new job costs one claim and not 200: those that can do the same as one that got
nothing are not asked for.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field

from lib.core.still import StaleTokenError, Still
from lib.core.still_workers import StillRoster, StillWorker, WorkerName
from lib.stills.ledger.errors import LedgerError
from lib.stills.ledger.leases import Offer
from lib.stills.ledger.ledger import Ledger
from lib.stills.service.ledgers import Ledgers
from lib.stills.service.running import RunningStills

log = logging.getLogger(__name__)
MOST_WAITING = 1000
MOST_UNHEARD = 8  # leases of one worker that it has not said a word about


@dataclass(frozen=True, slots=True)
class ClaimedStill:
    """A job that a worker has got."""

    still: Still
    private: bool
    done: tuple[int, ...]  # samples that are there already


def _future() -> asyncio.Future[ClaimedStill]:
    return asyncio.get_running_loop().create_future()


@dataclass(eq=False, slots=True)
class WaitingClaim:
    number: str
    who: WorkerName
    worker: StillWorker
    since_ns: int
    lease: asyncio.Future[ClaimedStill] = field(default_factory=_future)

    @property
    def order(self) -> tuple[int, bool, int]:
        """The best engine first; then one that the wall does not need; then who waits longest."""
        return -self.worker.rank, not self.worker.only_stills, self.since_ns

    @property
    def ability(self) -> tuple[object, ...]:
        one = self.worker
        return one.engine, one.kinds, one.models, one.largest, one.only_stills, one.rank


class Claims:
    """Used on the event loop's thread."""

    def __init__(self, ledgers: Ledgers, roster: StillRoster, progress: RunningStills) -> None:
        self._ledgers, self._roster, self._progress = ledgers, roster, progress
        self.waiting: set[WaitingClaim] = set()
        self._matching: asyncio.Task[None] | None = None
        self._again = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = itertools.count()

    async def claim(
        self, number: str, who: WorkerName, worker: StillWorker, wait_s: float
    ) -> ClaimedStill | None:
        """A job for this worker, as soon as there is one; None if there is none in time."""
        self._roster.asked(who, worker, time.monotonic_ns())
        pause_s = self._roster.benched_ns(who, time.monotonic_ns()) / 1e9
        one = WaitingClaim(number, who, worker, time.monotonic_ns())
        if pause_s:
            await asyncio.sleep(min(pause_s, wait_s))
        if pause_s > wait_s or len(self.waiting) >= MOST_WAITING:
            return None
        self.waiting.add(one)
        self.wake()
        try:
            await asyncio.wait({one.lease}, timeout=max(0.2, wait_s - pause_s))
            return one.lease.result() if one.lease.done() and not one.lease.cancelled() else None
        except asyncio.CancelledError:  # its connection ended
            if one.lease.done() and not one.lease.cancelled():
                self.later(self.put_back(one.lease.result()))
            raise
        finally:
            self.waiting.discard(one)
            one.lease.cancel()

    def wake(self) -> None:
        """Something may have changed for those that wait."""
        self._again = True
        if self.waiting and (self._matching is None or self._matching.done()):
            self._matching = asyncio.create_task(self._match())

    def later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)  # the loop alone would not keep it
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Send all away: the service ends."""
        for one in self.waiting:
            one.lease.cancel()

    async def _match(self) -> None:
        while self._again:
            self._again = False
            dry: set[tuple[object, ...]] = set()
            unheard = self._progress.unheard()
            for one in sorted(self.waiting, key=lambda claim: claim.order):
                if one.ability in dry or one.lease.done() or unheard[one.who] >= MOST_UNHEARD:
                    continue
                try:
                    lease = await self._ledgers.run(lambda one=one: self._lease(one))  # type: ignore[misc]
                except LedgerError as error:
                    log.warning("no job can be given out: %s", error)
                    return
                if lease is None:
                    dry.add(one.ability)
                elif one.lease.done():  # it went away meanwhile
                    await self.put_back(lease)
                else:
                    still, now_ns = lease.still, time.monotonic_ns()
                    self._progress.begin(still.id, still.token, one.who, now_ns)
                    unheard[one.who] += 1
                    one.lease.set_result(lease)

    def _lease(self, one: WaitingClaim) -> ClaimedStill | None:
        """On a thread of the ledger. Both ledgers take turns, so that neither starves the other."""
        better = self._roster.better_than(one.worker, time.monotonic_ns())
        offer = Offer(one.number, one.worker, better)
        ledgers = self._ledgers.both if next(self._turns) % 2 else self._ledgers.both[::-1]
        for ledger in ledgers:
            still = ledger.leases.claim(offer) if ledger.leases.has_any(offer) else None
            if still:
                return ClaimedStill(still, ledger.private, _samples(ledger, still))
        return None

    async def put_back(self, lease: ClaimedStill) -> None:
        """Nobody has got it: the connection ended before its answer."""
        self._progress.end(lease.still.id)
        await self._give_back(lease.still.id, lease.still.token, "")

    def give_back(self, job: str, token: int, error: str) -> None:
        self.later(self._give_back(job, token, error))

    async def _give_back(self, job: str, token: int, error: str) -> None:
        with suppress(LedgerError, StaleTokenError):
            await self._ledgers.run(
                lambda: self._ledgers.of(job).leases.give_back(job, token, error)
            )


def _samples(ledger: Ledger, still: Still) -> tuple[int, ...]:
    return tuple(one.sample for one in ledger.history.pictures_of(still.id))
