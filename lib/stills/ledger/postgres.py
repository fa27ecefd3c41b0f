"""A ledger in PostgreSQL, which several services may share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import NamedTuple

import psycopg

from lib.stills.ledger import statements as sql
from lib.stills.ledger.errors import (
    DiskFullError,
    InvalidStillError,
    LedgerInUseError,
    LedgerUnavailableError,
    NewerLedgerError,
    NoSuchStillError,
)
from lib.stills.ledger.server import (
    PATIENCE_S,
    PICTURE_PATIENCE_S,
    PatientConnection,
    connected,
    said,
)
from lib.stills.ledger.sqlite import Row, Value

MOST_BYTES = 32 * 1024 * 1024  # of one picture
FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 10.0  # between two tries to connect
ANSWERED = ("SELECT", "WITH", "VALUES", "TABLE", "SHOW", "EXPLAIN")  # by rows
CHANNEL = "afterimage_stills"
# Two locks by number, of the database and the schema: that of a transaction that writes, and the
# one that every service holds while it is there.
_OURS = 0xAF7E
_WRITING = f"{_OURS}, hashtext(current_schema() || ' writing')"
_BEGIN = f"BEGIN; SELECT pg_advisory_xact_lock({_WRITING})"
_PRESENT = f"{_OURS}, hashtext(current_schema() || ' present')"
_OTHERS = f"""SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = {_OURS} AND objid::bigint =
        (hashtext(current_schema() || ' present')::bigint & 4294967295)"""


class LedgerTime(NamedTuple):
    now_ns: int  # the ledger's
    clock_ns: int  # the server's
    noted_ns: int  # the ledger's, when it was last written to
    least: int  # the schema that a program must know at least


class PostgresConnection:
    """A connection for each thread, and one by which other services know that this one is there.

    Whatever writes holds one lock from its start, as in SQLite: an event's number is taken under
    it, so that a smaller one never comes later, and no two wait for each other. The time is read
    under it from the server's clock, and goes on from where the last service stopped."""

    shared = True
    locking = "FOR UPDATE SKIP LOCKED"  # a row that somebody holds by hand stops nobody

    def __init__(self, address: str) -> None:
        self.resumed = False
        self._address = address
        self._mine = threading.local()
        self._all: set[PatientConnection] = set()
        self._lock = threading.Lock()
        self._presence: PatientConnection | None = None
        self._alone = False  # when this service came
        self._made = False  # the tables are there
        self._opened = False  # and are as they shall be
        self._closed = False
        self._known = len(sql.MIGRATIONS)
        self._wait_s, self._not_before_s, self._why = 0.0, 0.0, ""
        try:
            self._make_own()
        except BaseException:
            self.close()
            raise

    def _make_own(self) -> None:
        """Once: to change a table that is there would wait for a backup that reads it, and
        everybody for that."""
        with self._errors(), self._within(_BEGIN) as (connection, _):
            if connection.execute(sql.POSTGRES_HAS_OWN).fetchall() == [(False,)]:
                for statement in sql.POSTGRES_OWN:
                    connection.execute(statement)

    # --- transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; on the server's disk when it ends."""
        resumed = False
        try:
            begin = f"{_BEGIN}; {sql.CLOCK}" if (made := self._made) else _BEGIN
            with self._errors(), self._within(begin) as (_, told):
                self._be_present()
                resumed = self.resumed
                if made:
                    self._begin_time(self._time_of(told))
                yield
        except BaseException:
            # What lets the time go on is not written either, and another one may be the first.
            if not resumed:
                self._drop_presence()
            raise
        finally:
            self._mine.now_ns = None

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """To read what belongs together; nobody waits for it."""
        with self._errors(), self._within("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"):
            yield

    @contextmanager
    def _within(self, begin: str) -> Iterator[tuple[PatientConnection, list[Row]]]:
        """And the rows of what begins it. What has no answer is sent with the next that has one, or
        with the end: each way there and back is time for which all others wait."""
        connection, cursor = self._execute(begin)
        while cursor.nextset():
            pass
        rows = cursor.fetchall() if cursor.description else []
        self._mine.within = True
        try:
            with connection.pipeline():
                yield connection, rows
                connection.execute("COMMIT")
        except BaseException:
            with suppress(psycopg.Error):
                connection.execute("ROLLBACK")
            raise
        finally:
            self._mine.within = False

    def run(self, statement: str, values: Sequence[Value] = ()) -> list[Row]:
        with self._errors():
            cursor = self._execute(_translated(statement), values, binary=True)[1]
            return cursor.fetchall() if _answers(statement) else []

    def _execute(
        self, statement: str, values: Sequence[Value] = (), *, binary: bool = False
    ) -> tuple[PatientConnection, psycopg.Cursor[Row]]:
        """Once more on a fresh connection where the server had ended an idle one: what is not
        within a transaction begins one, or reads, or may be done twice."""
        connection = self._connection()
        connection.patience_s = self._patience_s(statement)
        try:
            return connection, connection.execute(statement, values or None, binary=binary)
        except psycopg.OperationalError:
            if not connection.closed:
                raise
            self._drop_presence()  # as it is after a restart of the server
            if self._is_within:
                raise
        connection = self._connection()
        connection.patience_s = self._patience_s(statement)
        return connection, connection.execute(statement, values or None, binary=binary)

    def _patience_s(self, statement: str) -> float | None:
        if not self._opened:  # tables of a million rows may be changed
            return None
        return PICTURE_PATIENCE_S if "picture_bytes" in statement else PATIENCE_S

    # --- time

    def now_ns(self) -> int:
        now_ns: int | None = getattr(self._mine, "now_ns", None)
        if now_ns is None:  # it has no other within a transaction
            with self._errors():
                now_ns = self._time().now_ns
        return now_ns

    def _begin_time(self, time: LedgerTime) -> None:
        if time.least > self._known:
            raise NewerLedgerError(
                f"The ledger of stills is for programs that know the schema {time.least}, and this "
                f"one knows {self._known} at most; install the newer version."
            )
        self._mine.now_ns = time.now_ns
        if self.resumed and time.noted_ns > time.now_ns:  # the server's clock went back
            self._mine.now_ns = time.noted_ns
            self.run(sql.SHIFT, (time.noted_ns - time.clock_ns,))

    def _time(self) -> LedgerTime:
        return self._time_of(self._execute(sql.CLOCK)[1].fetchall())

    def _time_of(self, told: list[Row]) -> LedgerTime:
        ((clock, shift, noted, least),) = told
        clock_ns = self._clock_ns(_number(clock))
        # It stands still until it is resumed.
        now_ns = clock_ns + _number(shift) if self.resumed else _number(noted)
        return LedgerTime(now_ns, clock_ns, _number(noted), _number(least))

    def _clock_ns(self, read_ns: int) -> int:
        return read_ns

    def resume(self, now_ns: int) -> bool:
        """Let the ledger's time go on from here, unless another service has it going."""
        self.resumed = self._opened = True
        if self._alone:
            self.run(sql.SHIFT, (now_ns - self._time().clock_ns,))
        self._mine.now_ns = now_ns if self._alone else self._time().now_ns
        return self._alone

    # --- the schema

    def schema(self) -> int:
        ((schema, _),) = self.run(sql.SCHEMA)
        self._made = _number(schema) > 0
        return _number(schema)

    def least(self) -> int:
        """The schema that a program must know at least to work with this one."""
        ((_, least),) = self.run(sql.SCHEMA)
        return _number(least)

    def set_schema(self, number: int) -> None:
        least = min(number, sql.LEAST_SCHEMA)
        if self._made and least > self.schema() and not self._alone:
            raise LedgerInUseError(
                "A service of an earlier version uses this ledger, and could not go on with what "
                "this version makes of it; end those services first."
            )
        self._known = max(self._known, number)
        self.run(sql.SET_SCHEMA, (number, least))
        for statement in sql.POSTGRES_NEWS:
            self.run(statement)
        self._made = True

    # --- being there, and news

    def _be_present(self) -> None:
        """While the lock of writing is held, so that of several one is the first."""
        with self._lock:
            there = self._presence
        if there and not there.closed:
            return
        self.resumed = False
        presence = self._connected()
        ((others,),) = presence.execute(_OTHERS).fetchall()
        presence.execute(f"SELECT pg_advisory_lock_shared({_PRESENT})")
        presence.execute(f"LISTEN {CHANNEL}")
        self._alone = others == 0
        with self._lock:
            self._presence = presence

    def _drop_presence(self) -> None:
        with self._lock:
            presence, self._presence = self._presence, None
        self.resumed = False
        if presence and not presence.closed:
            presence.patience_s = 1.0
            with suppress(psycopg.Error):  # the server would do it, a moment later
                presence.execute("SELECT pg_advisory_unlock_all()")
            presence.close()

    def news(self, timeout_s: float) -> frozenset[str]:
        """What has changed, by whomever: `event`, `map`; nothing if nothing has within that time.
        Called on one thread, which waits."""
        with self._lock:
            presence = self._presence
        if presence is None or presence.closed:
            time.sleep(timeout_s)
            return frozenset()
        try:
            return frozenset(
                one.payload for one in presence.notifies(timeout=timeout_s, stop_after=1)
            )
        except psycopg.Error:
            presence.close()  # the next transaction makes another
            return frozenset(("event", "map"))

    # --- connections

    @property
    def _is_within(self) -> bool:
        return bool(getattr(self._mine, "within", False))

    def _connection(self) -> PatientConnection:
        there: PatientConnection | None = getattr(self._mine, "connection", None)
        if there is None or (there.closed and not self._is_within):
            self._mine.connection = there = self._connected()
        return there

    def _connected(self) -> PatientConnection:
        with self._lock:
            if self._closed:
                raise LedgerUnavailableError("The ledger has been closed.")
            if time.monotonic() < self._not_before_s:
                raise LedgerUnavailableError(self._why)
        try:
            fresh = connected(self._address)
        except psycopg.Error as error:
            with self._lock:
                self._wait_s = min(max(FIRST_WAIT_S, 2 * self._wait_s), LONGEST_WAIT_S)
                self._not_before_s = time.monotonic() + self._wait_s
                self._why = f"The ledger's PostgreSQL cannot be reached: {said(error)}."
            raise LedgerUnavailableError(self._why) from error
        with self._lock:
            self._wait_s = 0.0
            self._all = {one for one in self._all if not one.closed} | {fresh}
        return fresh

    def close(self) -> None:
        self._drop_presence()
        with self._lock:
            self._closed = True
            connections, self._all = self._all, set()
        for one in connections:
            one.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except psycopg.errors.DiskFull as error:
            raise DiskFullError("The disk of the ledger's PostgreSQL is full.") from error
        except (psycopg.DataError, OverflowError, UnicodeEncodeError) as error:
            raise InvalidStillError("A number or a text is not one that can be kept.") from error
        except psycopg.Error as error:
            raise LedgerUnavailableError(
                f"The ledger's PostgreSQL cannot be used at the moment: {said(error)}."
            ) from error


