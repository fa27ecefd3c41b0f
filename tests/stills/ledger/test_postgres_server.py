"""A PostgreSQL that somebody has set up in a way of their own, and what else uses it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import psycopg
import pytest

from lib.core.still import SECOND_NS, StaleTokenError
from lib.stills.ledger import postgres
from lib.stills.ledger import statements as sql
from lib.stills.ledger.errors import LedgerUnavailableError
from lib.stills.ledger.ledger import Ledger, open_shared_ledger
from lib.stills.ledger.queue import Asker, StillRequest
from tests.rig import until
from tests.stills.ledger import ledgers
from tests.stills.ledger.ledgers import PostgresLedger

pytestmark = pytest.mark.skipif(
    bool(ledgers.WITHOUT_POSTGRES), reason=f"{ledgers.WITHOUT_POSTGRES}: SQLite alone is tested"
)
LOCKS = """SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND {} AND database =
    (SELECT oid FROM pg_database WHERE datname = '{}')"""
OURS = "application_name = 'afterimage stills'"


@pytest.fixture
def made() -> Iterator[PostgresLedger]:
    one = PostgresLedger()
    yield one
    one.close()


@pytest.fixture
def role() -> Iterator[tuple[str, str]]:
    """The name of a role, and the address of a database of its own."""
    server = ledgers.server()
    server.sql("CREATE ROLE particular LOGIN")
    server.sql("CREATE DATABASE particular OWNER particular")
    yield "particular", server.url("particular").replace("postgres@", "particular@", 1)
    server.sql("DROP DATABASE particular WITH (FORCE)")
    server.sql("DROP ROLE particular")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:hidden word@localhost:1/x",
        "postgresql://me:hidden%word@localhost:1/x",
        "postgresql://me:hidden@[::1/x",
        "postgresql://me:first@hidden@localhost:1/x",
    ],
)
def test_a_wrong_address_is_a_sentence_without_the_password(address: str) -> None:
    with pytest.raises(LedgerUnavailableError, match="LEDGER is no address") as refused:
        open_shared_ledger(address)
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_keep_every_text_is_refused(encoding: str) -> None:
    server = ledgers.server()
    server.sql(f"CREATE DATABASE narrow ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
    try:
        with pytest.raises(LedgerUnavailableError, match=f"texts in {encoding}.* createdb -E UTF8"):
            open_shared_ledger(server.url("narrow"))
    finally:
        server.sql("DROP DATABASE narrow WITH (FORCE)")


@pytest.mark.parametrize(
    "setting",
    [
        "default_transaction_isolation = 'repeatable read'",
        "statement_timeout = '50ms'",
        "idle_session_timeout = '500ms'",
        "client_encoding = 'LATIN1'",
    ],
)
def test_what_a_role_is_set_to_changes_nothing(role: tuple[str, str], setting: str) -> None:
    name, address = role
    ledgers.server().sql(f"ALTER ROLE {name} SET {setting}")
    one, other = open_shared_ledger(address), open_shared_ledger(address)
    troubles: list[Exception] = []

    def ask() -> None:
        try:
            other.queue.submit(StillRequest({"prompt": "second"}), Asker("人"))
        except Exception as error:  # noqa: BLE001 # the test tells it
            troubles.append(error)

    asks = threading.Thread(target=ask)
    # The other one begins, waits, and must see what was written. Asked in the transaction itself,
    # which the server would end if it were idle for long.
    with one.book.writing():
        asks.start()
        assert until(lambda: one.book.run(LOCKS.format("NOT granted", name)) == [(1,)])
        one.book.run("SELECT pg_sleep(0.7)")
        one.book.run(sql.NEXT_NUMBER)
    asks.join()
    assert not troubles
    assert [still.number for still in other.stills(1000)] == [2]
    locks = ledgers.server().sql(LOCKS.format("granted", name))
    assert locks == "2"  # neither was taken for gone
    one.close()
    other.close()


def test_a_service_starts_while_a_backup_is_read(made: PostgresLedger) -> None:
    """pg_dump holds every table for as long as it takes, and nobody may wait for it."""
    still = made.submit("x")
    with psycopg.connect(made.address) as dump:
        dump.execute("LOCK TABLE picture_bytes, service, job, picture IN ACCESS SHARE MODE")
        other = made.open()
        assert other.still(still.id).id == still.id
        other.close()


def test_a_first_change_that_is_refused_after_the_server_was_away_costs_no_lease(
    made: PostgresLedger,
) -> None:
    """The ledger's time stood still meanwhile. That it goes on is written with the first change,
    so where that one is refused the next one must do it."""
    still = made.submit("x")
    leased = made.must_claim()
    made.ledger.leases.beat(leased.id, leased.token)
    ledgers.server().sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OURS}")
    made.later(300)
    with pytest.raises(StaleTokenError):
        made.ledger.leases.beat(still.id, leased.token + 1)
    made.ledger.leases.sweep()  # which lets it go on, whether or not anybody asks for anything
    after = made.ledger.still(still.id)
    assert after.state == "running"
    assert (after.deadline_ns - made.ledger.book.now_ns()) / SECOND_NS == 60


def test_a_server_that_hangs_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its machine still answers for it, so that nothing but time tells."""
    troubles: list[Exception] = []
    reads, hangs = threading.Event(), threading.Event()

    def read(ledger: Ledger) -> None:
        ledger.queue.busy()  # on a connection that is there
        reads.set()
        hangs.wait()
        try:
            ledger.queue.busy()
        except LedgerUnavailableError as error:
            troubles.append(error)

    with ledgers.TemporaryPostgres() as own:
        ledger = open_shared_ledger(own.new_database())
        monkeypatch.setattr(postgres, "PATIENCE_S", 0.5)
        asks = threading.Thread(target=read, args=(ledger,), daemon=True)
        asks.start()
        assert reads.wait(60)
        try:
            own.signal(signal.SIGSTOP)
            hangs.set()
            asks.join(30)
            assert len(troubles) == 1
        finally:
            own.signal(signal.SIGCONT)
        asks.join()
        monkeypatch.undo()
        assert until(lambda: answers(ledger))
        ledger.close()


def answers(ledger: Ledger) -> bool:
    """False until the wait after a try in vain is over."""
    try:
        return ledger.queue.busy() == 0
    except LedgerUnavailableError:
        return False
