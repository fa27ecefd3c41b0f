"""How a PostgreSQL is reached and what it must be; its errors as sentences without the password."""

from __future__ import annotations

import time

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.numeric import Int8Dumper

from lib.stills.ledger.errors import LedgerUnavailableError
from lib.stills.ledger.sqlite import Row

OLDEST_SERVER = 140_000
ENCODING = "UTF8"
# Where the address does not say otherwise. A server that is gone without a word is noticed.
CONNECTING = {
    "connect_timeout": "3", "keepalives_idle": "5", "keepalives_interval": "2",
    "keepalives_count": "3", "tcp_user_timeout": "10000", "application_name": "afterimage stills",
}  # fmt: skip
# Of each connection, whatever the server, the database or the role is set to otherwise. A service
# that hangs or has lost its line in the middle of a transaction holds all others up, so the server
# ends that. Who waits for the lock of writing must see what was written before it got it, so it has
# no snapshot from before.
OF_SESSION = """SET client_encoding = 'UTF8';
    SET synchronous_commit = on;
    SET default_transaction_isolation = 'read committed';
    SET statement_timeout = 0;
    SET lock_timeout = '8s';
    SET idle_session_timeout = 0;
    SET idle_in_transaction_session_timeout = '5s';
    SET tcp_keepalives_idle = 10;
    SET tcp_keepalives_interval = 5;
    SET tcp_keepalives_count = 3"""

# A server that hangs, and one behind a proxy whose line is cut, keeps a connection alive and says
# nothing. Together with a try to connect it is less than the time after which a service that does
# not get on is ended, and more than the wait for a lock.
PATIENCE_S = 10.0
PICTURE_PATIENCE_S = 45.0  # for 32 MB over a slow line


class PatientConnection(psycopg.Connection[Row]):
    """Closed once it has waited in vain for so long; None: for ever."""

    patience_s: float | None = PATIENCE_S

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        if timeout is not None or self.patience_s is None:
            return super().wait(gen, interval, timeout)
        begin_s = time.monotonic()
        try:
            return super().wait(gen, interval, self.patience_s)
        except psycopg.Error:
            if time.monotonic() - begin_s < self.patience_s or self.closed:
                raise
        self.pgconn.finish()
        raise psycopg.OperationalError(f"it has not answered for {self.patience_s:g} s")


def connected(address: str) -> PatientConnection:
    """psycopg.Error where there is none, LedgerUnavailableError where it is not as it must be."""
    fresh = PatientConnection.connect(_complete(address), autocommit=True)
    try:
        _check(fresh)
        fresh.adapters.register_dumper(int, Int8Dumper)
        fresh.execute(OF_SESSION)
    except BaseException:
        fresh.close()
        raise
    return fresh


def _check(fresh: PatientConnection) -> None:
    version = fresh.info.server_version
    if version < OLDEST_SERVER:
        raise LedgerUnavailableError(
            f"The PostgreSQL of LEDGER is version {version // 10_000}; it must be "
            f"{OLDEST_SERVER // 10_000} or later."
        )
    encoding = fresh.info.parameter_status("server_encoding")
    if encoding != ENCODING:  # it would refuse some of what people write, or change it
        raise LedgerUnavailableError(
            f"The database of LEDGER keeps texts in {encoding}, and must in {ENCODING}: "
            f"createdb -E {ENCODING} -T template0 makes one."
        )


def _complete(address: str) -> str:
    """With what an address leaves open. What the library says of a wrong one may repeat any part
    of it, and of a password with an @ the end is taken for the host's name."""
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(address).items()}
    except psycopg.Error:
        given = {"host": "@"}
    if "@" in given.get("host", ""):
        raise LedgerUnavailableError(
            "LEDGER is no address of a database, postgresql://USER:PASSWORD@HOST/DATABASE; in the "
            "password what is no letter and no digit is written as % and two digits, such as %40 "
            "for @."
        )
    return make_conninfo("", **{**CONNECTING, **given})


def said(error: psycopg.Error) -> str:
    """The first line of what the server or the library says; it names no password."""
    lines = (error.diag.message_primary or str(error) or type(error).__name__).splitlines()
    return lines[0].strip().rstrip(".")
