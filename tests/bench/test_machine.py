"""What the chaos suite does to a machine without doing it to this one: its clock and its disk."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.faults.machine import (
    Disk,
    PowerDisk,
    StepClock,
    clock_trouble,
    disk_trouble,
    power_trouble,
)

TELL = """
import sys, time
for _ in sys.stdin:
    print(time.time(), time.clock_gettime(time.CLOCK_REALTIME), time.monotonic(), flush=True)
"""


@pytest.mark.skipif(clock_trouble() is not None, reason=str(clock_trouble()))
def test_the_wall_clock_of_one_program_is_stepped_and_nothing_else(tmp_path: Path) -> None:
    clock = StepClock(tmp_path)
    program = subprocess.Popen(
        [sys.executable, "-c", TELL],
        env={**os.environ, **clock.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        for step_s in (0, 3600, -3600, 0):
            clock.be_wrong_by(step_s)
            assert program.stdin
            assert program.stdout
            program.stdin.write("\n")
            program.stdin.flush()
            unix_s, same_s, steady_s = map(float, program.stdout.readline().split())
            assert unix_s - time.time() == pytest.approx(step_s, abs=30)
            assert same_s == pytest.approx(unix_s, abs=30)
            assert steady_s == pytest.approx(time.monotonic(), abs=30)
    finally:
        program.communicate()


@pytest.mark.skipif(disk_trouble() is not None, reason=str(disk_trouble()))
def test_a_disk_is_filled_cleared_and_gone() -> None:
    with Disk() as disk:
        (disk.folder / "before").write_bytes(b"kept")
        disk.fill()
        with pytest.raises(OSError, match="No space left"):
            (disk.folder / "after").write_bytes(b"lost")
        disk.clear()
        (disk.folder / "after").write_bytes(b"kept")
        assert (disk.folder / "before").read_bytes() == b"kept"
    assert not disk.folder.exists()
    assert str(disk.folder) not in Path("/proc/mounts").read_text()


@pytest.mark.skipif(power_trouble() is not None, reason=str(power_trouble()))
def test_what_was_not_synced_is_gone_after_a_power_cut() -> None:
    with PowerDisk() as disk:
        for name in ("synced", "written"):
            with (disk.folder / name).open("wb") as file:
                file.write(b"kept")
                file.flush()
                if name == "synced":
                    os.fsync(file.fileno())
        disk.cut()
        with pytest.raises(OSError, match="Input/output error"):
            (disk.folder / "after").write_bytes(b"lost")
        disk.restore()
        assert (disk.folder / "synced").read_bytes() == b"kept"
        there = disk.folder / "written"
        assert not there.exists() or there.read_bytes() == b""
        (disk.folder / "after").write_bytes(b"kept")
    assert not disk.folder.exists()
    assert str(disk.folder) not in Path("/proc/mounts").read_text()
