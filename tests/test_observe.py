from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lib.config.settings import ROOT
from lib.observe import BurstLimitedLog, OncePerSecond, Tally


def test_percentiles_are_of_the_latest_durations() -> None:
    tally = Tally(keep=100)
    assert tally.times() is None
    for ms in [5000] * 50 + list(range(1, 101)):
        tally.took(ms * 1_000_000)
    times = tally.times()
    assert times is not None
    assert (round(times.p50), round(times.p95), round(times.p99)) == (51, 95, 99)


def test_a_few_lines_at_once_and_then_one_a_second(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0]
    monkeypatch.setattr("lib.observe.time.monotonic_ns", lambda: now[0])
    few = BurstLimitedLog(logging.getLogger("few"), at_once=3)
    caplog.set_level(logging.INFO)
    for number in range(10):
        few.info("line %d", number)
    now[0] = 1_100_000_000
    few.info("line %d", 10)
    few.info("line %d", 11)
    said = [record.message for record in caplog.records]
    assert said == ["line 0", "line 1", "line 2", "line 10 (and 7 more lines)"]


def test_one_line_a_second_for_each_key_and_the_rest_is_counted(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0]
    monkeypatch.setattr("lib.observe.time.monotonic_ns", lambda: now[0])
    loud = OncePerSecond(logging.getLogger("loud"))
    for _ in range(5):
        loud.warning("a", "from %s", "a")
    loud.warning("b", "from %s", "b")
    now[0] = 1_100_000_000
    loud.warning("a", "from %s", "a")
    assert [record.message for record in caplog.records] == [
        "from a",
        "from b",
        "from a (and 4 more like it)",
    ]


def test_keys_of_strangers_do_not_fill_memory(caplog: pytest.LogCaptureFixture) -> None:
    loud = OncePerSecond(logging.getLogger("loud"))
    for number in range(5000):
        for _ in range(2):
            loud.warning(f"peer {number}", "x")
    assert len(loud._next_ns) + len(loud._held) < 600


SAYS = """
import logging
from lib.observe import log_to_stderr
log_to_stderr()
log = logging.getLogger("room")
log.info("all is well")
log.warning("no worker")
try:
    raise ValueError("two\\nlines")
except ValueError:
    log.exception("failed")
"""


def test_the_journal_learns_how_grave_a_line_is(tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w+", encoding="utf-8") as out:
        found = os.fstat(out.fileno())
        stream = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        argv = [sys.executable, "-c", SAYS]
        subprocess.run(argv, cwd=ROOT, env=os.environ | stream, stderr=out, check=True)
        out.seek(0)
        lines = out.read().splitlines()
    assert lines[:3] == ["<6>room: all is well", "<4>room: no worker", "<3>room: failed"]
    assert all(line.startswith("<3>") for line in lines[3:]) and lines[-1] == "<3>  lines"
    elsewhere = {"JOURNAL_STREAM": "1:2"}  # a terminal of a desktop that systemd started
    done = subprocess.run(
        argv, cwd=ROOT, env=os.environ | elsewhere, stderr=subprocess.PIPE, text=True, check=True
    )
    assert re.match(r"\d\d:\d\d:\d\d I room: all is well\n", done.stderr)


FORGES = """
import logging
from lib.observe import log_to_stderr
log_to_stderr()
log = logging.getLogger("room")
said = "w1\\n12:00:00 W lib.keys: FORGED\\r\\x1b[2J\\x9b31m\\u202e\\u2028<3>x"
log.warning("worker %s is silent", said)
try:
    raise ValueError(said)
except ValueError:
    log.exception("failed")
"""


@pytest.mark.parametrize("to_journal", [False, True])
def test_text_from_outside_can_forge_no_line_and_steer_no_terminal(
    tmp_path: Path, to_journal: bool
) -> None:
    path = tmp_path / "log"
    with path.open("wb") as out:
        found = os.fstat(out.fileno())
        stream = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"} if to_journal else {}
        argv = [sys.executable, "-c", FORGES]
        subprocess.run(argv, cwd=ROOT, env=os.environ | stream, stderr=out, check=True)
    lines = path.read_text("utf-8").split("\n")[:-1]
    assert all(line.isprintable() for line in lines)
    ours = r"<[34]>room: " if to_journal else r"\d\d:\d\d:\d\d [EW] room: "
    assert re.match(ours + "worker w1 12:00:00 W lib.keys: FORGED", lines[0])
    assert [bool(re.match(ours, line)) for line in lines[:2]] == [True, True]
    below = r"<3>  " if to_journal else "  "
    assert len(lines) > 5 and all(line.startswith(below) for line in lines[2:])
