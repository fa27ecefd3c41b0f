"""What a child tells its parent."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lib.supervise import Child
from tests.supervise.runs import WORKS, Run, program, wait_until


def test_progress_can_be_read(start: Callable[..., Run]) -> None:
    run = start(Child("a", program(WORKS)))
    wait_until(lambda: run.supervisor.all_ready)
    before = run.children[0].progress_ns
    wait_until(lambda: run.children[0].progress_ns > before + 300_000_000)


def test_alone_a_report_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from lib.supervise import REPORT_VARIABLE, report_to_parent

    for said in ("", "nonsense", "999999,1", "1"):
        monkeypatch.setenv(REPORT_VARIABLE, said)
        report = report_to_parent()
        report.ready()
        report.progress()
        assert REPORT_VARIABLE not in os.environ


def test_a_child_says_one_line_about_itself(start: Callable[..., Run]) -> None:
    text = WORKS.replace("report.ready()", "report.ready('painter at 256:\\nno GPU found')")
    run = start(Child("a", program(text)))
    wait_until(lambda: run.supervisor.all_ready)
    assert run.children[0].about == "painter at 256: no GPU found"


def test_a_child_says_how_it_does(start: Callable[..., Run]) -> None:
    text = WORKS.replace("report.ready()", "report.ready(); report.news('30.0 fps,\\n40 ms')")
    run = start(Child("a", program(text)))
    wait_until(lambda: run.children[0].news == "30.0 fps, 40 ms")
