"""What the doctor says of a ledger that is not in the state folder."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path

import pytest

from lib.ops.doctor.ledger import ledger, server_of
from lib.ops.doctor.result import CheckResult
from lib.ops.make_ledger_key import make
from tests import rig


def line(address: str) -> CheckResult:
    (found,) = ledger(rig.primary(ledger=address))
    assert "hidden" not in "".join(map(str, found))
    return found


def test_nothing_is_said_of_a_ledger_in_the_state_folder() -> None:
    assert ledger(rig.primary()) == []


def test_a_server_that_listens_is_green_and_one_that_is_gone_is_yellow(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        address = f"postgresql://me:hidden@127.0.0.1:{port}/x"
        assert line(address).colour == "green"
    gone = line(address)
    assert gone.colour == "yellow" and f"127.0.0.1:{port}" in gone.says
    with socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / ".s.PGSQL.54329"))
        local.listen()
        assert line(f"postgresql://me@/x?host={tmp_path}&port=54329").colour == "green"


def test_without_its_package_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    found = line("postgresql://me:hidden@nowhere/x")
    assert "requirements-postgres.txt" in found.to_do


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("postgresql://me:p%40ss@db.example.com/x", ("db.example.com", 5432)),
        ("postgresql://me@[::1]:6000/x?sslmode=require", ("::1", 6000)),
        ("postgresql://one:6001,two:6002/x", ("one", 6001)),
        ("postgresql:///x?host=/run/here&port=7", ("/run/here", 7)),
        ("postgres:///x", ("/var/run/postgresql", 5432)),
    ],
)
def test_where_an_address_leads(address: str, where: tuple[str, int]) -> None:
    assert server_of(address) == where


def test_what_is_no_address_is_yellow() -> None:
    assert line("postgresql://me:hidden@host:port/x").colour == "yellow"


def test_a_key_of_the_ledger_that_others_can_read_is_red(tmp_path: Path) -> None:
    make(tmp_path / "key")
    settings = rig.primary(ledger_key=str(tmp_path / "key"))
    assert [one.colour for one in ledger(settings)] == ["green"]
    (tmp_path / "key").chmod(0o640)
    (line,) = ledger(settings)
    assert line.colour == "red" and "chmod 600" in line.says
