"""The script that makes the key of LEDGER_KEY."""

from __future__ import annotations

import subprocess
from pathlib import Path

from lib.config.ledger_key import read_ledger_key
from lib.config.settings import ROOT


def test_it_makes_a_key_for_its_owner_alone_and_never_another_one(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "ledger.secret"
    script = ROOT / "automation" / "make-ledger-key.sh"
    done = subprocess.run([script, file], capture_output=True, text=True, check=True)
    assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700
    key = read_ledger_key(file)
    assert len(key) == 32 and key.hex() not in done.stdout + done.stderr
    assert f"LEDGER_KEY={file}" in done.stdout and "copy" in done.stdout
    again = subprocess.run([script, file], capture_output=True, text=True, check=False)
    assert again.returncode == 1 and "is there already, and stays" in again.stderr
    assert read_ledger_key(file) == key and [*file.parent.iterdir()] == [file]
