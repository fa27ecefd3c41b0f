"""input-publisher.py as a script plays it, against a real control port."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lib.config.settings import ROOT
from lib.control.chat import HELP, request_for
from lib.control.params_table import CONTROLS, RefusedError
from tests.web.conftest import Host


def chat(host: Host, *lines: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "input-publisher.py"), "--port", str(host.http_port)],
        input="".join(line + "\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_a_pipe_plays_prompt_seed_and_passthrough(host: Host) -> None:
    done = chat(
        host, "a whale? #2 / 猫 ☔", "/seed 123", "/passthrough True", "", "/status", "/help"
    )
    assert done.returncode == 0, done.stderr
    params = host.client.get("/status").json()["params"]
    assert params["prompt"] == "a whale? #2 / 猫 ☔"
    assert (params["seed"], params["passthrough"]) == (123, True)
    assert "seed is now 123" in done.stdout and "fps in" in done.stdout and HELP in done.stdout


def test_a_refused_line_says_why_changes_nothing_and_ends_with_1(host: Host) -> None:
    before = host.client.get("/status").json()["params"]
    done = chat(host, "/seed much", "/colour blue", "/seed")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 3
    assert "seed must be" in done.stderr and "no command /colour" in done.stderr
    assert host.client.get("/status").json()["params"] == before


def test_no_primary_is_one_sentence() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "input-publisher.py"), "--port", "1"],
        input="hello\n",
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    assert "does not answer" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("line", ["a/b?c#d", "/prompt a/b?c#d", "  a/b?c#d  "])
def test_every_character_of_a_prompt_survives(line: str) -> None:
    assert request_for(line) == "/prompt/a%2Fb%3Fc%23d"


def test_help_names_every_control() -> None:
    assert all(name in HELP for name in CONTROLS)
    with pytest.raises(RefusedError, match="no command"):
        request_for("/constructor 1")
