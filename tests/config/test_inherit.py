"""Settings and sockets' directory on their way from a process to its children."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from lib.config import inherit
from lib.config.settings import ROOT, PrimarySettings, WorkerSettings


def primary(**values: object) -> PrimarySettings:
    return PrimarySettings(_env_file=None, **values)  # type: ignore[arg-type] # pydantic's own


def test_a_child_gets_what_its_parent_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = primary(fps=29.97, resolution="1024x576", directory="a b/ü", mirror=True)
    for name, value in inherit.hand_down(settings, Path("/tmp/x")).items():
        monkeypatch.setenv(name, value)
    # Somebody edits the environment or .env meanwhile:
    monkeypatch.setenv("FPS", "not a number")
    monkeypatch.setenv("MIRROR", "perhaps")
    assert inherit.inherited(PrimarySettings) == settings
    assert inherit.shared_run_dir(5557) == Path("/tmp/x")
    assert inherit.inherited(PrimarySettings) is None, "it is not handed on by accident"


def test_every_setting_travels(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (PrimarySettings, WorkerSettings):
        settings = kind(_env_file=None)  # type: ignore[call-arg]
        for name, value in inherit.hand_down(settings).items():
            monkeypatch.setenv(name, value)
        assert inherit.inherited(kind) == settings


def test_the_run_dir_is_private_short_and_gone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("x" * 100)))
    with inherit.new_run_dir() as made:
        run_dir = made.path
        assert stat.S_IMODE(run_dir.stat().st_mode) == 0o700
        assert len(str(run_dir / "changes")) < 107
    assert not run_dir.exists()


@pytest.mark.parametrize("name", [os.fsdecode(b"\xff"), "é" * 40])
def test_a_base_that_is_no_sockets_address_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """All processes ended with a traceback of libzmq's binding, again and again."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix=name) as base:
        monkeypatch.setenv("XDG_RUNTIME_DIR", base)
        with inherit.new_run_dir() as made:
            assert name not in str(made.path)


def test_what_killed_processes_left_is_cleared_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(inherit, "_base", lambda: tmp_path)
    program = "import lib.config.inherit as i, os, pathlib, sys\n"
    program += f"i._base = lambda: pathlib.Path({str(tmp_path)!r})\n"
    program += "with i.new_run_dir() as d:\n print(d.path, flush=True)\n os.kill(os.getpid(), 9)\n"
    killed = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT, check=False
    )
    left = Path(killed.stdout.strip())
    assert left.is_dir()
    (tmp_path / "afterimage-foreign").mkdir()
    with inherit.new_run_dir() as alive, inherit.new_run_dir() as second:
        assert not left.exists()
        assert alive.path.exists() and second.path.exists()
    assert (tmp_path / "afterimage-foreign").exists()


def test_a_run_dir_that_is_removed_is_there_again_and_as_private(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(inherit, "_base", lambda: tmp_path)
    with inherit.new_run_dir() as run_dir:
        note = run_dir.path / "next_number-20000"
        note.touch()
        (run_dir.path / "params").write_text("words")
        run_dir.keep_whole()
        assert not caplog.records
        for remove in (shutil.rmtree, lambda path: (path / inherit.LOCK).unlink()):
            caplog.clear()
            remove(run_dir.path)
            run_dir.keep_whole()
            run_dir.keep_whole()
            assert [one.levelname for one in caplog.records] == ["WARNING"]
            assert note.exists(), "or frame numbers would begin again at 0"
            assert stat.S_IMODE(run_dir.path.stat().st_mode) == 0o700
            with inherit.new_run_dir():  # another show clears away what nobody holds
                assert note.exists()
    assert not run_dir.path.exists()


def test_a_run_dir_in_the_hands_of_others_is_left_alone_and_said_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(inherit, "_base", lambda: tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with inherit.new_run_dir() as run_dir:
        for put in (
            lambda path: path.symlink_to(elsewhere),
            lambda path: path.symlink_to(tmp_path / "nowhere"),
            lambda path: path.touch(),
            lambda path: (path.mkdir(), path.chmod(0o777)),
        ):
            shutil.rmtree(run_dir.path)
            put(run_dir.path)
            caplog.clear()
            run_dir.keep_whole()
            run_dir.keep_whole()
            assert len(caplog.records) == 1 and "cannot be made again" in caplog.text
            assert not list(elsewhere.iterdir())
            clear = os.rmdir if stat.S_ISDIR(run_dir.path.lstat().st_mode) else os.unlink
            clear(run_dir.path)
            run_dir.keep_whole()
            assert "is there again" in caplog.text


def test_alone_it_meets_others_only_where_nobody_else_can_write(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(inherit, "_base", lambda: tmp_path)
    monkeypatch.delenv(inherit.RUN_DIR_VARIABLE, raising=False)
    path = inherit.shared_run_dir(5557)
    assert path == inherit.shared_run_dir(5557) != inherit.shared_run_dir(5558)
    path.chmod(0o777)
    with pytest.raises(OSError, match="open to others"):
        inherit.shared_run_dir(5557)


def test_why_one_can_not_start_is_left_for_the_others(tmp_path: Path) -> None:
    assert inherit.read_start_problem(tmp_path, "stream") == ""
    inherit.write_start_problem(tmp_path, "stream", "port 5 is gone – für immer")
    assert inherit.read_start_problem(tmp_path, "stream") == "port 5 is gone – für immer"
    assert inherit.read_start_problem(tmp_path, "control") == ""
    inherit.write_start_problem(tmp_path, "stream", None)
    assert inherit.read_start_problem(tmp_path, "stream") == ""
    inherit.write_start_problem(tmp_path / "gone", "stream", "no room")  # the log has it
