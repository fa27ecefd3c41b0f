"""Clocks of other machines, asked through a stand-in for ssh that runs what it is given here."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lib.config.settings import FleetSettings
from lib.ops.doctor import clocks
from lib.ops.doctor.result import CheckResult

# Keeps what it was asked, and answers as the machine of that name would.
SSH = """#!/bin/bash
printf '%s\\n' "$*" >>"$LOG"
for word in "$@"; do
  case $word in
    show@right) exec sh -c "${@: -1}" ;;
    show@ahead) PATH="$HERE/ahead:$PATH" exec sh -c "${@: -1}" ;;
    show@locked) echo 'show@locked: Permission denied (publickey).' >&2; exit 255 ;;
    show@odd) read -r; echo 'Welcome! It is late.'; exit 0 ;;
    show@hangs) exec sleep 30 ;;
  esac
done
exit 255
"""
DATE = """#!/bin/bash
now=$(/bin/date +%s.%N)
echo "$((${now%.*} + 100)).${now#*.}"
"""


@pytest.fixture(autouse=True)
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ahead").mkdir()
    for name, text in (("ssh", SSH), ("ahead/date", DATE)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("HERE", str(tmp_path))
    monkeypatch.setenv("LOG", str(tmp_path / "asked"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "asked"


def ask(machines: str) -> list[CheckResult]:
    return clocks.clocks(FleetSettings(_env_file=None, worker_machines=machines))


def test_the_offset_is_what_it_is(ssh: Path) -> None:
    right, ahead = ask("show@right show@ahead:2222")
    assert right.what == "clock of show@right" and right.colour == "green"
    offset, within = float(str(right.facts["offset_s"])), float(str(right.facts["within_s"]))
    assert abs(offset) <= within + 0.001 < 0.5
    assert ahead.colour == "red" and "ahead of this machine" in ahead.says
    assert abs(float(str(ahead.facts["offset_s"])) - 100) < 0.5
    asked = ssh.read_text()
    assert "-p 2222 show@ahead" in asked
    assert "BatchMode=yes" in asked


def test_who_does_not_answer_is_named_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "LIMIT_S", 1.0)
    start_s = time.monotonic()
    locked, odd, hangs = ask("show@locked show@odd show@hangs")
    assert time.monotonic() - start_s < 5
    assert "ssh-copy-ids.sh" in locked.says
    assert {locked.colour, odd.colour, hangs.colour} == {"red"}
    assert "did not answer within 1 s" in hangs.says


def test_no_ssh_and_no_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    (line,) = ask("show@right")
    assert line.colour == "red" and "cannot be asked" in line.says
    (line,) = ask("show@@right")
    assert line.colour == "red" and "correct it in .env" in line.to_do
    assert ask("") == []
