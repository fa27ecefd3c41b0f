"""All programs are killed at once, as when the power goes; then they are started again."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from pathlib import Path

import httpx2 as httpx
import psutil
import pytest

from tests.programs import Program, answers, gone, state, wait_until

LONG_S = 40  # it is not about time


@pytest.mark.slow
def test_what_was_played_stands_after_a_power_cut(state_dir: Path) -> None:
    with ExitStack() as resources:
        play_until_cut(Program(resources, "--headless"), state_dir / "played.json")
        program = Program(resources, "--headless")
        wait_until(lambda: answers(program), LONG_S)
        wait_until(lambda: state(program)["stream"], LONG_S)
        played = state(program)["params"]
        assert (played["prompt"], played["seed"]) == ("a cat made of glass", 77)  # type: ignore[index]
        assert state(program)["params_number"] == 2
        wait_until(lambda: state(program)["stream"]["params"] == played, LONG_S)  # type: ignore[index]


def play_until_cut(program: Program, kept: Path) -> None:
    wait_until(lambda: answers(program), LONG_S)
    assert httpx.get(program.page + "/prompt/a cat made of glass").status_code == 200
    assert httpx.get(program.page + "/seed/77").status_code == 200
    wait_until(lambda: kept.exists() and '"seed": 77' in kept.read_text("utf-8"), LONG_S)
    family = program.family()
    for process in [psutil.Process(program.process.pid), *family]:
        with suppress(psutil.NoSuchProcess):  # the first one's end is theirs
            process.kill()
    program.process.wait()
    wait_until(lambda: gone(family), LONG_S)
