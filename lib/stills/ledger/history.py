"""Pictures that are kept, and for how long."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from lib.core.still import Keep
from lib.stills.ledger import statements as sql
from lib.stills.ledger.book import Book, Event, KeptPicture, number
from lib.stills.ledger.errors import (
    DiskFullError,
    EventsGoneError,
    NoSuchStillError,
    PictureInUseError,
)
from lib.stills.ledger.files import PictureFiles, PictureStore
from lib.stills.ledger.leases import Leases
from lib.stills.ledger.room import DAY_NS, Room


class PictureAndBytes(NamedTuple):
    kept: KeptPicture
    data: bytes


class StillHistory:
    def __init__(
        self, book: Book, leases: Leases, files: PictureStore, room: Room, *, private: bool
    ) -> None:
        self._book, self._leases, self._files = book, leases, files
        self._room, self._limits, self._private = room, room.limits, private

    def upload(self, data: bytes, kind: str, keep: Keep = Keep.HISTORY, home: str = "") -> str:
        """A picture that stills are to be made from; `home`: the map that it is of."""
        self._room.check(keep, len(data))
        if self._private:
            self._make_room(len(data))
        name = self._book.cipher.picture_name(data)
        self._files.write(name, data)
        with self._book.writing() as now_ns:
            self._files.write(name, data)  # an equal one may just have been forgotten
            picture, at_ns = secrets.token_hex(8), self._book.calendar_ns(now_ns)
            kept = KeptPicture(picture, "", 0, len(data), kind, name, int(keep), at_ns, home)
            self._book.add_picture(kept)
            return picture

    def _make_room(self, size: int) -> None:
        """Memory is let go of before more is taken."""
        if trouble := self._room.trouble_with(size):
            raise DiskFullError(trouble)
        self.retain(size)

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
            if self._book.number(sql.ON_A_MAP, picture):
                raise PictureInUseError("It is on a map; delete its node there for good first.")
            for kept in self._book.pictures(sql.PICTURE, picture):
                if kept.job and self._book.still(kept.job).open:  # it would be made once more
                    raise PictureInUseError("Its job is not done; cancel that first.")
                self._drop(kept)
                self._book.tell(kept.job, "forgotten", now_ns)
                if kept.job and not self.pictures_of(kept.job):
                    self._forget_job(kept.job)

    def forget_home(self, home: str) -> None:
        """All that is of a map and on no other one, and the words of its jobs."""
        with self._book.writing():
            for kept in self._book.pictures(sql.OF_HOME, home):
                self._drop(kept)
            for (job,) in self._book.run(sql.JOBS_OF_HOME, (home,)):
                self._forget_job(str(job))

    def made_from(self, picture: str) -> list[str]:
        """The jobs that are made from it."""
        return [str(job) for (job,) in self._book.run(sql.MADE_FROM_IT, (picture,))]

    def _drop(self, kept: KeptPicture) -> None:
        self._book.run(sql.DROP_PICTURE, (kept.id,))
        self._leases.remove_unnamed(kept.name)

    def _forget_job(self, job: str) -> None:
        if not self._book.still(job).open:
            for statement in sql.FORGET_JOB:
                self._book.run(statement, (job,))

    def retain(self, more_bytes: int = 0) -> int:
        """Let go of what is too much or too old, the oldest first, and of the requests of jobs that
        ended long ago without a picture; how many pictures that were. `more_bytes` are to come. In
        several transactions: nobody waits for long."""
        dropped = 0
        while True:
            with self._book.writing() as now_ns:
                going = self._too_much(now_ns, more_bytes)
                for kept in going:
                    self._drop(kept)
                for job in {kept.job for kept in going if kept.job}:
                    if not self.pictures_of(job):
                        self._forget_job(job)
                dropped += len(going)
                forgotten = self._forget_ended(now_ns)
                if not going and not forgotten:
                    self._book.run(sql.DROP_EVENTS, (now_ns - DAY_NS,))
                    return dropped

    def _too_much(self, now_ns: int, more_bytes: int) -> list[KeptPicture]:
        limits = self._limits
        before_ns = self._book.calendar_ns(now_ns) - limits.most_ns if limits.most_ns else -1
        total = self._book.number(sql.HISTORY_BYTES) + more_bytes
        going: list[KeptPicture] = []
        for kept in self._book.pictures(sql.OLDEST_HISTORY):
            if kept.at_ns > before_ns and total <= limits.most_bytes:
                break
            going.append(kept)
            total -= kept.size
        return going

    def _forget_ended(self, now_ns: int) -> int:
        limits = self._limits
        rows = self._book.run(sql.OLD_EMPTY_JOBS, (now_ns - limits.ended_ns,))
        rows = rows or self._book.run(sql.MORE_EMPTY_JOBS, (limits.most_ended,))
        for (job,) in rows:
            self._forget_job(str(job))
        return len(rows)

    def events(self, after: int, most: int = 500) -> list[Event]:
        """What has happened since the event of that number."""
        with self._book.connection.snapshot():
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
        """Remove the files that no picture has; how many those were."""
        with self._book.writing():
            unnamed = self.unnamed(files)
            for name in unnamed:
                files.remove(name)
        return len(unnamed)

    def unnamed(self, files: PictureFiles) -> set[str]:
        return files.names() - {str(name) for (name,) in self._book.run(sql.NAMES)}
