"""The programs as somebody starts them: first lines, kills and ends."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from lib.config.inherit import RUN_DIR_VARIABLE
from tests.programs import Program, answers, gone, in_time, state, wait_until


@pytest.fixture
def start() -> Iterator[Callable[..., Program]]:
    with ExitStack() as resources:
        yield lambda *flags: Program(resources, *flags)


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
    out, err = program.process.communicate(timeout=30)
    assert in_time(time.monotonic() - before, 2)
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
    _, err = program.process.communicate(timeout=30)
    assert in_time(time.monotonic() - before, 2)
    # Where Python itself has not started after a tenth of a second, there is nothing to end.
    unstarted = after_s == 0.1 and program.process.returncode == -signal.SIGTERM and not err
    assert program.process.returncode == 0 or unstarted
    assert "Traceback" not in err
    assert gone(family)


def test_whoever_is_killed_is_back_and_plays_on(start: Callable[..., Program]) -> None:
    program = start()
    last = program.picture()
    wait_until(lambda: answers(program), 20)  # a picture may be there before the page
    httpx.get(program.page + "/seed/77")
    for word in ("--role stream", "--role control", "--role view", "transform.py"):
        old = program.one(word)
        assert old, word
        old.kill()
        took = wait_until(lambda word=word, old=old: program.one(word) not in (None, old), 20)  # type: ignore[misc]
        assert in_time(took, 2)
        picture = program.fresh_picture(within_s=20)
        assert picture.index > last.index
        last = picture
        wait_until(lambda: answers(program), 20)
    wait_until(lambda: state(program)["stream"], 20)
    # The stream's own word comes a few times a second, and a change to it once more each second.
    wait_until(lambda: state(program)["params"] == state(program)["stream"]["params"], 20)  # type: ignore[index]
    assert state(program)["params"]["seed"] == 77  # type: ignore[index]


@pytest.mark.parametrize("what", ["all of it", "what is in it"])
def test_a_run_folder_that_is_removed_costs_no_process_its_restart(
    start: Callable[..., Program], what: str
) -> None:
    """Each that ended was started again for ever, and found no folder for its sockets."""
    program = start("--headless")
    last = program.picture()
    wait_until(lambda: answers(program) and state(program)["stream"], 20)
    httpx.get(program.page + "/seed/77")
    time.sleep(1)  # app.py looks twice a second what stands there
    stream = program.one("--role stream")
    assert stream
    folder = Path(stream.environ()[RUN_DIR_VARIABLE])
    if what == "all of it":
        shutil.rmtree(folder)
    else:
        for path in folder.iterdir():
            path.unlink()
    stream.kill()
    wait_until(lambda: program.one("--role stream") not in (None, stream), 20)
    assert program.fresh_picture(within_s=15).index > last.index
    # Both hear of each other: the page of the stream, the stream of what is played.
    wait_until(lambda: state(program)["stream"] and seeds(program) == (77, 77), 20)
    control = program.one("--role control")
    assert control
    control.kill()
    wait_until(lambda: answers(program), 20)
    wait_until(lambda: state(program)["stream"] and seeds(program) == (77, 77), 20)
    httpx.get(program.page + "/seed/78")
    wait_until(lambda: seeds(program) == (78, 78), 20)


def seeds(program: Program) -> tuple[int, int]:
    """What control plays, and what the stream says that it plays."""
    now: Any = state(program)
    return now["params"]["seed"], now["stream"]["params"]["seed"]


def test_no_orphan_when_the_first_of_all_is_killed(start: Callable[..., Program]) -> None:
    program = start()
    program.picture()
    family = program.family()
    program.process.kill()
    program.process.wait()
    wait_until(lambda: gone(family), within_s=3)
