"""The script that makes the token of the control port."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from lib.config.settings import ROOT, PrimarySettings
from lib.http.token import LONG_ENOUGH
from lib.ops.make_token import addresses


def make(file: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "automation" / "make-token.sh", *flags],
        env={**os.environ, "ENV_FILE": str(file)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def tokens(done: subprocess.CompletedProcess[str]) -> set[str]:
    return {parse_qs(urlsplit(line).query)["token"][0] for line in done.stdout.splitlines()}


def token_in(file: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("CONTROL_TOKEN", raising=False)
    return PrimarySettings(_env_file=file).control_token


def test_it_makes_one_and_keeps_it_where_only_the_owner_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "env"
    file.write_text("# mine\nFPS=25\nCONTROL_TOKEN=\nSETTINGS_PORT=6001 # another\nBIND=0.0.0.0")
    file.chmod(0o644)
    first, again = make(file), make(file)
    assert first.returncode == again.returncode == 0
    token = token_in(file, monkeypatch)
    assert len(token) * 6 >= 128 and len(token) >= LONG_ENOUGH
    assert re.fullmatch(r"[\w-]{32}", token)
    assert tokens(first) == tokens(again) == {token}
    assert "http://localhost:6001/?token=" in first.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    kept = file.read_text().splitlines()
    assert kept[:2] == ["# mine", "FPS=25"] and "BIND=0.0.0.0" in kept
    assert [path.name for path in tmp_path.iterdir()] == ["env"]


def test_without_a_file_it_makes_one_and_a_new_token_only_when_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "env"
    before = tokens(make(file))
    assert before == {token_in(file, monkeypatch)}
    assert "only this machine reaches it" in make(file).stderr
    after = tokens(make(file, "--new"))
    assert after == {token_in(file, monkeypatch)} and after != before
    assert len(file.read_text().splitlines()) == 1
    wrong = make(file, "--old")
    assert wrong.returncode == 2 and "--new" in wrong.stderr


@pytest.mark.parametrize(
    "line", ["CONTROL_TOKEN='a b/ü#&'", 'export CONTROL_TOKEN = "a b/ü#&" # x']
)
def test_a_token_that_somebody_wrote_is_escaped_in_the_link(tmp_path: Path, line: str) -> None:
    file = tmp_path / "env"
    file.write_text(f"{line}\nBIND=192.168.7.7\n")
    done = make(file)
    assert done.stdout == "http://192.168.7.7:5556/?token=a%20b%2F%C3%BC%23%26\n"


@pytest.mark.parametrize(
    ("bind", "reached"),
    [
        ("", ["localhost", "10.0.0.5"]),
        ("0.0.0.0", ["localhost", "10.0.0.5"]),
        ("::", ["localhost", "10.0.0.5", "[fd00::5]"]),
        ("fd00::5", ["[fd00::5]"]),
        ("192.168.7.7", ["192.168.7.7"]),
    ],
)
def test_where_others_reach_it(bind: str, reached: list[str]) -> None:
    assert addresses(bind, ["10.0.0.5", "fd00::5", "fe80::1"]) == reached
