"""What workers do with the ledger: claim, beat, finish, give back; and what happens without."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace

from lib.core.lanes import AHEAD_JOBS, BATCH_NS, choose
from lib.core.still import (
    LEASE_NS,
    SECOND_NS,
    STILLS_FIRST_NS,
    StaleTokenError,
    Still,
    StillState,
    check_token,
    claimed,
    claimed_again,
    ended,
    given_back,
    heard,
    lease_ran_out,
)
from lib.core.still_workers import StillWorker
from lib.stills.ledger import statements as sql
from lib.stills.ledger.book import Book, KeptPicture
from lib.stills.ledger.cipher import MODEL
from lib.stills.ledger.errors import InvalidStillError
from lib.stills.ledger.files import PictureStore
from lib.stills.ledger.queue import StillQueue
from lib.stills.ledger.room import Room

NOTED_NS = 60 * SECOND_NS  # of this much a restart may forget that it has passed


@dataclass(frozen=True, slots=True)
class Offer:
    """What a worker can do; `number` is of its own making, another one for each claim."""

    number: str
    worker: StillWorker = field(default_factory=StillWorker)
    better: tuple[StillWorker, ...] = ()  # who shall rather have what names no engine
    lease_ns: int = 0  # other than the usual, for a worker that cannot beat


@dataclass(frozen=True, slots=True)
class BeatAnswer:
    cancel: bool
    running: bool = True
    lease_s: float = LEASE_NS / SECOND_NS


class Leases:
    def __init__(self, book: Book, queue: StillQueue, files: PictureStore, room: Room) -> None:
        self._book, self._queue, self._files, self._room = book, queue, files, room
        self._job_wait_ns = room.limits.wait_ns
        self._swept_ns = -1
        self.lost = self.tries = 0  # leases that ran out and errors that were told, since the start

    def claim(self, offer: Offer) -> Still | None:
        """The next job that this worker can do; the same one for the same number.

        A look and a write in one transaction: which of the first few it is depends on the models
        that the worker holds and on how long those before it have waited, which is judged by
        lib/core/lanes.py. Nobody else can claim between them: SQLite's transaction has the whole
        ledger from its start, elsewhere `locking` holds the rows that were looked at."""
        if not 8 <= len(offer.number) <= 64:
            raise InvalidStillError("The number of a claim has 8 to 64 characters.")
        locking = self._book.connection.locking
        with self._book.writing() as now_ns:
            for still in self._book.stills(sql.CLAIMED, offer.number):
                again = claimed_again(still, now_ns)
                return self._book.change(still, again, now_ns) if again else None
            self._sweep(now_ns)
            chosen = choose(self._candidates(offer, now_ns, locking), offer.worker.held, now_ns)
            if chosen is None:
                return None
            self._book.run(sql.SERVE[chosen.lane], (chosen.turn, chosen.turn))
            after = claimed(chosen, offer.number, offer.worker.maker, now_ns, offer.lease_ns)
            return self._book.change(chosen, after, now_ns)

    def has_any(self, offer: Offer) -> bool:
        """Whether a claim may bring something: a look that writes nothing."""
        there = self._book.stills(sql.CLAIMED, offer.number)
        return bool(there or self._candidates(offer, self._book.now_ns(), ""))

    def _candidates(self, offer: Offer, now_ns: int, locking: str) -> list[Still]:
        if self._room.is_full():  # what is left is for those that run
            return []
        better = [self._as_rows_are(one) for one in offer.better]
        statement, values = sql.candidates(self._as_rows_are(offer.worker), better, locking)
        wait_ns = 0 if offer.worker.only_stills else STILLS_FIRST_NS
        return self._book.stills(statement, *values, now_ns, wait_ns, now_ns, AHEAD_JOBS)

    def _as_rows_are(self, worker: StillWorker) -> StillWorker:
        """With the models that it has as the rows of jobs name them."""
        if worker.models is None:
            return worker
        seal = self._book.cipher.seal
        return replace(worker, models=tuple(seal(MODEL, one) for one in worker.models))

    def beat(self, job: str, token: int) -> BeatAnswer:
        with self._book.writing() as now_ns:
            before = self._book.still(job)
            still = self._book.change(before, heard(before, token, now_ns), now_ns)
            cancel = still.state in (StillState.CANCELLED, StillState.FAILED)
            return BeatAnswer(cancel, running=still.state == StillState.RUNNING)

    def give_back(self, job: str, token: int, error: str = "") -> Still:
        with self._book.writing() as now_ns:
            still = self._book.still(job)
            end = self._book.end_of_lane(still.lane)
            after = given_back(still, token, error[:500], now_ns, end)
            self.tries += after.tries - still.tries
            return self._book.change(still, after, now_ns)

    def fail(self, job: str, token: int, error: str) -> Still:
        """For good: another try would end alike."""
        with self._book.writing() as now_ns:
            still = self._book.still(job)
            check_token(still, token)
            after = ended(still, StillState.FAILED, now_ns, error[:500])
            return self._book.change(still, after, now_ns)

    def done(self, job: str, token: int) -> Still:
        """What was asked for is done, and has no picture."""
        with self._book.writing() as now_ns:
            still = self._book.still(job)
            self.check(still, token)
            return self._book.change(still, ended(still, StillState.DONE, now_ns), now_ns)

    def finish(self, job: str, token: int, sample: int, data: bytes, kind: str) -> Still:
        """Take one picture; with the last one the job is done. Handed in once more it is the same
        answer and no second picture."""
        still = self._book.still(job)
        self._check_sample(still, token, sample)
        name = self._book.cipher.picture_name(data)
        # Syncing takes far longer than a transaction may hold the queue.
        self._files.write(name, data)
        try:
            return self._take(job, token, sample, data, kind)
        except Exception:
            with self._book.writing():
                self.remove_unnamed(name)
            raise

    def finish_any(self, job: str, data: bytes, kind: str) -> Still:
        """Take the one picture of a job that has none yet, although its lease may have run out:
        for a worker that cannot beat, and so cannot learn that."""
        still = self._book.still(job)
        if not still.open or still.samples != 1:
            raise StaleTokenError(f"The job {job} has its picture, or is no longer wanted.")
        name = self._book.cipher.picture_name(data)
        self._files.write(name, data)
        with self._book.writing() as now_ns:
            still = self._book.still(job)
            if not still.open or self._book.pictures(sql.PICTURES_OF, job):
                self.remove_unnamed(name)
                raise StaleTokenError(f"The job {job} has its picture, or is no longer wanted.")
            if self._queue.private and (trouble := self._room.trouble_with(len(data))):
                self.remove_unnamed(name)
                failed = ended(still, StillState.FAILED, now_ns, trouble)
                return self._book.change(still, failed, now_ns)
            self._files.write(name, data)
            after = ended(still, StillState.DONE, now_ns)
            picture, at_ns = secrets.token_hex(8), self._book.calendar_ns(now_ns)
            kept = KeptPicture(
                picture, job, 0, len(data), kind, name, still.keep, at_ns, still.home
            )
            return self._taken(still, after, kept, now_ns)

    @staticmethod
    def check(still: Still, token: int) -> None:
        """StaleTokenError for a worker whose pictures of it are no longer wanted."""
        check_token(still, token)
        if still.state in (StillState.CANCELLED, StillState.FAILED):
            raise StaleTokenError(f"The job {still.id} is {still.state}.")

    def _check_sample(self, still: Still, token: int, sample: int) -> None:
        check_token(still, token)
        if not 0 <= sample < still.samples:
            raise InvalidStillError(f"sample: 0 to {still.samples - 1}.")
        self.check(still, token)

    def _take(self, job: str, token: int, sample: int, data: bytes, kind: str) -> Still:
        with self._book.writing() as now_ns:
            still = self._book.still(job)
            self._check_sample(still, token, sample)
            name = self._book.cipher.picture_name(data)
            there = {one.sample for one in self._book.pictures(sql.PICTURES_OF, job)}
            if sample in there:
                self.remove_unnamed(name)
                return still
            if self._queue.private and (trouble := self._room.trouble_with(len(data))):
                self.remove_unnamed(name)
                return self._book.change(
                    still, ended(still, StillState.FAILED, now_ns, trouble), now_ns
                )
            self._files.write(name, data)  # a refused copy of it may just have been removed
            after = heard(still, token, now_ns)
            if len(there) + 1 == still.samples:
                after = ended(after, StillState.DONE, now_ns)
            picture, at_ns = secrets.token_hex(8), self._book.calendar_ns(now_ns)
            kept = KeptPicture(
                picture, job, sample, len(data), kind, name, still.keep, at_ns, still.home
            )
            return self._taken(still, after, kept, now_ns)

    def _taken(self, before: Still, after: Still, picture: KeptPicture, now_ns: int) -> Still:
        """Its file is there: name it, and change the job."""
        self._book.add_picture(picture)
        self._book.tell(before.id, f"sample {picture.sample}", now_ns)
        if after.state == StillState.DONE:
            self._book.run(sql.KEEP_PICTURES, (after.keep, before.id))
        return self._book.change(before, after, now_ns)

    def remove_unnamed(self, name: str) -> None:
        """The file, unless another picture has the same bytes."""
        if self._book.number(sql.NAMED, name) == 0:
            self._files.remove(name)

    def sweep(self) -> None:
        """What time does; to be called about once a second. The disk is left alone while nothing is
        due, but for a note of the time now and then; after the database was away the time goes on
        from here."""
        now_ns = self._book.now_ns()
        due = self._book.run(sql.DUE, (now_ns, now_ns - self._job_wait_ns))[0][0]
        noted = self._book.connection.resumed and now_ns - self._book.noted_ns < NOTED_NS
        if noted and not due:
            return
        with self._book.writing() as now_ns:
            self._sweep(now_ns)

    def _sweep(self, now_ns: int) -> None:
        for still in self._book.stills(sql.RAN_OUT, now_ns):
            after = lease_ran_out(still, now_ns, self._book.end_of_lane(still.lane))
            self.lost += 1
            self._book.change(still, after, now_ns)
        if 0 <= now_ns - self._swept_ns < SECOND_NS:
            return  # the rest costs a pass over all that waits
        self._swept_ns = now_ns
        for still in self._book.stills(sql.TOO_OLD, now_ns - self._job_wait_ns):
            hours = self._job_wait_ns / (3600 * SECOND_NS)
            reason = f"No worker could make it within {hours:g} hour{'s' if hours != 1 else ''}."
            after = ended(still, StillState.FAILED, now_ns, still.error or reason)
            self._book.change(still, after, now_ns)
        self._queue.promote(now_ns - BATCH_NS)
