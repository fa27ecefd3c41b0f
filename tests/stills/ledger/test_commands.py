"""The commands for a ledger at rest, with what people have: other versions, other settings."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lib.config.ledger_key import read_ledger_key
from lib.config.settings import ROOT
from lib.stills.__main__ import main
from lib.stills.ledger import statements as sql
from lib.stills.ledger.backup import backup
from lib.stills.ledger.book import Book
from lib.stills.ledger.convert import change_key, decrypt, encrypt
from lib.stills.ledger.errors import LedgerKeyError, NewerLedgerError
from lib.stills.ledger.ledger import LEDGER, open_ledger
from lib.stills.ledger.scratch import PREFIX, scratch
from lib.stills.ledger.sqlite import SqliteConnection

KEY, OTHER = bytes(range(32)), bytes(32)
FIRST_WITH_KEYS = 4  # the schema that can be encrypted


def made_by_version(folder: Path, schema: int) -> None:
    with closing(SqliteConnection(folder / LEDGER)) as connection:
        Book(connection, sql.MIGRATIONS[:schema], key=KEY)


def test_a_ledger_of_an_earlier_version_is_known_to_be_encrypted(tmp_path: Path) -> None:
    made_by_version(tmp_path, FIRST_WITH_KEYS)
    with pytest.raises(LedgerKeyError, match="encrypted already"):
        encrypt(tmp_path, KEY)
    change_key(tmp_path, KEY, OTHER)
    assert decrypt(tmp_path, OTHER) == 0
    open_ledger(tmp_path).close()


def test_one_from_before_there_were_keys_is_encrypted(tmp_path: Path) -> None:
    script = Path(__file__).with_name(f"schema_{FIRST_WITH_KEYS - 1}.sql")
    with closing(sqlite3.connect(tmp_path / LEDGER)) as database:
        database.executescript(script.read_text("utf-8"))
    with pytest.raises(LedgerKeyError, match="is not encrypted"):
        decrypt(tmp_path, KEY)
    assert encrypt(tmp_path, KEY) == 0
    open_ledger(tmp_path, key=KEY).close()


def test_the_key_of_a_ledger_from_a_newer_version_is_left_as_it_is(tmp_path: Path) -> None:
    made_by_version(tmp_path, len(sql.MIGRATIONS))
    with closing(SqliteConnection(tmp_path / LEDGER)) as connection:
        connection.set_schema(len(sql.MIGRATIONS) + 1)
        before = connection.run(sql.KEYS)
        with pytest.raises(NewerLedgerError, match="install the newer version"):
            change_key(tmp_path, KEY, OTHER)
        assert connection.run(sql.KEYS) == before


@pytest.fixture
def wrong_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    env = tmp_path / "settings"
    env.write_text("LEDGER=mysql://me:hidden@localhost/x\n", encoding="utf-8")
    monkeypatch.setenv("ENV_FILE", str(env))
    monkeypatch.setattr(sys, "argv", ["python -m lib.stills", "backup", "stills.tar"])
    yield


@pytest.mark.usefixtures("wrong_setting")
def test_a_wrong_setting_is_a_sentence_without_its_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 2 and "hidden" not in said
    assert said.count("\n") == 1 and "begin with postgresql://" in said


def test_a_key_that_was_typed_from_paper_in_capitals_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "ledger.secret"
    file.write_text(f"{KEY.hex().upper()}\r\n", encoding="ascii")
    file.chmod(0o600)
    assert read_ledger_key(file) == KEY


KILLED = """
import os, sys
from pathlib import Path
from lib.stills.ledger import backup
setattr(backup, sys.argv[1], lambda *_: os._exit(9))
getattr(backup, sys.argv[2])(Path(sys.argv[3]), Path(sys.argv[4]))
"""


def killed(*argv: str | Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, *argv], cwd=ROOT, check=False)
    assert done.returncode == 9


def test_what_a_killed_backup_and_restore_leave_goes(tmp_path: Path) -> None:
    """It has all words and pictures in it."""
    state, copies = tmp_path / "state", tmp_path / "copies"
    copies.mkdir()
    open_ledger(state).close()
    file = copies / "stills.tar"
    killed("_pack", "backup", state, file)
    (left,) = copies.glob(f"{PREFIX}*")
    with scratch(copies) as used:  # beside another one that is at work
        assert not left.exists()
        backup(state, file)
        assert used.exists()
    assert {one.name for one in copies.iterdir()} == {"stills.tar"}
    killed("_set_apart", "restore", state, file)
    assert len([*state.glob(f"{PREFIX}*")]) == 1
    open_ledger(state).close()
    assert not [*state.glob(f"{PREFIX}*")]
