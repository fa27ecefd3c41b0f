"""What a ledger in PostgreSQL has of its own: a server, its clock, and other services beside it."""

from __future__ import annotations

import itertools
import socketserver
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lib.core.lanes import Lane
from lib.core.still import SECOND_NS
from lib.stills.__main__ import main
from lib.stills.ledger import statements as sql
from lib.stills.ledger.book import Book
from lib.stills.ledger.errors import (
    InvalidStillError,
    LedgerInUseError,
    LedgerUnavailableError,
    NewerLedgerError,
)
from lib.stills.ledger.leases import Offer
from lib.stills.ledger.ledger import Ledger, open_shared_ledger
from lib.stills.ledger.postgres import DatabasePictures, PostgresConnection
from lib.stills.ledger.queue import Asker, StillRequest
from tests.rig import until
from tests.stills.ledger import ledgers
from tests.stills.ledger.ledgers import PostgresLedger

pytestmark = pytest.mark.skipif(
    bool(ledgers.WITHOUT_POSTGRES), reason=f"{ledgers.WITHOUT_POSTGRES}: SQLite alone is tested"
)


@pytest.fixture
def made() -> Iterator[PostgresLedger]:
    one = PostgresLedger()
    yield one
    one.close()


def beside(made: PostgresLedger) -> Ledger:
    """Another service's, by the same clock."""
    return made.open()


# --- a server that is not as it should be


def test_without_its_package_a_sentence_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "lib.stills.ledger.postgres")
    with pytest.raises(LedgerUnavailableError, match=r"packages.sh requirements-postgres.txt"):
        open_shared_ledger("postgresql:///x")


def test_a_server_that_is_not_there_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailableError, match="cannot be reached") as refused:
        open_shared_ledger(f"postgresql://me:hidden@/x?host={tmp_path}")
    assert "hidden" not in str(refused.value) and "\n" not in str(refused.value)


def test_what_is_no_postgresql_is_one_sentence() -> None:
    class Web(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(1000)
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Web) as other:
        threading.Thread(target=other.handle_request).start()
        port = other.server_address[1]
        with pytest.raises(LedgerUnavailableError, match="cannot be reached") as refused:
            open_shared_ledger(f"postgresql://x@127.0.0.1:{port}/x?sslmode=disable")
    assert "\n" not in str(refused.value)


def test_a_database_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(LedgerUnavailableError, match='database "nothing" does not exist'):
        open_shared_ledger(ledgers.server().url("nothing"))


def test_tries_to_connect_come_after_growing_waits(
    made: PostgresLedger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from lib.stills.ledger import postgres

    connection, tried, now_s = made.ledger.book.connection, [], 1000.0
    assert isinstance(connection, PostgresConnection)
    monkeypatch.setattr(connection, "_address", f"postgresql://x@/x?host={tmp_path}")
    connect = postgres.connected

    def counted(address: str) -> object:
        tried.append(now_s)
        return connect(address)

    monkeypatch.setattr(postgres, "connected", counted)
    monkeypatch.setattr(postgres.time, "monotonic", lambda: now_s)
    for _ in range(400):
        now_s += 0.1
        with pytest.raises(LedgerUnavailableError, match="cannot be reached"):
            connection._connected()
    waits = [later - one for one, later in itertools.pairwise(tried)]
    assert waits == sorted(waits) and waits[0] < 0.5 and 9 < waits[-1] < 11


def test_after_a_restart_of_the_server_it_goes_on_and_leases_have_a_minute() -> None:
    with ledgers.TemporaryPostgres() as server:
        ledger = open_shared_ledger(server.new_database())
        still = ledger.queue.submit(StillRequest({"prompt": "x"}), Asker("a"))
        leased = ledger.leases.claim(Offer("a claim of mine"))
        assert leased and leased.id == still.id
        ledger.leases.beat(leased.id, leased.token)
        before_ns = ledger.book.now_ns()
        server.kill(all_at_once=True)  # or its other processes answer for a moment
        with pytest.raises(LedgerUnavailableError):
            ledger.still(still.id)
        server.start()
        assert until(lambda: reached(ledger))
        ledger.leases.sweep()
        again = ledger.still(still.id)
        left_s = (again.deadline_ns - ledger.book.now_ns()) / SECOND_NS
        assert again.state == "running" and 40 < left_s <= 60
        assert -1 < (ledger.book.now_ns() - before_ns) / SECOND_NS < 1  # it stood still
        assert ledger.leases.finish(leased.id, leased.token, 0, b"p", "png").state == "done"
        ledger.close()


def reached(ledger: Ledger) -> bool:
    """False before the wait after a try in vain is over."""
    try:
        with ledger.book.writing():
            return True
    except LedgerUnavailableError:
        return False


def test_a_connection_that_the_server_ended_is_made_anew(made: PostgresLedger) -> None:
    still = made.submit("x")
    ledgers.server().sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        "AND application_name = 'afterimage stills'"
    )
    assert made.ledger.still(still.id).id == still.id
    assert made.must_claim().id == still.id


