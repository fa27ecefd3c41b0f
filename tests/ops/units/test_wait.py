"""Each failure in a row waits longer, a long healthy run is forgiven, a person never waits."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from lib.config.settings import ROOT
from lib.ops.units import wait
from lib.ops.units.wait import HEALTHY_S, WAITS_S, StartHistory, read


def test_waits_grow_up_to_a_minute_and_stay_there() -> None:
    story, waits = StartHistory(), []
    for moment in range(12):
        waits.append(story.wait_s)
        story = story._replace(started_s=moment).ended("exit-code", moment + 2)
    assert waits == [*WAITS_S, *[WAITS_S[-1]] * (12 - len(WAITS_S))]
    assert sorted(waits) == waits and waits[-1] == 60


@pytest.mark.parametrize("result", ["exit-code", "signal", "watchdog", "timeout", "core-dump"])
def test_after_a_long_run_a_failure_is_a_first_one(result: str) -> None:
    assert StartHistory(6, 100).ended(result, 100 + HEALTHY_S).failures == 1
    assert StartHistory(6, 100).ended(result, 101).failures == 7


def test_a_stop_by_hand_forgets_all() -> None:
    assert StartHistory(6, 100).ended("success", 101) == StartHistory()


def run(folder: Path, *words: str, result: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "lib.ops.units.wait", *words],
        cwd=ROOT,
        env={"RUNTIME_DIRECTORY": str(folder), "SERVICE_RESULT": result},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_as_the_unit_runs_it(tmp_path: Path) -> None:
    for _ in range(3):
        assert run(tmp_path, "before").communicate()[1] == ""
        (tmp_path / "starts.json").write_text(f"[1, {time.monotonic()}]", "utf-8")
        run(tmp_path, "after", result="exit-code").communicate()
        assert read(tmp_path / "starts.json").failures == 2
        (tmp_path / "starts.json").unlink()
    (tmp_path / "starts.json").write_text(f"[99, {time.monotonic()}]", "utf-8")
    with run(tmp_path, "before") as waiting:
        assert waiting.stderr
        assert waiting.stderr.readline() == "99 failures in a row: waiting 60 s\n"
        waiting.terminate()  # systemctl stop, or restart
        assert waiting.wait(2) != 0
    run(tmp_path, "after", result="success").communicate()
    assert read(tmp_path / "starts.json") == StartHistory()


@pytest.mark.parametrize("text", ["", "[", "{}", "[1]", '["a", "b"]', "[-3, 1]", "null"])
def test_half_a_file_is_a_first_start(text: str, tmp_path: Path) -> None:
    (tmp_path / "starts.json").write_text(text, "utf-8")
    assert read(tmp_path / "starts.json").failures == 0


def test_a_wrong_word_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    assert wait.main(["sometime"]) == 2
    assert not (tmp_path / "starts.json").exists()
