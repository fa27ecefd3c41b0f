"""Pictures that are kept, and for how long."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import NamedTuple

from lib.core.still import SECOND_NS, Keep
from lib.stills.ledger import statements as sql
from lib.stills.ledger.book import Book, Event, KeptPicture, number
from lib.stills.ledger.errors import EventsGoneError, NoSuchStillError, PictureInUseError
from lib.stills.ledger.files import PictureFiles, PictureStore
from lib.stills.ledger.leases import JOB_WAIT_NS, Leases, picture_name

DAY_NS = 24 * 3600 * SECOND_NS
ENDED_NS = 7 * DAY_NS  # how long a job without pictures can still be asked for


@dataclass(frozen=True, slots=True)
class Retention:
    most_bytes: int = 10_000_000_000
    most_ns: int = 0  # 0 for ever
    wait_ns: int = JOB_WAIT_NS  # how long a job waits for a worker that can make it


# Of jobs that nothing is kept of the pictures wait in memory until their client has them.
PRIVATE_RETENTION = Retention(256_000_000, 300 * SECOND_NS)


class PictureAndBytes(NamedTuple):
    kept: KeptPicture
    data: bytes


class StillHistory:
    def __init__(
        self, book: Book, leases: Leases, files: PictureStore, retention: Retention
    ) -> None:
        self._book, self._leases, self._files = book, leases, files
        self._retention = retention

    def upload(self, data: bytes, kind: str, keep: Keep = Keep.HISTORY) -> str:
        """A picture that stills are to be made from."""
        name = picture_name(self._book.secret, data)
        self._files.write(name, data)
        with self._book.writing() as now_ns:
            self._files.write(name, data)  # an equal one may just have been forgotten
            picture = secrets.token_hex(8)
            kept = KeptPicture(picture, "", 0, len(data), kind, name, int(keep), now_ns)
            self._book.add_picture(kept)
            return picture

    def kept(self, picture: str) -> KeptPicture | None:
        found = self._book.pictures(sql.PICTURE, picture)
        return found[0] if found else None

    def picture(self, picture: str) -> PictureAndBytes:
        kept = self.kept(picture)
        if kept is None:
            raise NoSuchStillError(f"There is no picture {picture[:40]!r}.")
        return PictureAndBytes(kept, self._files.read(kept.name))

    def pictures_of(self, job: str) -> list[KeptPicture]:
        return self._book.pictures(sql.PICTURES_OF, job)

    def forget(self, picture: str) -> None:
        """The picture and, with the last one of a job, its request."""
        with self._book.writing() as now_ns:
            if self._book.number(sql.WAITED_FOR, picture):
                raise PictureInUseError(
                    "A job that is not done is made from it; cancel that first."
                )
            for kept in self._book.pictures(sql.PICTURE, picture):
                self._drop(kept)
                self._book.tell(kept.job, "forgotten", now_ns)
                if kept.job and not self.pictures_of(kept.job):
                    self._forget_job(kept.job)

    def _drop(self, kept: KeptPicture) -> None:
        self._book.run(sql.DROP_PICTURE, (kept.id,))
        self._leases.remove_unnamed(kept.name)

    def _forget_job(self, job: str) -> None:
        if not self._book.still(job).open:
            for statement in sql.FORGET_JOB:
                self._book.run(statement, (job,))

    def retain(self) -> int:
        """Let go of what is too much or too old, the oldest first; how many pictures that were."""
        dropped = 0
        with self._book.writing() as now_ns:
            limit = self._retention
            before_ns = now_ns - limit.most_ns if limit.most_ns else -1
            total = self._book.number(sql.KEPT_BYTES)
            while oldest := self._book.pictures(sql.OLDEST_HISTORY):
                going = [kept for kept in oldest if kept.at_ns <= before_ns]
                for kept in oldest[len(going) :]:
                    if total - sum(one.size for one in going) <= limit.most_bytes:
                        break
                    going.append(kept)
                for kept in going:
                    self._drop(kept)
                total -= sum(one.size for one in going)
                dropped += len(going)
                for job in {kept.job for kept in going if kept.job}:
                    if not self.pictures_of(job):
                        self._forget_job(job)
                if len(going) < len(oldest):
                    break
            for (empty,) in self._book.run(sql.EMPTY_JOBS, (now_ns - ENDED_NS,)):
                self._forget_job(str(empty))
            self._book.run(sql.DROP_EVENTS, (now_ns - DAY_NS,))
        return dropped

    def events(self, after: int, most: int = 500) -> list[Event]:
        """What has happened since the event of that number."""
        with self._book.connection.transaction():
            ((last, oldest),) = self._book.run(sql.EVENT_BOUNDS)
            first = number(last) + 1 if oldest is None else number(oldest)
            if after > number(last) or after < first - 1:
                raise EventsGoneError("These events are no longer there; take the whole state.")
            return [Event(*row) for row in self._book.run(sql.EVENTS, (after, most))]  # type: ignore[arg-type] # as the schema has them

    def last_event(self) -> int:
        return number(self._book.run(sql.EVENT_BOUNDS)[0][0])

    def kept_bytes(self) -> int:
        return self._book.number(sql.KEPT_BYTES)

    def clean(self, files: PictureFiles) -> int:
        """Remove files that no picture has, only where the folder is known to be this ledger's: a
        restored ledger would take what is newer than itself for rubbish."""
        if files.owner() != self._book.incarnation:
            return 0
        with self._book.writing():
            orphans = files.names() - {str(name) for (name,) in self._book.run(sql.NAMES)}
            for name in orphans:
                files.remove(name)
        return len(orphans)