class DatabasePictures:
    """The bytes of pictures, in the same database."""

    def __init__(self, run: Callable[[str, Sequence[Value]], list[Row]]) -> None:
        self._run = run

    def write(self, name: str, data: bytes) -> None:
        if len(data) > MOST_BYTES:
            raise InvalidStillError(
                f"A picture may have {MOST_BYTES >> 20} MB where the ledger is in PostgreSQL."
            )
        if not self._run(sql.HAS_BYTES, (name,)):  # else the same, or their name would differ
            self._run(sql.ADD_BYTES, (name, data))

    def read(self, name: str) -> bytes:
        for (data,) in self._run(sql.BYTES, (name,)):
            assert isinstance(data, bytes)
            return data
        raise NoSuchStillError("The picture is no longer kept.")

    def remove(self, name: str) -> None:
        self._run(sql.DROP_BYTES, (name,))

    def names(self) -> set[str]:
        return {str(name) for (name,) in self._run(sql.BYTE_NAMES, ())}


@lru_cache(1024)
def _translated(statement: str) -> str:
    """The two words that differ in the statements themselves."""
    return statement.replace("%", "%%").replace("?", "%s").replace(" BLOB ", " BYTEA ")


@lru_cache(1024)
def _answers(statement: str) -> bool:
    """Whether it has rows."""
    return statement.lstrip().startswith(ANSWERED) or "RETURNING" in statement


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value
