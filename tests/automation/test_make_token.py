"""The script that makes the token of the control port."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np
import pytest

from lib.config.settings import ROOT, PrimarySettings
from lib.core.tokens import LONG_ENOUGH, worker_token_of
from lib.ops.fleet.agent import envfile
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
    assert "only this machine can open it" in make(file).stderr
    after = tokens(make(file, "--new"))
    assert after == {token_in(file, monkeypatch)} and after != before
    assert len(file.read_text().splitlines()) == 2
    wrong = make(file, "--old")
    assert wrong.returncode == 2 and "--new" in wrong.stderr


def test_workers_get_one_too_and_keep_it_when_the_others_change(tmp_path: Path) -> None:
    file = tmp_path / "env"
    make(file)
    first = envfile.values(file.read_text())
    assert len(first["WORKER_TOKEN"]) == 32 and first["WORKER_TOKEN"] != first["CONTROL_TOKEN"]
    make(file, "--new")
    second = envfile.values(file.read_text())
    assert second["CONTROL_TOKEN"] != first["CONTROL_TOKEN"]
    assert second["WORKER_TOKEN"] == first["WORKER_TOKEN"]
    done = make(file, "--new", "worker")
    third = envfile.values(file.read_text())
    assert third["CONTROL_TOKEN"] == second["CONTROL_TOKEN"]
    assert third["WORKER_TOKEN"] != second["WORKER_TOKEN"] and "update-env.sh" in done.stderr
    assert third["WORKER_TOKEN"] not in done.stdout + done.stderr


def test_workers_that_were_sent_one_made_from_the_control_token_keep_it(tmp_path: Path) -> None:
    file = tmp_path / "env"
    old = "of an installation from before there were several"
    file.write_text(f"CONTROL_TOKEN='{old}'\n")
    make(file)
    assert envfile.values(file.read_text())["WORKER_TOKEN"] == worker_token_of(old)
    file.write_text("CONTROL_TOKEN=wall\n")
    done = make(file)
    made = envfile.values(file.read_text())
    assert made["CONTROL_TOKEN"] == "wall" and len(made["WORKER_TOKEN"]) == 32
    assert "CONTROL_TOKEN is short and can be guessed: make-token.sh --new control" in done.stderr


def test_guests_get_links_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("STILLS_PORT=6009\nBIND=192.168.7.7\n")
    links = make(file, "--guest").stdout.splitlines()
    made = envfile.values(file.read_text())
    assert links == [
        f"http://192.168.7.7:5556/?token={made['CONTROL_TOKEN']}",
        f"http://192.168.7.7:6009/?token={made['GUEST_TOKEN']}",
    ]
    assert make(file).stdout.splitlines() == links, "once there it is shown each time"
    assert len(set(made.values())) == 5


def test_a_phone_reads_the_links_from_the_screen(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("BIND=192.168.7.7\n")
    quiet, done = make(file), make(file, "--qr")
    assert "█" not in quiet.stderr + quiet.stdout
    rows = [re.sub(r"\x1b\[[\d;]*m", "", row) for row in done.stderr.splitlines() if "█" in row]
    halves = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), " ": (0, 0)}
    image = np.array([[halves[one][half] for one in row] for row in rows for half in (0, 1)])
    large = np.kron(image, np.ones((8, 8))).astype(np.uint8)
    said, *_ = cv2.QRCodeDetector().detectAndDecode(large)
    assert said == done.stdout.strip()


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