def test_what_is_committed_is_on_the_disk_and_what_hangs_is_ended(made: PostgresLedger) -> None:
    run = made.ledger.book.connection.run
    assert run("SHOW synchronous_commit") == [("on",)]
    assert run("SHOW idle_in_transaction_session_timeout") == [("5s",)]


# --- versions


def test_a_newer_ledger_is_refused_unless_this_program_can_go_on_with_it(
    made: PostgresLedger,
) -> None:
    mine, run = len(sql.MIGRATIONS), made.ledger.book.connection.run
    run(sql.SET_SCHEMA, (mine + 1, mine))  # that of one version later, which adds
    still = made.submit("x")
    made.restart()
    assert made.ledger.still(still.id).state == "queued"
    assert made.ledger.book.connection.schema() == mine + 1
    made.ledger.book.connection.run(sql.SET_SCHEMA, (mine + 1, mine + 1))
    try:
        with pytest.raises(NewerLedgerError, match="install the newer version"):
            made.submit("y")  # while it runs
        with pytest.raises(NewerLedgerError, match=f"schema {mine + 1}"):
            made.restart()
    finally:
        with closing(PostgresConnection(made.address)) as other:
            other.run(sql.SET_SCHEMA, (mine, sql.LEAST_SCHEMA))
    made.restart()
    assert made.ledger.still(still.id).state == "queued"


