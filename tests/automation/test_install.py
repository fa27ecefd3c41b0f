"""install-primary.sh, install-worker.sh and uninstall.sh, from a tree of their own, into a folder
that stands for the root of the system."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lib.config.settings import ROOT
from lib.ops.fleet.agent import envfile, tree
from tests.automation.conftest import WORKER, Machines
from tests.ports import free_ports

UNITS = "etc/systemd/system"
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give folders to another user")


class House:
    """A tree whose packages are there already, and a system that it is installed into."""

    def __init__(self, machines: Machines, there: Path) -> None:
        self.machines = machines
        self.tree = there
        self.system = machines.folder / "system"
        (self.system / "run/systemd/system").mkdir(parents=True)
        (self.system / "proc").mkdir()
        (self.system / "proc/meminfo").write_text("MemTotal: 32000000 kB\n")
        job, result, output, web = free_ports(4)
        self.env = self.tree / ".env"
        self.env.write_text(
            f"JOB_PORT={job}\nRESULT_PORT={result}\nOUTPUT_PORT={output}\nSETTINGS_PORT={web}\n"
            "ENGINE=identity\nRESOLUTION=64\n"
        )
        machines.environment["DESTDIR"] = str(self.system)
        del machines.environment["ENV_FILE"], machines.environment["WORKER_MACHINES"]

    def run(self, script: str, *words: str) -> subprocess.CompletedProcess[str]:
        path = str(self.tree / "automation" / script)
        return self.machines.shell(path, *words)

    def units(self) -> list[str]:
        folder = self.system / UNITS
        return sorted(one.name for one in folder.glob("*")) if folder.exists() else []

    def state(self) -> dict[str, bytes]:
        roots = (self.system / "etc", self.env)
        files = [path for root in roots for path in (root, *root.rglob("*")) if path.is_file()]
        return {str(path): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One tree for all: a new one has all of its modules compiled by the first that starts."""
    there = tmp_path_factory.mktemp("a house of its own") / "the tree"
    for path in tree.files(ROOT):
        to = there / path.relative_to(ROOT)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, to)
    python = there / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    pins = b"".join(one.read_bytes() for one in sorted(there.glob("requirements*")))
    digest = hashlib.sha256(pins).hexdigest()[:16]
    (there / f".venv/.installed-requirements-light-{digest}").touch()
    return there


@pytest.fixture
def house(machines: Machines, there: Path) -> House:
    return House(machines, there)


