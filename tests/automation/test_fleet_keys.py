"""fleet.sh keys: who has which key afterwards, and where no secret key has ever been."""

from __future__ import annotations

import re
import shutil
import stat
from pathlib import Path

import pytest

from lib.ops.fleet import worker_keys
from lib.ops.fleet.agent import envfile
from lib.wire.keys import read_pair, read_public
from tests.automation.conftest import Machines

SECRET = "worker.key_secret"


@pytest.fixture
def folder(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The primary's folder of keys, which is beside the programs where KEYS is not set."""
    found = machines.folder / "primary" / "keys"
    monkeypatch.setattr(worker_keys, "folder_of", lambda _: found)
    return found


def keys_of(machines: Machines, name: str) -> Path:
    return machines.hosts / name / "tree" / "keys"


def setting(path: Path) -> str:
    return envfile.values(path.read_text()).get("KEYS", "") if path.exists() else ""


def secrets_in(folder: Path) -> dict[str, Path]:
    """Secret keys by their text, wherever they stand below a folder."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            for key in re.findall(r'secret-key = "(\S{40})"', path.read_text(errors="replace")):
                assert key not in found, f"{path} and {found[key]} have one key"
                found[key] = path
    return found


def test_each_machine_gets_its_own_and_nothing_else_ever_sees_it(
    machines: Machines, folder: Path
) -> None:
    for name in ("gpu1", "gpu2"):
        machines.add(name)
    done = machines.run("fleet.sh", "keys")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "show@gpu1: now has its keys" in done.stdout and "reload.sh" in done.stdout
    for name in ("gpu1", "gpu2"):
        own = keys_of(machines, name)
        assert sorted(path.name for path in own.iterdir()) == ["primary.key", SECRET]
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (own, *own.iterdir())]
        assert modes == [0o700, 0o600, 0o600]
        assert read_public(own / "primary.key") == read_public(folder / "primary.key")
        known = read_public(folder / "workers" / f"{name}.key")
        assert read_pair(own / SECRET).public == known
        assert setting(own.parent / ".env") == "keys"
    assert setting(machines.env_file) == "keys"
    # Three pairs of the primary host, one of each machine, and no copy of any of them.
    found = secrets_in(machines.folder)
    homes = [folder, folder, folder, keys_of(machines, "gpu1"), keys_of(machines, "gpu2")]
    assert sorted(path.parent for path in found.values()) == sorted(homes)
    assert not (folder / "for").exists()
    told = done.stdout + done.stderr + machines.record.read_text()
    told += (machines.folder / "fleet.log").read_text()
    assert not [key for key in found if key in told], "neither in a log nor among arguments"


def test_done_again_it_changes_nothing(machines: Machines, folder: Path) -> None:
    machines.add("gpu1")
    machines.run("fleet.sh", "keys")
    before = secrets_in(machines.folder)
    done = machines.run("fleet.sh", "keys")
    assert done.returncode == 0 and "show@gpu1: already has its keys" in done.stdout
    assert secrets_in(machines.folder) == before


def test_keys_are_not_switched_on_while_a_machine_lacks_them(
    machines: Machines, folder: Path
) -> None:
    machines.add("gpu1")
    dead = machines.add("gpu2") / "dead"
    dead.touch()
    done = machines.run("fleet.sh", "keys")
    assert done.returncode == 1
    assert "KEYS is not set, since show@gpu2 has no keys yet" in done.stdout
    assert not setting(machines.env_file)
    assert not setting(keys_of(machines, "gpu1").parent / ".env"), "it would be shut out now"
    dead.unlink()
    assert machines.run("fleet.sh", "keys").returncode == 0
    assert setting(machines.env_file) == "keys"
    assert setting(keys_of(machines, "gpu1").parent / ".env") == "keys"


def test_a_machine_that_was_installed_anew_gets_other_keys(
    machines: Machines, folder: Path
) -> None:
    machines.add("gpu1")
    machines.run("fleet.sh", "keys")
    machines.environment["KEYS"] = "keys"  # in force from now on
    before = read_public(folder / "workers" / "gpu1.key")
    own = keys_of(machines, "gpu1")
    shutil.rmtree(own)
    (own.parent / ".env").unlink()
    done = machines.run("fleet.sh", "keys", "gpu1")
    assert done.returncode == 0 and "show@gpu1: now has its keys" in done.stdout
    known = read_public(folder / "workers" / "gpu1.key")
    assert known == read_pair(own / SECRET).public != before
    assert setting(own.parent / ".env") == "keys"


def test_a_machine_that_is_the_primary_host_keeps_its_own(machines: Machines, folder: Path) -> None:
    machines.add("gpu1")
    own = keys_of(machines, "gpu1")
    own.mkdir()
    (own / "primary.key_secret").write_text("its own")
    (own / SECRET).write_text("its own")
    done = machines.run("fleet.sh", "keys")
    assert done.returncode == 0 and "is the primary host" in done.stdout
    assert (own / SECRET).read_text() == "its own"
