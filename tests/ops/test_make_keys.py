"""make-keys.sh: what it makes, what it leaves alone, what it says."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from lib.config.settings import ROOT
from lib.ops import make_keys
from lib.wire.keys import read_pair, read_public


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("ENV_FILE", str(tmp_path / ".env"))
    return tmp_path / "keys"


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_can_be_read_by_others(folder: Path) -> None:
    before = os.umask(0)
    try:
        assert make_keys.main(["--worker", "gpu1"]) == 0
    finally:
        os.umask(before)
    for path in (folder, *folder.rglob("*")):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    assert len(contents(folder)) == 9
    own = folder / "for" / "gpu1"
    assert read_public(own / "primary.key") == read_public(folder / "primary.key")
    known = read_public(folder / "workers" / "gpu1.key")
    assert read_pair(own / "worker.key_secret").public == known


def test_done_again_it_changes_nothing(folder: Path) -> None:
    make_keys.main(["--worker", "gpu1"])
    before = contents(folder)
    assert make_keys.main(["--worker", "gpu1"]) == 0
    assert make_keys.main([]) == 0
    assert contents(folder) == before


def test_what_is_missing_comes_back_and_what_was_removed_stays_away(folder: Path) -> None:
    make_keys.main([])
    before = contents(folder)
    (folder / "viewer.key").unlink()
    (folder / "primary.key").write_text("rubbish")
    (folder / "primary.key_secret").chmod(0o644)
    (folder / "worker.key").unlink()  # that worker is not to come in any more
    make_keys.main([])
    assert contents(folder) == {
        path: data for path, data in before.items() if path.name != "worker.key"
    }
    assert stat.S_IMODE((folder / "primary.key_secret").stat().st_mode) == 0o600


def test_a_worker_whose_secret_went_away_keeps_its_key(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_keys.main(["--worker", "gpu1"])
    said = capsys.readouterr().out
    assert f"scp -p {folder}/for/gpu1/* gpu1:/opt/afterimage/keys/" in said
    for path in (folder / "for" / "gpu1").iterdir():
        path.unlink()
    (folder / "for" / "gpu1").rmdir()
    before = contents(folder)
    make_keys.main(["--worker", "gpu1"])
    assert contents(folder) == before
    assert f"remove {folder}/workers/gpu1.key first" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["../up", "", ".hidden", "a b", "-x=", "a" * 65])
def test_a_name_that_is_none_is_refused(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        make_keys.main([f"--worker={name}"])
    assert ended.value.code == 2
    assert not folder.exists()
    assert capsys.readouterr().err.count("\n") == 1


def test_a_broken_secret_is_not_overwritten(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_keys.main([])
    (folder / "primary.key_secret").write_text("broken")
    before = contents(folder)
    with pytest.raises(SystemExit) as ended:
        make_keys.main([])
    assert ended.value.code == 2
    assert "primary.key_secret holds no secret key" in capsys.readouterr().err
    assert contents(folder) == before


def test_the_script_itself(folder: Path) -> None:
    done = subprocess.run(
        [ROOT / "automation" / "make-keys.sh", "--worker", "gpu1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "gpu1: is let in from now on" in done.stdout
    assert (folder / "workers" / "gpu1.key").exists()
