"""The rows as values, inside one transaction: what queue, leases and history share."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import astuple, dataclass, replace
from typing import Protocol, runtime_checkable

from lib.config.ledger_key import SIZE
from lib.core.lanes import Waiter
from lib.core.still import Still, after_restart, away_ns
from lib.stills.ledger import statements as sql
from lib.stills.ledger.cipher import (
    ERROR,
    FLIGHT,
    MODEL,
    OWNER,
    REQUEST,
    SealedColumn,
    SealError,
    check_seals,
)
from lib.stills.ledger.errors import (
    DamagedLedgerError,
    LedgerUnavailableError,
    NewerLedgerError,
    NoSuchStillError,
)
from lib.stills.ledger.key import opened, wrapped
from lib.stills.ledger.sqlite import Row, Value


class LedgerConnection(Protocol):
    """All that a database has of its own."""

    @property
    def locking(self) -> str: ...
    @property
    def shared(self) -> bool:
        """Whether several services may use it at once."""

    @property
    def resumed(self) -> bool:
        """False until `resume` has been called, and after the database was away."""

    def resume(self, now_ns: int) -> bool:
        """Let the ledger's time go on from here; False where another service has it going."""

    def now_ns(self) -> int: ...
    def transaction(self) -> AbstractContextManager[None]: ...
    def snapshot(self) -> AbstractContextManager[None]: ...
    def run(self, statement: str, values: tuple[Value, ...] = ()) -> list[Row]: ...
    def schema(self) -> int: ...
    def least(self) -> int: ...
    def set_schema(self, number: int) -> None: ...
    def close(self) -> None: ...


@runtime_checkable
class SharedConnection(LedgerConnection, Protocol):
    """To a database that several services may use."""

    def news(self, timeout_s: float) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Event:
    seq: int
    job: str
    what: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class KeptPicture:
    id: str
    job: str  # "" for an upload
    sample: int
    size: int
    kind: str
    name: str
    keep: int
    at_ns: int  # of the calendar
    home: str = ""  # the map that it is of; empty for none


