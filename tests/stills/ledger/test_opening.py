"""A ledger's file: of another version, in use, damaged, gone, copied, put back."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from lib.config.settings import ROOT
from lib.core.still import StaleTokenError
from lib.stills.ledger.backup import backup, restore
from lib.stills.ledger.book import Book
from lib.stills.ledger.errors import EventsGoneError, LedgerInUseError, NewerLedgerError
from lib.stills.ledger.ledger import open_ledger
from lib.stills.ledger.sqlite import SqliteConnection
from lib.stills.ledger.statements import MIGRATIONS
from tests.stills.ledger.ledgers import FileLedger


def stills(folder: Path, command: str, file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lib.stills", command, file, "--state_dir", folder],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_it_is_written_to_the_disk_at_each_commit(on_disk: FileLedger) -> None:
    run = on_disk.ledger.book.connection.run
    assert run("PRAGMA journal_mode") == [("wal",)]
    assert run("PRAGMA synchronous") == [(2,)]


def test_a_second_service_is_told(on_disk: FileLedger) -> None:
    with pytest.raises(LedgerInUseError, match="Another service uses the stills in"):
        open_ledger(on_disk.folder)
    on_disk.restart()


def test_a_newer_ledger_is_refused_and_left_alone(on_disk: FileLedger) -> None:
    still = on_disk.submit("x")
    on_disk.ledger.close()
    with sqlite3.connect(on_disk.folder / "stills.sqlite") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(NewerLedgerError, match="schema 99"):
        on_disk.open()
    with sqlite3.connect(on_disk.folder / "stills.sqlite") as database:
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    database.close()
    on_disk.restart()
    assert on_disk.ledger.still(still.id).id == still.id


def test_an_older_ledger_is_brought_forward_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "stills.sqlite"
    first = SqliteConnection(path)
    incarnation = Book(first).incarnation
    with pytest.raises(Exception, match="nonsense"):
        Book(first, (*MIGRATIONS, ("CREATE TABLE more (x INTEGER)", "nonsense")))
    assert first.schema() == len(MIGRATIONS)
    assert Book(first, (*MIGRATIONS, ("CREATE TABLE more (x INTEGER)",))).incarnation == incarnation
    assert first.schema() == len(MIGRATIONS) + 1
    assert first.run("SELECT * FROM more") == []
    first.close()


@pytest.mark.parametrize("schema", range(1, len(MIGRATIONS)))
def test_a_ledger_of_an_earlier_version_goes_on(schema: int, on_disk: FileLedger) -> None:
    on_disk.ledger.close()
    for path in on_disk.folder.glob("stills.sqlite*"):
        path.unlink()
    with sqlite3.connect(on_disk.folder / "stills.sqlite") as database:
        database.executescript((Path(__file__).parent / f"schema_{schema}.sql").read_text())
    database.close()
    on_disk.restart()
    ledger, book = on_disk.ledger, on_disk.ledger.book
    assert book.connection.schema() == len(MIGRATIONS) > 1
    waits, running, done = (ledger.stills(1 << 60)[at] for at in (1, 2, 3))
    assert [one.state for one in (waits, running, done)] == ["queued", "running", "done"]
    assert [one.sample for one in ledger.history.pictures_of(done.id)] == [0]
    assert on_disk.finish(running, b"made by a worker of before").state == "done"
    assert on_disk.must_claim().id == waits.id
    again = on_disk.submit("done", "browser a", inputs=("7bce048ee017ab47",), own_key="mine")
    assert again.id == done.id
    assert ledger.history.events(0)[0].seq == 1


def test_a_damaged_ledger_is_set_aside_with_its_pictures(
    on_disk: FileLedger, caplog: pytest.LogCaptureFixture
) -> None:
    on_disk.submit("x")
    on_disk.finish(on_disk.must_claim(), b"picture")
    on_disk.ledger.close()
    path = on_disk.folder / "stills.sqlite"
    data = bytearray(path.read_bytes())
    data[4096:12_000] = os.urandom(12_000 - 4096)
    path.write_bytes(data)
    with caplog.at_level(logging.WARNING):
        on_disk.restart()
    assert "is damaged" in caplog.text
    assert on_disk.ledger.stills(1 << 60) == []
    (aside,) = on_disk.folder.glob("aside-*")
    assert (aside / "stills.sqlite").read_bytes() == data
    assert [path.read_bytes() for path in (aside / "pictures").iterdir() if path.name != "ledger"]
    on_disk.submit("goes on")
    assert on_disk.finish(on_disk.must_claim()).state == "done"


def test_what_is_no_database_is_set_aside(on_disk: FileLedger) -> None:
    on_disk.ledger.close()
    (on_disk.folder / "stills.sqlite").write_bytes(b"rubbish" * 1000)
    on_disk.restart()
    (aside,) = on_disk.folder.glob("aside-*")
    assert (aside / "stills.sqlite").read_bytes() == b"rubbish" * 1000


@pytest.mark.parametrize("end", ["", "-wal"])
def test_a_fifo_in_its_place_is_set_aside_without_a_wait(on_disk: FileLedger, end: str) -> None:
    on_disk.ledger.close()
    path = on_disk.folder / f"stills.sqlite{end}"
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    on_disk.restart()
    (aside,) = on_disk.folder.glob("aside-*")
    assert (aside / path.name).is_fifo()
    on_disk.submit("goes on")


def test_the_pictures_of_a_ledger_that_is_gone_are_set_aside(on_disk: FileLedger) -> None:
    on_disk.submit("x")
    on_disk.finish(on_disk.must_claim(), b"picture")
    on_disk.ledger.close()
    for path in on_disk.folder.glob("stills.sqlite*"):
        path.unlink()
    on_disk.restart()
    (aside,) = on_disk.folder.glob("aside-*")
    assert len(list((aside / "pictures").iterdir())) == 2


def test_only_after_an_orderly_end_of_the_same_file_nothing_is_looked_through(
    on_disk: FileLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks: list[SqliteConnection] = []
    check = SqliteConnection.check
    monkeypatch.setattr(SqliteConnection, "check", lambda one: (checks.append(one), check(one)))
    still = on_disk.submit("x")
    on_disk.restart()
    assert checks == [] and on_disk.ledger.still(still.id) == still
    on_disk.ledger.close(orderly=False)
    on_disk.restart()
    assert len(checks) == 1
    on_disk.restart()
    assert len(checks) == 1
    on_disk.ledger.close()
    with sqlite3.connect(on_disk.folder / "stills.sqlite") as database:
        database.execute("UPDATE job SET turn = turn")
    database.close()
    on_disk.restart()
    assert len(checks) == 2
    # A copy of it in its place is another file, whatever its size and date.
    on_disk.ledger.close()
    path = on_disk.folder / "stills.sqlite"
    shutil.copy2(path, path.with_name("copy"))
    path.with_name("copy").replace(path)
    on_disk.restart()
    assert len(checks) == 3


def test_damage_that_is_found_in_use_is_looked_for_until_the_next_start_has_found_it(
    on_disk: FileLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    every: list[bool] = []
    monkeypatch.setattr(Book, "check_seals", lambda _, *, every: seen(every))

    def seen(whole: bool) -> None:
        every.append(whole)

    on_disk.ledger.note_damage()
    on_disk.ledger.close(orderly=False)
    on_disk.restart()
    on_disk.ledger.close(orderly=False)
    on_disk.restart()
    assert every == [True, False]


def test_files_that_no_still_has_are_removed_at_the_start(on_disk: FileLedger) -> None:
    on_disk.submit("x")
    still = on_disk.finish(on_disk.must_claim(), b"picture")
    for name in ("0" * 40, "half.partial"):
        (on_disk.folder / "pictures" / name).write_bytes(b"left by a kill")
    on_disk.ledger.close(orderly=False)
    on_disk.restart()
    (kept,) = on_disk.ledger.history.pictures_of(still.id)
    assert {path.name for path in (on_disk.folder / "pictures").iterdir()} == {kept.name, "ledger"}


def test_a_backup_of_a_running_service_is_put_back_into_it(
    on_disk: FileLedger, tmp_path: Path
) -> None:
    old = on_disk.submit("old")
    old = on_disk.finish(on_disk.must_claim(), b"old picture")
    running = on_disk.submit("running")
    early = on_disk.must_claim()
    file = tmp_path / "backup.tar"
    done = stills(on_disk.folder, "backup", file)
    assert (done.returncode, done.stdout) == (0, "backup: the ledger and 1 pictures\n")

    (kept,) = on_disk.ledger.history.pictures_of(old.id)
    on_disk.ledger.history.forget(kept.id)
    new = on_disk.submit("new")
    new = on_disk.finish(on_disk.must_claim(), b"new picture")
    seen = on_disk.ledger.history.events(0)[-1].seq
    done = stills(on_disk.folder, "restore", file)
    assert done.returncode == 0, done.stderr

    assert on_disk.ledger.history.picture(kept.id)[1] == b"old picture"
    assert [one.id for one in on_disk.ledger.stills(1 << 60)] == [running.id, old.id]
    with pytest.raises(StaleTokenError):
        on_disk.finish(early)
    with pytest.raises(EventsGoneError):
        on_disk.ledger.history.events(seen)
    again = on_disk.must_claim()
    assert again.id == running.id and again.token > early.token
    assert on_disk.finish(again, b"made again").state == "done"
    # What the replaced ledger had is nobody's rubbish, and what the new one leaves is.
    on_disk.restart()
    (aside,) = on_disk.folder.glob("aside-*")
    assert [path.read_bytes() for path in (aside / "pictures").iterdir()] == [b"new picture"]
    (on_disk.folder / "pictures" / ("0" * 40)).write_bytes(b"left by a kill")
    on_disk.ledger.close(orderly=False)
    on_disk.restart()
    names = {path.read_bytes() for path in (on_disk.folder / "pictures").iterdir()}
    assert names == {b"old picture", b"made again", on_disk.ledger.book.incarnation.encode()}
    assert new.id not in {one.id for one in on_disk.ledger.stills(1 << 60)}


def test_what_is_forgotten_while_a_backup_is_made_is_not_in_it(
    on_disk: FileLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays = on_disk.submit("stays")
    stays = on_disk.finish(on_disk.must_claim(), b"stays")
    on_disk.submit("a zebra that is forgotten")
    gone = on_disk.finish(on_disk.must_claim(), b"gone")
    (kept,) = on_disk.ledger.history.pictures_of(gone.id)
    copy_to = SqliteConnection.copy_to

    def forgotten_behind_the_copy(connection: SqliteConnection, path: Path) -> None:
        copy_to(connection, path)
        on_disk.ledger.history.forget(kept.id)

    monkeypatch.setattr(SqliteConnection, "copy_to", forgotten_behind_the_copy)
    assert backup(on_disk.folder, tmp_path / "b.tar") == 1
    assert b"zebra" not in (tmp_path / "b.tar").read_bytes()
    assert restore(tmp_path / "other", tmp_path / "b.tar") == 1
    ledger = open_ledger(tmp_path / "other")
    assert [one.id for one in ledger.stills(1 << 60)] == [stays.id]
    assert ledger.history.kept(kept.id) is None
    ledger.close()


def test_a_backup_replaces_a_damaged_ledger(on_disk: FileLedger, tmp_path: Path) -> None:
    still = on_disk.submit("x")
    backup(on_disk.folder, tmp_path / "b.tar")
    on_disk.ledger.close()
    (on_disk.folder / "stills.sqlite").write_bytes(b"rubbish" * 1000)
    restore(on_disk.folder, tmp_path / "b.tar")
    on_disk.restart()
    assert on_disk.ledger.still(still.id).state == "queued"
    assert len(list(on_disk.folder.glob("aside-*"))) == 1


def test_a_restored_ledger_goes_on_at_its_own_time(on_disk: FileLedger, tmp_path: Path) -> None:
    still = on_disk.submit("waits")
    backup(on_disk.folder, tmp_path / "b.tar")
    on_disk.ledger.queue.cancel(still.id, "no")
    on_disk.later(25 * 3600)
    on_disk.ledger.leases.sweep()
    restore(on_disk.folder, tmp_path / "b.tar")
    on_disk.later(2)
    on_disk.ledger.leases.sweep()
    assert on_disk.ledger.still(still.id).state == "queued"  # it has not waited for a day


def test_a_backup_goes_into_an_empty_folder(on_disk: FileLedger, tmp_path: Path) -> None:
    on_disk.submit("x")
    still = on_disk.finish(on_disk.must_claim(), b"picture")
    backup(on_disk.folder, tmp_path / "b.tar")
    restore(tmp_path / "other", tmp_path / "b.tar")
    ledger = open_ledger(tmp_path / "other")
    (kept,) = ledger.history.pictures_of(still.id)
    assert ledger.history.picture(kept.id)[1] == b"picture"
    ledger.close()


def test_rubbish_is_not_restored(on_disk: FileLedger, tmp_path: Path) -> None:
    still = on_disk.submit("x")
    (tmp_path / "rubbish").write_bytes(b"rubbish")
    done = stills(on_disk.folder, "restore", tmp_path / "rubbish")
    assert done.returncode == 1 and "is no backup of stills" in done.stderr
    assert "Traceback" not in done.stderr
    assert on_disk.ledger.still(still.id).id == still.id
    done = stills(tmp_path / "nothing", "backup", tmp_path / "b.tar")
    assert (done.returncode, "There is no ledger" in done.stderr) == (1, True)


def test_what_was_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    program = """if True:
        import sys
        from pathlib import Path
        from lib.stills.ledger.leases import Offer
        from lib.stills.ledger.ledger import open_ledger
        from lib.stills.ledger.queue import Asker, StillRequest
        ledger = open_ledger(Path(sys.argv[1]))
        number = 0
        while True:
            number += 1
            still = ledger.queue.submit(StillRequest({"prompt": number}), Asker("a"))
            still = ledger.leases.claim(Offer(f"{number:08}"))
            ledger.leases.finish(still.id, still.token, 0, b"%d" % number, "png")
            print(still.id, flush=True)
    """
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as service:
        assert service.stdout
        answered = [service.stdout.readline().strip() for _ in range(20)]
        service.send_signal(signal.SIGKILL)
    ledger = open_ledger(tmp_path)
    for number, job in enumerate(answered, 1):
        (kept,) = ledger.history.pictures_of(job)
        assert ledger.history.picture(kept.id)[1] == b"%d" % number
    ledger.close()


def test_a_private_job_leaves_nothing_on_the_disk(on_disk: FileLedger, tmp_path: Path) -> None:
    """The file ledger beside it is open, as in the service."""
    from tests.stills.ledger.ledgers import MemoryLedger

    private = MemoryLedger()
    private.submit("a very private prompt")
    private.finish(private.must_claim(), b"a very private picture")
    for path in on_disk.folder.rglob("*"):
        assert path.is_dir() or b"very private" not in path.read_bytes()
    private.close()
