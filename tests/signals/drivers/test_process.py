"""Drivers in processes of their own: what they say, how they end, hang and die."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from lib.signals.drivers import process
from lib.signals.drivers.process import BoardSource, DriverProcess, LslSource
from lib.signals.source import SourceError
from tests.signals.stand import parts_with, running, until, value


def pretend(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, code: str) -> None:
    """A package that is not what it should be, before the true one."""
    (folder / f"{name}.py").write_text(textwrap.dedent(code))
    monkeypatch.setenv("PYTHONPATH", str(folder))


def trouble_of(source: LslSource | BoardSource) -> str:
    until(lambda: source.failure is not None)
    assert isinstance(source.failure, SourceError), source.failure
    return str(source.failure)


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_missing_extra_is_one_sentence_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, tmp_path, "pylsl", "raise ModuleNotFoundError(name='pylsl')")
    with running(LslSource(parts_with(tmp_path, lsl_stream="EEG"))) as source:
        assert trouble_of(source) == (
            "pylsl is not installed: automation/packages.sh requirements-signals.txt installs it"
        )


def test_a_library_that_hangs_is_ended_and_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds even the interpreter's lock, as a C library may."""
    pretend(
        monkeypatch,
        tmp_path,
        "pylsl",
        """
        import ctypes, os
        os.write(1, b'{}\\n')
        ctypes.PyDLL(None).sleep(1000)
        """,
    )
    monkeypatch.setattr(process, "HANGS_S", 0.5)
    with running(LslSource(parts_with(tmp_path, lsl_stream="EEG"))) as source:
        pid = source.process.pid
        assert "has not answered for 0.5 s" in trouble_of(source)
    until(lambda: is_gone(pid))


def test_a_library_that_ends_its_process_ends_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, tmp_path, "pylsl", "import ctypes; ctypes.string_at(0)")
    with running(LslSource(parts_with(tmp_path, lsl_stream="EEG"))) as source:
        assert "its driver has ended" in trouble_of(source)


def test_a_driver_that_floods_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flood = "import os\nwhile True: os.write(1, b'x' * 4096)"
    pretend(monkeypatch, tmp_path, "pylsl", flood)
    with running(LslSource(parts_with(tmp_path, lsl_stream="EEG"))) as source:
        assert "more than can be taken" in trouble_of(source)


def test_a_driver_that_is_killed_is_noticed(tmp_path: Path) -> None:
    with running(BoardSource(parts_with(tmp_path, board="synthetic"))) as source:
        until(lambda: source.tally.counts["in"] > 0)
        os.kill(source.process.pid, signal.SIGKILL)
        assert "has ended" in trouble_of(source)


def test_a_driver_ends_with_the_thread_that_started_it(tmp_path: Path) -> None:
    source = BoardSource(parts_with(tmp_path, board="synthetic"))
    with running(source):
        until(lambda: source.tally.counts["in"] > 0)
        pid = source.process.pid
    assert is_gone(pid)


def test_brainflows_synthetic_board_has_bands(tmp_path: Path) -> None:
    with running(BoardSource(parts_with(tmp_path, board="synthetic"))) as source:
        until(lambda: (found := source.bus.get("board.ch1.alpha")) and found.quality > 0.5)
        assert "synthetic, 16 channels, 250 Hz" in source.describe()
        bands = [
            value(source, f"ch1.{band}") or 0.0 for band in ("delta", "theta", "alpha", "beta")
        ]
        assert sum(bands) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    ("board", "says"),
    [
        ("", "BOARD names no board"),
        ("toaster", "BrainFlow knows no board 'toaster'"),
        ("cyton /dev/ttyNOWHERE", "the board cyton does not answer"),
    ],
)
def test_a_wrong_board_is_one_sentence(tmp_path: Path, board: str, says: str) -> None:
    with running(BoardSource(parts_with(tmp_path, board=board))) as source:
        assert says in trouble_of(source)


def test_lines_that_are_none_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = 'import os\nos.write(1, b\'nonsense\\n[1]\\n{"stream":"x","channels":2}\\n\')\n'
    pretend(monkeypatch, tmp_path, "pylsl", said + "import time; time.sleep(60)")
    with ExitStack() as resources:
        driver = DriverProcess(resources, "lsl", {"stream": "x"})
        found = []
        deadline = time.monotonic() + 20
        while not found and time.monotonic() < deadline:
            found = driver.read(0.1)
        assert found == [{"stream": "x", "channels": 2}]
    assert sys.executable
