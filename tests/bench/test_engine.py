"""The engine's benchmark without a GPU: each part runs, and no part takes another along."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from bench.cost.engine_stills import show_beside_still
from bench.cost.parts import Part, Question, run_parts
from bench.processes import ROOT
from lib.config.params import Params
from lib.engine.identity import Identity
from tests.rig import until


def answers(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


SLEEPS = "import time; time.sleep(60)"


def lives(pid: int) -> bool:
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def sound() -> Iterator[Question]:
    yield "one", lambda: 1
    yield "two", lambda: 1 / 0
    yield "three", lambda: 3


def broken() -> Iterator[Question]:
    yield "one", lambda: 1
    raise MemoryError("no model fits")


def hanging() -> Iterator[Question]:
    yield "one", lambda: 1
    yield "started", lambda: subprocess.Popen([sys.executable, "-c", SLEEPS]).pid
    yield "two", lambda: time.sleep(60)


def dying() -> Iterator[Question]:
    yield "one", lambda: 1
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_whatever_a_part_does_the_answers_so_far_and_the_next_part_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.cost.parts.ENOUGH_S", 0.5)
    parts = [Part(one.__name__, 20, one) for one in (broken, dying, hanging, sound)]
    parts[2] = parts[2]._replace(most_s=1)
    run_parts(tmp_path, Part("first", 10, sound), [*parts, Part("late", 0.1, sound)], 60)
    found = answers(tmp_path)
    assert [one["answer"] for one in found if one["question"] == "one"] == [1] * 5
    assert {one["question"]: one.get("error") for one in found if one["part"] == "sound"} == {
        "one": None,
        "two": "ZeroDivisionError: division by zero",
        "three": None,
    }
    ended = {one["question"]: one.get("code") for one in found if one["part"] == "run"}
    assert ended == {
        "broken": 0,
        "dying": -9,
        "hanging": "cut off after 1 s",
        "sound": 0,
        "late": None,
    }
    assert {"the rest"} == {one["question"] for one in found if "no model fits" in str(one)}
    (started,) = [one["answer"] for one in found if one["question"] == "started"]
    assert until(lambda: not lives(started)), "what a part started ends with it"


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_part_waits_for_what_the_first_makes_unless_it_does_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is the only one that was asked for."""
    monkeypatch.setattr("bench.cost.parts.ENOUGH_S", 0.5)
    weights = tmp_path / "weights"

    def slow() -> Iterator[Question]:
        yield "slept", lambda: time.sleep(1)
        yield "made", weights.touch

    def looks() -> Iterator[Question]:
        yield "there", weights.exists

    def asked(needs: bool) -> object:
        weights.unlink(missing_ok=True)
        (tmp_path / "results.jsonl").unlink(missing_ok=True)
        run_parts(tmp_path, Part("first", 10, slow), [Part("part", 10, looks, needs)], 60)
        return next(one["answer"] for one in answers(tmp_path) if one["question"] == "there")

    assert asked(True) is True
    assert asked(False) is False


@pytest.mark.parametrize(("longest_ms", "still"), [(1, "left"), (10_000, "made")])
def test_a_still_beside_a_show_is_made_or_left_by_how_long_its_steps_take(
    longest_ms: int, still: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.core.still_turns.LONGEST_PIECE_NS", longest_ms * 1_000_000)
    frames = np.zeros((1, 64, 64, 3), np.uint8)
    beside = show_beside_still(Identity(delay_ms=3), Params(), frames, 30)
    assert cast(str, beside["still"]).startswith(still) and cast(float, beside["p99"]) > 0


NEEDS_GPU = ("nvidia-smi", "CUDNN_ATTENTION", "EFFICIENT_ATTENTION", "fused, us")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_all_of_it_runs_without_a_gpu(tmp_path: Path) -> None:
    started_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "bench.engine", "--tiny", "--device", "cpu", "--out", tmp_path],
        cwd=ROOT,
        env={**os.environ, "TORCHINDUCTOR_VEC_ISA_OK": "0"},  # plain C++ compiles in less time
        capture_output=True,
        text=True,
        timeout=290,
        check=False,
    )
    print(done.stdout[-5000:], f"{time.monotonic() - started_s:.0f} s")
    assert done.returncode == 0, done.stderr
    found = answers(tmp_path)
    ran = ["ground", "eager", "compiled1", "stress", "memory", "tests", "worker"]
    ran += ["stills", "pipeline"]
    codes = {one["question"]: one["code"] for one in found if one["part"] == "run"}
    assert codes == dict.fromkeys(ran, 0)
    failed = [one for one in found if "error" in one]
    assert not [one for one in failed if not any(word in one["question"] for word in NEEDS_GPU)]
    said = {(one["part"], one["question"]): one.get("answer") for one in found}
    for part, batch in (("eager", 1), ("eager", 4), ("eager", 8), ("compiled1", 1)):
        for what in (
            "ms a frame",
            "prompt and seed other each time",
            "next begun before this one is waited for",
        ):
            assert said[part, f"batch {batch}, 64x64, 1 step(s): {what}"]["p50"] > 0
    assert said["eager", "in a batch of 8 against alone, of 255"]["largest"] <= 1
    assert said["compiled1", "launches a frame"]["kernels"] > 100
    assert said["compiled1", "batch 1 until it is compiled"]["p50"] > 0
    assert said["stress", "40 shapes beside a show"]["differ"] == 0
    assert said["worker", "worker, JPEG both ways, fps"] > 0
    assert said["pipeline", "diffusers pipeline, ms a frame"]["p50"] > 0
    assert said["stills", "still 128x128, 1 step, s"] > 0
    beside = said["stills", "beside a still of 30 steps, ms"]
    # By how fast this machine is; which of them it is to be has a test of its own.
    assert beside["still"] in ("made", "left to --role stills") and beside["p99"] > 0
    assert said["stills", "a show alone, ms"]["p99"] > 0
    assert "skipped" in said["tests", "tests marked gpu"]
    assert (tmp_path / "kernels-batch-1.txt").stat().st_size > 1000