def test_a_newer_program_adds_beside_an_older_one_and_takes_nothing_from_it(
    made: PostgresLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = (*sql.MIGRATIONS, ("ALTER TABLE job ADD COLUMN more TEXT NOT NULL DEFAULT ''",))
    monkeypatch.setattr(sql, "LEAST_SCHEMA", len(more))
    with closing(PostgresConnection(made.address)) as newer:
        with pytest.raises(LedgerInUseError, match="earlier version uses this ledger"):
            Book(newer, more)
        assert newer.schema() == len(sql.MIGRATIONS)
        monkeypatch.undo()
        try:
            Book(newer, more)
            assert newer.schema() == len(more)
            still = made.submit("the older one goes on")
            assert made.must_claim().id == still.id
        finally:
            newer.run("ALTER TABLE job DROP COLUMN more")
            newer.run(sql.SET_SCHEMA, (len(sql.MIGRATIONS), sql.LEAST_SCHEMA))


# --- the clock


def test_a_clock_of_the_server_that_goes_back_takes_no_time_back(made: PostgresLedger) -> None:
    made.submit("x")
    made.later(100)
    made.ledger.leases.sweep()
    leased = made.must_claim()
    before_ns = made.ledger.book.now_ns()
    made.later(-3600)
    made.ledger.leases.beat(leased.id, leased.token)
    assert made.ledger.book.now_ns() == before_ns
    made.later(11)
    made.ledger.leases.sweep()
    assert made.ledger.still(leased.id).state == "queued"  # its lease has run out


def test_the_time_is_that_of_the_servers_clock() -> None:
    ledger = open_shared_ledger(ledgers.empty_database())
    first_ns = ledger.book.now_ns()
    ((asleep,),) = ledger.book.run("SELECT 1 FROM pg_sleep(0.05)")
    assert asleep == 1 and 0.05 <= (ledger.book.now_ns() - first_ns) / SECOND_NS < 20
    ledger.close()


# --- several services


def test_a_second_service_joins_and_has_the_same_time_and_leases(made: PostgresLedger) -> None:
    still = made.submit("x")
    leased = made.must_claim()
    made.later(5)
    other = beside(made)
    assert other.book.now_ns() == made.ledger.book.now_ns()
    assert other.still(still.id).deadline_ns == leased.deadline_ns  # no minute: nothing stood still
    made.later(6)
    other.leases.sweep()
    assert made.ledger.still(still.id).state == "queued"
    # The first one ends, the second goes on, and the first comes back: still nothing stood still.
    made.later(120)
    made.restart()
    assert made.ledger.book.now_ns() == other.book.now_ns()
    other.close()


def test_many_threads_of_two_services_give_each_job_once_and_events_without_a_gap(
    made: PostgresLedger,
) -> None:
    other, jobs = beside(made), 24
    for number in range(jobs):
        made.submit(f"{number}", owner=f"{number % 3}", lane=Lane(number % 2))
    seen: list[list[int]] = [[], []]
    claimed: list[str] = []
    busy = threading.Event()
    failed: list[Exception] = []

    def work(ledger: Ledger, name: str) -> None:
        try:
            for number in itertools.count():
                still = ledger.leases.claim(Offer(f"{name} {number:06}"))
                if still is None:
                    return
                claimed.append(still.id)
                ledger.leases.finish(still.id, still.token, 0, still.id.encode(), "png")
        except Exception as error:
            failed.append(error)
            raise

    def follow(ledger: Ledger, numbers: list[int]) -> None:
        while True:
            over = busy.is_set()
            events = ledger.history.events(numbers[-1] if numbers else 0)
            numbers.extend(event.seq for event in events)
            if over and not events:
                return

    followers = [
        threading.Thread(target=follow, args=(one, numbers))
        for one, numbers in zip((made.ledger, other), seen, strict=True)
    ]
    workers = [
        threading.Thread(target=work, args=(one, f"worker {name}"))
        for name, one in enumerate((made.ledger, other) * 2)
    ]
    for thread in (*followers, *workers):
        thread.start()
    for thread in workers:
        thread.join()
    busy.set()
    for thread in followers:
        thread.join()
    assert not failed and len(claimed) == len(set(claimed)) == jobs
    assert seen[0] == seen[1] == list(range(1, 3 * jobs + jobs + 1))
    other.close()


def test_a_service_is_told_of_what_another_one_changes(made: PostgresLedger) -> None:
    other = beside(made)
    with other.book.writing():
        pass
    while other.book.connection.news(0):
        pass
    made.submit("x")
    assert other.book.connection.news(10) == {"event"}
    with made.ledger.book.writing():
        made.ledger.book.run("INSERT INTO map_opened VALUES ('m', 'p')")
    assert other.book.connection.news(10) == {"map"}
    assert not other.book.connection.news(0.01)
    other.close()


# --- commands


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_the_command_for_backups_names_the_programs_of_postgresql(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ENV_FILE", "/dev/null")
    monkeypatch.setenv("LEDGER", "postgresql://me:hidden@host/x")
    monkeypatch.setattr(sys, "argv", ["stills", command, str(tmp_path / "b.tar")])
    assert main() == 1
    said = capsys.readouterr().err
    assert "pg_dump" in said and "hidden" not in said and said.count("\n") == 1


def test_pg_dump_and_pg_restore_bring_back_what_was(made: PostgresLedger) -> None:
    server, file = ledgers.server(), str(ledgers.server().folder / "stills.dump")
    made.submit("x")
    done = made.finish(made.must_claim(), b"kept")
    (kept,) = made.ledger.history.pictures_of(done.id)
    waits = made.submit("y")
    server.run("pg_dump", "-Fc", "-f", file, made.address)
    made.ledger.history.forget(kept.id)
    made.ledger.queue.cancel(waits.id, "no")
    made.ledger.close()
    server.run("pg_restore", "--clean", "--if-exists", "--no-owner", "-d", made.address, file)
    made.restart()
    assert made.ledger.history.picture(kept.id).data == b"kept"
    assert made.must_claim().id == waits.id
    other = beside(made)
    with other.book.writing():
        pass
    while other.book.connection.news(0):
        pass
    made.submit("z")
    assert other.book.connection.news(10) == {"event"}  # its triggers are there, too
    other.close()


# --- pictures


def test_pictures_are_bytes_in_the_database_once_and_of_a_size(made: PostgresLedger) -> None:
    for words in "xy":
        made.submit(words)
        made.finish(made.must_claim(), b"the same picture")
    count = "SELECT COUNT(*) FROM picture_bytes"
    assert made.ledger.book.number(count) == 1
    for still in made.ledger.stills(1 << 60):
        (kept,) = made.ledger.history.pictures_of(still.id)
        made.ledger.history.forget(kept.id)
    assert made.ledger.book.number(count) == 0
    large = bytes(32 * 1024 * 1024 + 1)
    with pytest.raises(InvalidStillError, match="32 MB"):
        made.ledger.history.upload(large, "png")
    picture = made.ledger.history.upload(large[1:], "png")
    assert made.ledger.history.picture(picture).data == large[1:]


def test_bytes_that_a_killed_service_left_are_removed_at_a_start(made: PostgresLedger) -> None:
    DatabasePictures(made.ledger.book.run).write("0" * 40, b"written, and never named")
    kept = made.ledger.history.upload(b"named", "png")
    made.restart()
    name = made.ledger.history.pictures_of("")[0].name
    assert DatabasePictures(made.ledger.book.run).names() == {name}
    assert made.ledger.history.picture(kept).data == b"named"
