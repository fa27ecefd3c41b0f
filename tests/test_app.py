"""The programs as somebody starts them: first lines, kills and ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from lib.config.settings import ROOT
from lib.wire.messages import Picture, decode_picture
from lib.wire.sockets import feed_in
from tests.ports import free_ports
from tests.programs import PORTS, environment


class Program:
    """run.sh's launcher with everything it starts, on ports of its own."""

    def __init__(self, resources: ExitStack, *flags: str) -> None:
        self.ports = dict(zip(PORTS, free_ports(4), strict=True))
        argv = [f"--{name}={port}" for name, port in {**self.ports, "osc_port": 0}.items()]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lib.launch", "--engine=identity", *argv, *flags],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        resources.callback(self._end)
        self._feed = feed_in(resources, "127.0.0.1", self.ports["output_port"])
        self.page = f"http://127.0.0.1:{self.ports['settings_port']}"

    def _end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()

    def picture(self, within_s: float = 10) -> Picture:
        assert self._feed.poll(int(within_s * 1000)), "no picture"
        return decode_picture(self._feed.recv())

    def fresh_picture(self, within_s: float) -> Picture:
        while self._feed.poll(0):
            self._feed.recv()
        return self.picture(within_s)

    def family(self) -> list[psutil.Process]:
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def one(self, word: str) -> psutil.Process | None:
        for process in self.family():
            try:
                if word in " ".join(process.cmdline()[1:]):
                    return process
            except psutil.Error:
                continue
        return None


@pytest.fixture
def start() -> Iterator[Callable[..., Program]]:
    with ExitStack() as resources:
        yield lambda *flags: Program(resources, *flags)


def wait_until(holds: Callable[[], object], within_s: float) -> float:
    before = time.monotonic()
    pause = threading.Event()
    while not holds():
        assert time.monotonic() - before < within_s
        pause.wait(0.01)
    return time.monotonic() - before


def gone(processes: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


def test_three_lines_and_an_end_in_time(start: Callable[..., Program]) -> None:
    program = start()
    program.picture()
    lines = [program.process.stdout.readline() for _ in range(3)]  # type: ignore[union-attr]
    assert re.fullmatch(rf"page +http://localhost:{program.ports['settings_port']}\n", lines[0])
    assert re.fullmatch(rf"feed +tcp://localhost:{program.ports['output_port']}\n", lines[1])
    assert re.fullmatch(r"engine +identity .+\n", lines[2])
    family = program.family()
    assert len(family) == 5
    before = time.monotonic()
    os.killpg(program.process.pid, signal.SIGINT)  # as Ctrl+C on a terminal does
    out, err = program.process.communicate(timeout=5)
    assert time.monotonic() - before < 2
    assert (program.process.returncode, out) == (0, "")
    assert "Traceback" not in err
    assert gone(family)


@pytest.mark.parametrize("after_s", [0.1, 0.5, 0.9])
def test_it_ends_in_time_while_it_starts(start: Callable[..., Program], after_s: float) -> None:
    program = start()
    time.sleep(after_s)
    family = program.family()
    before = time.monotonic()
    program.process.terminate()
    _, err = program.process.communicate(timeout=5)
    assert time.monotonic() - before < 2
    assert program.process.returncode == 0
    assert "Traceback" not in err
    assert gone(family)


def test_whoever_is_killed_is_back_and_plays_on(start: Callable[..., Program]) -> None:
    program = start()
    last = program.picture()
    wait_until(lambda: answers(program), 5)  # a picture may be there before the page
    httpx.get(program.page + "/seed/77")
    for word in ("--role stream", "--role control", "--role view", "transform.py"):
        old = program.one(word)
        assert old, word
        old.kill()
        took = wait_until(lambda word=word, old=old: program.one(word) not in (None, old), 2)  # type: ignore[misc]
        assert took < 2
        picture = program.fresh_picture(within_s=4)
        assert picture.index > last.index
        last = picture
        wait_until(lambda: answers(program), 2)
    wait_until(lambda: state(program)["stream"], 3)
    # The stream's own word comes a few times a second, and a change to it once more each second.
    wait_until(lambda: state(program)["params"] == state(program)["stream"]["params"], 3)  # type: ignore[index]
    assert state(program)["params"]["seed"] == 77  # type: ignore[index]


def test_what_was_played_stands_after_a_power_cut(
    start: Callable[..., Program], state_dir: Path
) -> None:
    program = start("--headless")
    wait_until(lambda: answers(program), 10)
    assert httpx.get(program.page + "/prompt/a cat made of glass").status_code == 200
    assert httpx.get(program.page + "/seed/77").status_code == 200
    kept = state_dir / "played.json"
    wait_until(lambda: kept.exists() and '"seed": 77' in kept.read_text("utf-8"), 2)
    family = program.family()
    for process in [psutil.Process(program.process.pid), *family]:
        with suppress(psutil.NoSuchProcess):  # the first one's end is theirs
            process.kill()
    program.process.wait()
    wait_until(lambda: gone(family), 2)
    program = start("--headless")
    wait_until(lambda: answers(program), 10)
    wait_until(lambda: state(program)["stream"], 5)
    played = state(program)["params"]
    assert (played["prompt"], played["seed"]) == ("a cat made of glass", 77)  # type: ignore[index]
    assert state(program)["params_number"] == 2
    wait_until(lambda: state(program)["stream"]["params"] == played, 3)  # type: ignore[index]


def test_no_orphan_when_the_first_of_all_is_killed(start: Callable[..., Program]) -> None:
    program = start()
    program.picture()
    family = program.family()
    program.process.kill()
    program.process.wait()
    wait_until(lambda: gone(family), within_s=1)


def answers(program: Program) -> bool:
    try:
        return httpx.get(program.page + "/status", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False


def state(program: Program) -> dict[str, object]:
    answer: dict[str, object] = httpx.get(program.page + "/status", timeout=2).json()
    return answer