@AS_ROOT
def test_a_worker_is_installed_shown_to_work_and_installed_again(house: House) -> None:
    before = house.state()
    dry = house.run("install-worker.sh", "--dry-run", "--user", "nobody", "--primary", "localhost")
    assert dry.returncode == 0, dry.stdout + dry.stderr
    assert house.state() == before and not house.machines.asked("chown")
    assert "to do     systemd units" in dry.stdout and "nothing was changed\n" in dry.stdout

    words = ("--user", "nobody", "--primary", "localhost", "--gpus", "2")
    words += ("--worker-token", "of-workers")
    done = house.run("install-worker.sh", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    # A picture that a primary host drew, a worker had and the feed brought.
    assert "test picture: frame" in done.stdout and "64x64, by identity" in done.stdout
    assert "this machine is now a worker" in done.stdout
    assert envfile.values(house.env.read_text())["PRIMARY_HOSTNAME"] == "localhost"
    assert envfile.values(house.env.read_text())["WORKER_TOKEN"] == "of-workers"
    assert "of-workers" not in done.stdout + done.stderr
    drop_in = house.system / UNITS / "afterimage-worker@.service.d/10-site.conf"
    assert f"User=nobody\nWorkingDirectory={house.tree}" in drop_in.read_text()
    wants = house.system / UNITS / "afterimage.target.wants"
    assert [one.name for one in sorted(wants.iterdir())] == [
        WORKER,
        "afterimage-worker@1.service",
    ]
    asked = house.machines.asked("systemctl")
    order = [next(word for word in call[1:] if word[0] != "-") for call in asked]
    assert order.index("daemon-reload") < order.index("enable") < order.index("start")

    again = house.run("install-worker.sh", *words, "--no-test")
    for said in ("packages of", ".env: PRIMARY", "systemd units", "starts at boot", "runs now"):
        assert f"already   {said}" in again.stdout
    assert [call[1] for call in house.machines.asked("systemctl")].count("enable") == 1


@AS_ROOT
def test_a_primary_host_gets_a_token_and_is_taken_away_again(house: House) -> None:
    done = house.run("install-primary.sh", "--user", "nobody", "--no-test")
    assert done.returncode == 0, done.stdout + done.stderr
    values = envfile.values(house.env.read_text())
    assert values["BIND"] == "0.0.0.0" and len(values["CONTROL_TOKEN"]) == 32
    assert len(values["WORKER_TOKEN"]) == 32 and "GUEST_TOKEN" not in values
    assert "afterimage-primary.service" in house.units()
    kept = house.env.read_text()
    dry = house.run("uninstall.sh", "--dry-run")
    assert "to do     units and rules removed" in dry.stdout
    assert "afterimage-primary.service" in house.units()
    gone = house.run("uninstall.sh")
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert not [name for name in house.units() if not name.endswith(".wants")]
    assert ["here", "disable", "--now", "afterimage-primary.service"] in house.machines.asked(
        "systemctl"
    )
    assert house.env.read_text() == kept
    assert "already   units" in house.run("uninstall.sh").stdout


def test_what_is_missing_is_said_before_anything_is_done(house: House) -> None:
    (house.system / "run/systemd/system").rmdir()
    done = house.run("install-worker.sh", "--user", "nobody", "--primary", "no.such.host.invalid")
    assert done.returncode == 1
    assert "cannot resolve no.such.host.invalid, the primary host" in done.stdout
    assert "nothing was installed; fix this first: systemd, name" in done.stdout
    assert not house.units() and not house.machines.asked("chown")


@AS_ROOT
def test_missing_rights_are_said_and_the_next_run_goes_on(house: House) -> None:
    norights = house.machines.hosts / "here" / "norights"
    norights.touch()
    words = ("--user", "nobody", "--primary", "localhost", "--no-test")
    done = house.run("install-worker.sh", *words)
    assert done.returncode == 1
    assert "Access denied; run it again to continue from there" in done.stderr
    norights.unlink()
    again = house.run("install-worker.sh", *words)
    assert again.returncode == 0 and "already   systemd units" in again.stdout


@AS_ROOT
def test_the_show_does_not_run_as_root(house: House) -> None:
    done = house.run("install-worker.sh", "--user", "root", "--primary", "localhost", "--no-test")
    assert done.returncode == 1 and "cannot run as 'root'" in done.stderr
    assert not house.units()


@AS_ROOT
def test_ctrl_c_half_way_can_be_done_again(house: House) -> None:
    words = ("--user", "nobody", "--primary", "localhost", "--no-test")
    (house.machines.hosts / "here" / "gate").touch()
    script = str(house.tree / "automation" / "install-worker.sh")
    process = house.machines.start(script, *words)
    code, said = house.machines.interrupt(process, "begin here start")
    assert code == 130 and "interrupted" in said
    (house.machines.hosts / "here" / "gate").unlink()
    assert house.run("install-worker.sh", *words).returncode == 0


def test_the_stamp_of_the_packages_is_the_one_that_setup_makes(tmp_path: Path) -> None:
    """setup.sh names the file in shell, the installer in Python."""
    script = "cat requirements* | sha256sum | cut -c1-16"
    assert f"wanted=$({script})" in (ROOT / "automation/setup.sh").read_text()
    shell = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    from lib.ops.install import steps

    root = tmp_path / "tree"
    (root / ".venv").mkdir(parents=True)
    for one in ROOT.glob("requirements*"):
        shutil.copy(one, root)
    step = steps.packages(steps.Installation("primary", "nobody", root=root))
    assert not step.is_so()
    (root / f".venv/.installed-requirements-light-{shell.stdout.strip()}").touch()
    assert step.is_so()
