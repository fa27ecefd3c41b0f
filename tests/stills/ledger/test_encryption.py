"""A ledger at rest: nobody reads it without its key, and nothing but damage sets it aside."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from lib.canvas.store import Batch, MapPerson, MapStore
from lib.config.settings import ROOT
from lib.core.canvas.document import CanvasOp
from lib.core.canvas.order import CanvasOrder
from lib.stills.ledger.backup import backup, restore
from lib.stills.ledger.convert import change_key, decrypt, encrypt
from lib.stills.ledger.errors import (
    DamagedLedgerError,
    InvalidStillError,
    LedgerKeyError,
    LedgerUnavailableError,
)
from lib.stills.ledger.ledger import Ledger, open_ledger, open_shared_ledger
from lib.stills.ledger.queue import Asker, StillRequest
from tests.stills.ledger.ledgers import (
    WITHOUT_POSTGRES,
    FileLedger,
    PostgresLedger,
    SealedLedger,
    server,
)

KEY, OTHER = SealedLedger.key, bytes(32)
PICTURE = b"\x89PNG\r\n\x1a\n the picture itself"
# What a person typed, wherever that goes.
TYPED = ("pelican at dusk", "my-model", "Ada Lovelace", "order 66", "broke on pelicans",
         "evening map", "a note on herons", "Grace Hopper", "salt:hash")  # fmt: skip
SECRETS = [text.encode() for text in TYPED] + [PICTURE]


@pytest.fixture
def sealed() -> Iterator[SealedLedger]:
    ledger = SealedLedger()
    yield ledger
    ledger.close()


def fill(ledger: Ledger) -> None:
    request = StillRequest({"prompt": TYPED[0]}, model=TYPED[1])
    ledger.queue.submit(request, Asker(f"program {TYPED[2]}", own_key=TYPED[3]))
    broken = ledger.queue.submit(StillRequest({"prompt": "x"}), Asker("browser 1"))
    ledger.queue.cancel(broken.id, TYPED[4])
    ledger.history.upload(PICTURE, "png")
    store = MapStore(ledger)
    row = store.add(TYPED[5], "person", TYPED[8])
    loaded = store.load(row.id, CanvasOrder())
    fields = (("type", "note"), ("text", TYPED[6]))
    ops = [CanvasOp("node", "1" * 16, name, value, "c", at, seq=at)
           for at, (name, value) in enumerate(fields, 1)]  # fmt: skip
    people = [MapPerson("person", TYPED[7], 0, 0)]
    store.commit(loaded, Batch(ops=ops, people=people), 0, 0)


def check(ledger: Ledger) -> None:
    """That all of it is there."""
    broken, first = ledger.stills(1 << 60)
    assert TYPED[0] in first.request and first.model == TYPED[1] and broken.error == TYPED[4]
    request = StillRequest({"prompt": TYPED[0]}, model=TYPED[1])
    owner = f"program {TYPED[2]}"
    assert ledger.queue.submit(request, Asker(owner, own_key=TYPED[3])).id == first.id
    assert ledger.queue.submit(request, Asker(owner)).id == first.id  # in flight
    assert ledger.queue.keyed(owner) == [(TYPED[3], first.id)]
    assert [one.owner for one in ledger.book.waiters(first.id)] == [owner]
    (upload,) = ledger.book.run("SELECT id FROM picture")
    assert ledger.history.picture(str(upload[0])).data == PICTURE
    store = MapStore(ledger)
    row = store.find(TYPED[5])
    loaded = store.load(row.id, CanvasOrder())
    assert row.password == TYPED[8] and loaded.people["person"].name == TYPED[7]
    assert store.name_of("person") == TYPED[7]
    assert loaded.order.document.nodes["1" * 16]["text"] == TYPED[6]


def found(folder: Path) -> set[bytes]:
    """Of what was typed and of the picture, what can be read there."""
    files = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # a server that runs removes some
            files += [path.read_bytes()] if path.is_file() else []
    assert files
    return {secret for secret in SECRETS for data in files if secret in data}


def test_nothing_that_was_typed_can_be_read_while_it_is_used(
    sealed: SealedLedger, on_disk: FileLedger
) -> None:
    for made in (sealed, on_disk):
        fill(made.ledger)
        check(made.ledger)
        assert (made.folder / "stills.sqlite-wal").stat().st_size > 0
    assert found(sealed.folder) == set()
    assert found(on_disk.folder) == set(SECRETS)  # so the search finds what there is
    sealed.restart()
    check(sealed.ledger)


def test_wrong_and_missing_keys_are_told_from_damage_and_change_nothing(
    sealed: SealedLedger, on_disk: FileLedger, caplog: pytest.LogCaptureFixture
) -> None:
    fill(sealed.ledger)
    sealed.ledger.close()
    on_disk.ledger.close()
    before = {path: path.read_bytes() for path in sealed.folder.rglob("*") if path.is_file()}
    for key, why in ((OTHER, "with another key than"), (None, "does not say with which key")):
        with pytest.raises(LedgerKeyError, match=why):
            open_ledger(sealed.folder, key=key)
    assert before == {
        path: path.read_bytes() for path in sealed.folder.rglob("*") if path.is_file()
    }
    with pytest.raises(LedgerKeyError, match=r"is not encrypted.*lib\.stills encrypt"):
        open_ledger(on_disk.folder, key=KEY)
    on_disk.restart()
    sealed.restart()
    check(sealed.ledger)
    assert not caplog.records and not [*sealed.folder.glob("aside-*")]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE job SET request = (SELECT request FROM job other WHERE other.id <> job.id)",
        "UPDATE map_field SET value = 'AAAA' || value WHERE field = 'text'",
        "UPDATE ledger SET wrapped = wrapped || 'AAAA'",
    ],
    ids=["rows exchanged", "text", "own key"],
)
def test_what_does_not_open_with_the_right_key_is_damage(
    sealed: SealedLedger, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    fill(sealed.ledger)
    sealed.ledger.close()
    with sqlite3.connect(sealed.folder / "stills.sqlite") as database:
        database.execute(change)
    database.close()
    with caplog.at_level(logging.WARNING):
        sealed.restart()
    assert "is damaged" in caplog.text and len([*sealed.folder.glob("aside-*")]) == 1
    assert sealed.ledger.is_empty()


def test_damage_that_only_a_reader_finds_is_found_by_the_next_start(
    sealed: SealedLedger, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("lib.stills.ledger.cipher._AT_ONCE", 1)  # so many are looked at of each
    last = max(sealed.submit(f"still {number}").id for number in range(3))
    sealed.ledger.close()
    with sqlite3.connect(sealed.folder / "stills.sqlite") as database:
        database.execute("UPDATE job SET error = 'AAAA' WHERE id = ?", (last,))
    database.close()
    sealed.restart()
    with pytest.raises(DamagedLedgerError, match=r"job\.error"):
        sealed.ledger.still(last)
    sealed.ledger.note_damage()
    sealed.ledger.close(orderly=False)
    with caplog.at_level(logging.WARNING):
        sealed.restart()
    assert "is damaged" in caplog.text and sealed.ledger.is_empty()


def test_a_damaged_picture_is_told_and_costs_only_itself(sealed: SealedLedger) -> None:
    picture = sealed.ledger.history.upload(PICTURE, "png")
    other = sealed.ledger.history.upload(b"another one", "png")
    kept = sealed.ledger.history.kept(picture)
    assert kept
    path = sealed.folder / "pictures" / kept.name
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(LedgerUnavailableError, match=r"its file \w+ is damaged"):
        sealed.ledger.history.picture(picture)
    assert sealed.ledger.history.picture(other).data == b"another one"


def test_a_backup_stays_encrypted_and_goes_back_with_its_key_only(
    sealed: SealedLedger, on_disk: FileLedger, tmp_path: Path
) -> None:
    fill(sealed.ledger)
    (tmp_path / "copies").mkdir()
    assert backup(sealed.folder, tmp_path / "copies" / "b.tar") == 1
    assert found(tmp_path / "copies") == set()
    for key in (OTHER, None):
        with pytest.raises(LedgerKeyError, match=r"b\.tar: The ledger of stills is encrypted"):
            restore(tmp_path / "other", tmp_path / "copies" / "b.tar", key)
    with pytest.raises(LedgerKeyError, match="is not encrypted"):  # the one that is there
        restore(on_disk.folder, tmp_path / "copies" / "b.tar", KEY)
    assert restore(tmp_path / "other", tmp_path / "copies" / "b.tar", KEY) == 1
    ledger = open_ledger(tmp_path / "other", key=KEY)
    check(ledger)
    # Also into a running one that had another key of its own.
    backup(tmp_path / "other", tmp_path / "c.tar")
    still = ledger.stills(1 << 60)[1]
    ledger.close()
    live = SealedLedger()
    restore(live.folder, tmp_path / "c.tar", KEY)
    assert live.ledger.still(still.id).request == still.request  # before it writes for itself
    check(live.ledger)
    live.close()


def test_a_plain_ledger_is_encrypted_and_back_and_gets_another_key(
    on_disk: FileLedger, tmp_path: Path
) -> None:
    fill(on_disk.ledger)
    on_disk.ledger.close()
    folder = on_disk.folder
    assert encrypt(folder, KEY) == 1
    assert found(folder) == set() and len([*(folder / "pictures").iterdir()]) == 2
    with pytest.raises(LedgerKeyError, match="encrypted already"):
        encrypt(folder, KEY)
    ledger = open_ledger(folder, key=KEY)
    check(ledger)
    ledger.close()
    change_key(folder, KEY, OTHER)
    with pytest.raises(LedgerKeyError, match="another key"):
        open_ledger(folder, key=KEY)
    with pytest.raises(LedgerKeyError, match="another key"):
        decrypt(folder, KEY)
    assert decrypt(folder, OTHER) == 1
    assert found(folder) == set(SECRETS)
    with pytest.raises(LedgerKeyError, match="is not encrypted"):
        decrypt(folder, OTHER)
    with pytest.raises(InvalidStillError, match="There is no ledger"):
        encrypt(tmp_path, KEY)
    on_disk.restart()
    check(on_disk.ledger)


@pytest.mark.skipif(bool(WITHOUT_POSTGRES), reason=WITHOUT_POSTGRES)
def test_a_postgresql_has_nothing_readable_and_tells_a_wrong_key() -> None:
    class SealedPostgres(PostgresLedger):
        key = KEY

    made = SealedPostgres()
    try:
        fill(made.ledger)
        check(made.ledger)
        assert found(server().folder) == set()  # rows, log and all
        for key, why in ((OTHER, "another key"), (None, "does not say with which key")):
            with pytest.raises(LedgerKeyError, match=why):
                open_shared_ledger(made.address, key=key)
        made.ledger.book.run("UPDATE job SET request = 'AAAA' WHERE error <> ''")
        with pytest.raises(LedgerUnavailableError, match=r"Damaged: job\.request"):
            made.ledger.stills(1 << 60)
    finally:
        made.close()


# Encrypts copies of a ledger, each in a process that is killed at another line of our code.
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from lib.stills.ledger import convert, files, ledger

OURS = (convert.__file__, files.__file__, ledger.__file__)

def lines(folder, kill_at):
    seen = 0
    def trace(frame, event, arg):
        nonlocal seen
        if frame.f_code.co_filename not in OURS:
            return None
        if event == "line":
            seen += 1
            if seen == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace
    sys.settrace(trace)
    convert.encrypt(folder, bytes.fromhex(sys.argv[2]))
    sys.settrace(None)
    return seen

base, points = Path(sys.argv[1]), int(sys.argv[3])
shutil.copytree(base / "plain", base / "counted")
most = lines(base / "counted", 0)
for at in range(points):
    folder = base / f"killed {at}"
    shutil.copytree(base / "plain", folder)
    child = os.fork()
    if child == 0:
        lines(folder, 1 + at * most // points)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
"""


def test_killed_at_any_moment_it_is_as_before_or_as_it_shall_be(
    on_disk: FileLedger,
) -> None:
    fill(on_disk.ledger)
    on_disk.ledger.close()
    base = on_disk.folder / "copies"  # where nothing waits for a disk
    base.mkdir()
    shutil.copytree(on_disk.folder, base / "plain", ignore=shutil.ignore_patterns("copies"))
    subprocess.run([sys.executable, "-c", KILLED, base, KEY.hex(), "24"], cwd=ROOT, check=True)
    ends = set()
    for folder in base.glob("killed *"):
        try:
            ledger, is_encrypted = open_ledger(folder), False
        except LedgerKeyError:
            ledger, is_encrypted = open_ledger(folder, key=KEY), True
        ends.add(is_encrypted)
        check(ledger)
        ledger.close()
        assert found(folder) == (set() if is_encrypted else set(SECRETS))
        assert not [*folder.glob("aside-*"), *folder.glob("*.converted")]
        assert len([*(folder / "pictures").iterdir()]) == 2
    assert ends == {False, True}
    on_disk.restart()
