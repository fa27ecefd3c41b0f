"""app.py --role runai and --role sde: one command each, and nothing else needed."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import psutil
import pytest

from bench.cost.single_starts import one_start
from docs.examples.older.runai import QUIT, Runai
from docs.examples.older.sde import available, generate, result
from lib.config.settings import ROOT
from lib.stills.adapters.runai import FIRST_S, IdleClock
from tests.ports import free_ports
from tests.programs import environment, finish
from tests.rig import until
from tests.stills.adapters.test_runai import options, pictures

STARTS_S = 40
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@contextmanager
def served(role: str, port: int, home: Path, *flags: str) -> Iterator[subprocess.Popen[bytes]]:
    """The program, which may write nowhere but below `home`, as its owner would see it."""
    folders = {name: str(home / name) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME")}
    for folder in folders.values():
        Path(folder).mkdir(exist_ok=True)
    own = environment(**folders, MACHINE_SIZE="tiny")
    own.pop("XDG_RUNTIME_DIR", None)
    flag = "--port" if role == "runai" else "--sde_port"
    argv = [sys.executable, "app.py", "--role", role, flag, str(port), *flags]
    log = (home / "log").open("wb")
    program = subprocess.Popen(argv, cwd=ROOT, env=own, stderr=log)
    try:
        yield program
    finally:
        family = [psutil.Process(program.pid)] if program.poll() is None else []
        family += [one for process in family for one in process.children(recursive=True)]
        for one in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        program.wait()
        log.close()


def connected(port: int) -> Runai:
    """A client, as soon as somebody listens."""
    found: list[Runai] = []

    def connect() -> bool:
        with contextlib.suppress(ConnectionError):
            found.append(Runai("127.0.0.1", port))
        return bool(found)

    until(connect, STARTS_S)
    found[0]._socket.settimeout(60)
    return found[0]


def test_runai_alone_paints_writes_nothing_and_ends_when_asked(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with served("runai", port, tmp_path) as program:
        client = connected(port)
        client.send("txt2img", **options("txt2img", prompt="violet umbrellas"))
        pictures(client)
        client.control(QUIT)
        client.close()
        assert program.wait(10) == 0
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"violet" not in path.read_bytes(), path


def test_it_ends_by_itself_after_its_last_client_has_left(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with served("runai", port, tmp_path, "--client_timeout=1") as program:
        connected(port).close()
        begin_s = time.monotonic()
        assert program.wait(15) == 0
        assert time.monotonic() - begin_s > 0.9


def test_the_times_of_the_original() -> None:
    clock = IdleClock(4)
    assert not clock.is_over(0, 100) and not clock.is_over(0, 100 + 4 + FIRST_S - 0.1)
    assert clock.is_over(0, 100 + 4 + FIRST_S)
    assert not clock.is_over(1, 200) and not clock.is_over(0, 300) and not clock.is_over(0, 303.9)
    assert clock.is_over(0, 304)


def test_without_auto_shutdown_it_stays(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    flags = ("--client_timeout=0.5", "--auto_shutdown", "false")
    with served("runai", port, tmp_path, *flags) as program:
        connected(port).close()
        time.sleep(3)
        assert program.poll() is None
        connected(port).close()


def test_sde_alone_goes_on_with_what_a_kill_stopped(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    server, state = f"127.0.0.1:{port}", ("--state_dir", str(tmp_path / "state"))

    def is_free() -> bool:
        with contextlib.suppress(OSError):
            return available(server)
        return False

    with served("sde", port, tmp_path, *state) as program:
        until(is_free, STARTS_S)
        first = generate(server, "a red house")
        made = result(server, first)
        assert made["data"] and made["errors"] == []
        until(is_free, STARTS_S)
        second = generate(server, "a blue boat")
        for one in (psutil.Process(program.pid), *psutil.Process(program.pid).children()):
            one.kill()  # right after a result, and in the middle of the next
    with served("sde", port, tmp_path, *state):

        def answers() -> bool:
            with contextlib.suppress(httpx.HTTPError):
                return (
                    httpx.get(f"http://{server}/health", verify=False, timeout=5).status_code == 200
                )
            return False

        until(answers, STARTS_S)
        assert result(server, first) == made
        # It runs on paper, until its worker's minute to come back is over.
        assert not available(server) and second != first
        lines = [json.loads(line) for file in (tmp_path / "state").rglob("*-flush.json")
                 for line in file.read_text().splitlines()]  # fmt: skip
        assert first in {line["uuid"] for line in lines}


def test_a_taken_port_and_a_wrong_flag_are_one_sentence() -> None:
    (port,) = free_ports(1)
    with contextlib.closing(socket.create_server(("127.0.0.1", port))):
        said = finish("app.py", "--role", "runai", "--port", str(port))
    assert said.returncode == 2 and f"port {port} is in use" in said.stderr
    assert "Traceback" not in said.stderr
    assert finish("app.py", "--port", "5").returncode == 2
    assert os.environ.get("RUNAI_HOST") is None


def test_starts_at_the_same_time_all_serve_and_end() -> None:
    """Fifty are in bench/cost/single_starts.py."""
    with ThreadPoolExecutor(2) as threads:  # a start waits more than it computes
        found = list(threads.map(one_start, ["runai", "sde"]))
    assert [one.trouble for one in found] == [""] * 2
