"""This machine's own ssh key, and how it is copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lib.ops.fleet.machines import parse_machine
from lib.ops.fleet.ssh_keys import copy_argv, own_key


def test_a_key_that_is_there_is_used(tmp_path: Path) -> None:
    for name in ("id_rsa", "id_rsa.pub"):
        (tmp_path / name).write_text(name)
    assert own_key(tmp_path) == tmp_path / "id_rsa.pub"


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed")
def test_a_key_is_made_once(tmp_path: Path) -> None:
    folder = tmp_path / ".ssh"
    made = own_key(folder)
    assert made.read_text().startswith("ssh-ed25519 ")
    assert (folder / "id_ed25519").stat().st_mode & 0o777 == 0o600
    assert own_key(folder) == made


def test_a_port_and_no_blind_trust_in_a_changed_machine(tmp_path: Path) -> None:
    argv = copy_argv(parse_machine("show@gpu1:2222"), tmp_path / "id.pub")
    assert argv[0] == "ssh-copy-id" and argv[-1] == "show@gpu1"
    assert argv[argv.index("-p") + 1] == "2222"
    assert "StrictHostKeyChecking=accept-new" in argv