class Book:
    """The ledger's own time stands still while no service runs, so that no age and no lease
    depends on a wall clock, and a restart shifts none of them. How long pictures are kept is said
    in days, so for them the time between two services counts as well."""

    def __init__(
        self,
        connection: LedgerConnection,
        migrations: tuple[tuple[str, ...], ...] = sql.MIGRATIONS,
        key: bytes | None = None,  # of LEDGER_KEY
    ) -> None:
        self.connection = connection
        self.run = connection.run
        self._key = key
        self._kept_keys: tuple[object, object] = ("", b"")
        self.incarnation = ""
        self._away_ns = 0
        self.noted_ns = 0  # the time that is on the disk
        self.added = 0  # pictures since the start
        with connection.transaction():
            self._migrate(migrations)
            self._adopt()
            self.private_lost = self._private_lost()

    def _migrate(self, migrations: tuple[tuple[str, ...], ...]) -> None:
        found = self.connection.schema()
        check_schema(found, self.connection.least(), migrations)
        for statement in (one for step in migrations[found:] for one in step):
            self.run(statement)
        if found < len(migrations):
            self.connection.set_schema(len(migrations))
        if not self.run(sql.LEDGER):
            secret, kept = secrets.token_bytes(SIZE), ""
            if self._key is not None:
                secret, kept = b"", wrapped(self._key, secrets.token_bytes(SIZE), secret)
            self.run(sql.NEW_LEDGER, (secrets.token_hex(8), secret, kept))

    def _adopt(self) -> None:
        """A ledger that was just opened, or put in place of the one that was open."""
        ((incarnation, _, _, now_ns, before_ns, wall_s),) = self.run(sql.LEDGER)
        self._unlock()
        self.incarnation = str(incarnation)
        self.noted_ns, self._away_ns = number(now_ns), number(before_ns)
        if not self.connection.resume(number(now_ns)):
            return  # nothing stood still
        self._away_ns += away_ns(number(wall_s), int(time.time()))
        self.run(sql.NOTE_AWAY, (self._away_ns,))
        self._note(number(now_ns))
        for still in self.stills(sql.RUNNING):
            self.save(after_restart(still, number(now_ns)))

    def _private_lost(self) -> int:
        """With the process before this one; not known where several share the ledger."""
        if self.connection.shared:
            return 0
        lost = self.number(sql.PRIVATE)
        self.run(sql.NOTE_PRIVATE, (0,))
        return lost

    def _unlock(self) -> bool:
        """Whether its own keys are others than before."""
        ((kept, secret),) = self.run(sql.KEYS)
        assert isinstance(secret, bytes)
        before, self._kept_keys = self._kept_keys, (kept, secret)
        self.cipher, self.secret = opened(self._key, str(kept), secret)
        return before != self._kept_keys

    def unseal(self, column: SealedColumn, kept: object, *row: object) -> str:
        """A text as it was before `cipher.seal`."""
        text, place = str(kept), [str(one) for one in row]
        try:
            return self.cipher.unseal(column, text, *place)
        except SealError as error:
            # Another ledger may have been put in place of the one that was open.
            if self._unlock():
                return self.unseal(column, kept, *row)
            if self.connection.shared:  # it is not set aside, and most of it can be read
                raise LedgerUnavailableError(f"Damaged: {error}.") from error
            raise DamagedLedgerError(str(error)) from error

    def check_seals(self, *, every: bool) -> None:
        """DamagedLedgerError where a text does not open: the database sees no change in one.
        Else a thousand rows of each table: a million would take a minute, and whoever reads one
        that does not open learns it then."""
        try:
            check_seals(self.run, self.cipher, every=every)
        except SealError as error:
            raise DamagedLedgerError(str(error)) from error

    @contextmanager
    def writing(self) -> Iterator[int]:
        """A transaction, and the ledger's time in it."""
        with self.connection.transaction():
            # A restored ledger goes on at the time that it was copied at, and one whose database
            # was away at the time when that went.
            if not self.connection.resumed or not self._note(self.now_ns()):
                self._adopt()
            now_ns = self.now_ns()
            yield now_ns
        self.noted_ns = now_ns

    def _note(self, now_ns: int) -> bool:
        return bool(self.run(sql.NOTE_TIME, (now_ns, int(time.time()), self.incarnation)))

    def calendar_ns(self, now_ns: int) -> int:
        """The time in which the ages of pictures are counted."""
        return now_ns + self._away_ns

    def now_ns(self) -> int:
        return self.connection.now_ns()

    def still(self, job: str) -> Still:
        found = self.stills(sql.JOB, job)
        if not found:
            raise NoSuchStillError(f"There is no job {job[:40]!r}.")
        return found[0]

    def stills(self, statement: str, *values: Value) -> list[Still]:
        sealed = [Still(*row) for row in self.run(statement, values)]  # type: ignore[arg-type] # as the schema has them
        return [
            replace(
                one,
                request=self.unseal(REQUEST, one.request, one.id),
                error=self.unseal(ERROR, one.error, one.id),
                model=self.unseal(MODEL, one.model),
            )
            for one in sealed
        ]

    def _sealed(self, still: Still) -> Still:
        seal = self.cipher.seal
        return replace(
            still,
            request=seal(REQUEST, still.request, still.id),
            error=seal(ERROR, still.error, still.id),
            model=seal(MODEL, still.model),
        )

    def add(self, still: Still, flight: str) -> None:
        self.run(sql.ADD_JOB, (*astuple(self._sealed(still)), self.cipher.seal(FLIGHT, flight)))

    def save(self, still: Still) -> None:
        sealed = self._sealed(still)
        self.run(sql.SAVE_JOB, (*(getattr(sealed, name) for name in sql.CHANGING), still.id))

    def in_flight(self, statement: str, flight: str) -> Still | None:
        return next(iter(self.stills(statement, self.cipher.seal(FLIGHT, flight))), None)

    def change(self, before: Still, after: Still, now_ns: int) -> Still:
        """Save what has changed, and tell a change of state."""
        if after != before:
            self.save(after)
        if before.open and not after.open:
            self.run(sql.END_WAITING, (after.id,))
        if after.state != before.state:
            self.tell(after.id, after.state, now_ns)
        return after

    def end_of_lane(self, lane: int) -> int:
        return self.number(sql.END_OF_LANE, lane)

    def owner(self, owner: str) -> str:
        """As the rows of waiters have it."""
        return self.cipher.seal(OWNER, owner)

    def waiters(self, job: str) -> list[Waiter]:
        return self.waiters_by(sql.WAITERS, job)

    def waiters_by(self, statement: str, *values: Value) -> list[Waiter]:
        sealed = [Waiter(*row) for row in self.run(statement, values)]  # type: ignore[arg-type] # as above
        return [replace(one, owner=self.unseal(OWNER, one.owner)) for one in sealed]

    def add_waiter(self, waiter: Waiter) -> None:
        self.run(sql.ADD_WAITER, astuple(replace(waiter, owner=self.owner(waiter.owner))))

    def move_waiter(self, one: Waiter) -> None:
        values = (one.lane, one.turn, one.keep, one.job, self.owner(one.owner))
        self.run(sql.MOVE_WAITER, values)

    def pictures(self, statement: str, *values: Value) -> list[KeptPicture]:
        return [KeptPicture(*row) for row in self.run(statement, values)]  # type: ignore[arg-type] # as above

    def add_picture(self, picture: KeptPicture) -> None:
        self.added += 1
        self.run(sql.ADD_PICTURE, astuple(picture))

    def note_private(self, count: int) -> None:
        """How many jobs would be lost with this process."""
        if self.connection.shared:
            return
        with self.writing():
            self.run(sql.NOTE_PRIVATE, (count,))

    def tell(self, job: str, what: str, now_ns: int) -> None:
        """Its number is taken under the lock that the transaction holds until it is on the disk:
        whoever sees a number finds no smaller one later."""
        self.run(sql.NEXT_EVENT)
        self.run(sql.ADD_EVENT, (job, what, now_ns))

    def number(self, statement: str, *values: Value) -> int:
        return number(self.run(statement, values)[0][0])


def check_schema(found: int, least: int, migrations: tuple[tuple[str, ...], ...]) -> None:
    """NewerLedgerError where a program must know more than these to work with it."""
    if least > len(migrations):
        raise NewerLedgerError(
            f"The ledger of stills has the schema {found}, and this version of the program "
            f"knows {len(migrations)} at most; install the newer version again."
        )


def number(value: object) -> int:
    assert isinstance(value, int)
    return value
