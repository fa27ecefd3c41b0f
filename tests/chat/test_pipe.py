"""input-publisher.py as a script plays it, and controllers that others wrote."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest

from lib.chat.address import host_from
from lib.chat.commands import HELP, Chat
from lib.config.controls import CONTROLS, RefusedError
from lib.config.settings import ROOT, PrimarySettings
from lib.http.server import HttpServer
from lib.web.app import ControlParts, control_service
from tests.chat.conftest import answering
from tests.ports import free_ports
from tests.web.conftest import Host

TOKEN = "T0ken-of-24-characters-x"


def chat(*flags: str, lines: bytes, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, str(ROOT / "input-publisher.py"), *flags],
        input=lines,
        capture_output=True,
        timeout=20,
        check=False,
        env={"ENV_FILE": "/dev/null", "PATH": "/usr/bin:/bin", **environment},
    )


def test_a_pipe_plays_one_line_for_each_command(shared: Host) -> None:
    lines = "a whale? #2 / 猫 ☔\n/seed 123\r\n/passthrough True sure\n\n/status\n/undo\n"
    done = chat("--port", str(shared.http_port), lines=lines.encode())
    assert (done.returncode, done.stderr) == (0, b"")
    said = done.stdout.decode().splitlines()
    assert said[0].endswith("-> 'a whale? #2 / 猫 ☔'")
    assert said[1:3] == ["seed 0 -> 123", "passthrough false -> true"]
    assert "fps in" in said[3]
    assert said[4:] == ["undone: passthrough true -> false"]
    played = shared.session.played
    assert (played.prompt, played.seed) == ("a whale? #2 / 猫 ☔", 123)


def test_a_refused_line_says_why_and_ends_with_1(shared: Host) -> None:
    before = shared.session.number
    lines = b"# a comment\n  #/seed 5\n/seed much\n/colour blue\nnot \xff utf-8\n/quit\n/seed 1\n"
    done = chat("--port", str(shared.http_port), lines=lines)
    assert done.returncode == 1
    said = done.stderr.decode().splitlines()
    assert len(said) == 3
    assert "seed must be" in said[0] and "no command /colour" in said[1] and "UTF-8" in said[2]
    assert shared.session.number == before


def test_no_host_is_a_sentence() -> None:
    done = chat("--port", "1", lines=b"hello\n")
    assert done.returncode == 1
    assert done.stderr == b"localhost:1 does not answer: Connection refused\n"


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--port", "99999"], "settings_port must be less than or equal to 65535"),
        (["--port", "many"], "settings_port"),
        (["--token", "clé"], "the token holds characters that no token has"),
        (["--prot", "1"], "unrecognized arguments"),
    ],
)
def test_wrong_flags_are_a_sentence(
    flags: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        host_from("", flags)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_a_reader_that_goes_away_leaves_no_trace(shared: Host) -> None:
    command = f"{sys.executable} {ROOT}/input-publisher.py --port {shared.http_port}"
    done = subprocess.run(
        ["/bin/bash", "-c", f"yes /seed 1 | head -50 | {command} | head -1"],
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert b"seed" in done.stdout and done.stderr == b""


def test_without_a_terminal_that_can_show_it(shared: Host) -> None:
    flags = ("--port", str(shared.http_port))
    done = chat(*flags, lines="猫\n".encode(), PYTHONIOENCODING="ascii", LC_ALL="C")
    assert b"Traceback" not in done.stderr


def test_the_token_comes_from_a_flag_or_the_environment_or_env(
    shared: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_ports(1)[0]
    settings = PrimarySettings(
        _env_file=None,  # type: ignore[call-arg] # pydantic's own
        settings_port=port,
        output_port=shared.output_port,
        control_token=TOKEN,
    )
    web = HttpServer(control_service(settings, ControlParts.of(settings, shared.console)))
    web.start()
    try:
        where = ["--host", "127.0.0.1", "--port", str(port)]
        monkeypatch.setenv("ENV_FILE", "/dev/null")
        with pytest.raises(RefusedError, match="token"):
            Chat(host_from("", where)).do("/seed 31")
        assert Chat(host_from("", [*where, "--token", TOKEN])).do("/seed 40").endswith("-> 40")
        monkeypatch.setenv("CONTROL_TOKEN", TOKEN)
        assert Chat(host_from("", where)).do("/seed 41") == "seed 40 -> 41"
        monkeypatch.delenv("CONTROL_TOKEN")
        (tmp_path / "env").write_text(f"CONTROL_TOKEN={TOKEN}\nSETTINGS_PORT={port}\n")
        done = chat(lines=b"/seed 42\n", ENV_FILE=str(tmp_path / "env"))
        assert (done.returncode, done.stdout, done.stderr) == (0, b"seed 41 -> 42\n", b"")
    finally:
        assert web.stop()


def test_without_prompt_toolkit_it_is_plain(shared: Host, tmp_path: Path) -> None:
    (tmp_path / "prompt_toolkit.py").write_text("raise ImportError('not here')\n")
    done = chat("--port", str(shared.http_port), lines=b"/help\n", PYTHONPATH=str(tmp_path))
    assert done.stdout.decode() == HELP + "\n"


def test_a_busy_host_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.chat.host.AGAIN_S", 0.01)
    answers = iter([(429, b'{"detail": "too many"}'), (200, b'{"names": ["dusk"]}')])
    with answering(lambda _: next(answers)) as port:
        assert (
            Chat(host_from("", ["--host", "127.0.0.1", "--port", str(port)])).do("/presets")
            == "dusk"
        )


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_controllers_that_know_only_get_keep_working(shared: Host, control: object) -> None:
    name, default = control.name, control.default  # type: ignore[attr-defined]
    value = str(default).lower() if isinstance(default, bool) else str(default)
    address = f"{shared.address}/{name}/{quote(value, safe='')}"
    with urllib.request.urlopen(address, timeout=5) as answer:
        said = json.load(answer)
    words = ("prompt", "prompt2")
    assert said[name] == default
    assert said.get("safety" if name in words else "status") in ("safe", "updated")
    if name != "prompt2":
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{shared.address}/{name}/{'x' * 2001}", timeout=5)
        with caught.value as refused:
            assert refused.code == 422
            assert f"{name} must be" in json.load(refused)["detail"]
