"""The wall clock of a show, stepped without touching the machine's."""

from __future__ import annotations

import ctypes
import mmap
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")


def clock_trouble() -> str | None:
    """Why no clock can be stepped here, or None."""
    if sys.platform != "linux":
        return "programs on other systems than Linux are not given a clock in this way"
    return None if shutil.which("cc") else "a C compiler (cc) is needed for the clock"


class StepClock:
    """For the programs that are started with its environment."""

    def __init__(self, folder: Path) -> None:
        library, steps = folder / "clock.so", folder / "clock"
        build = ["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
        subprocess.run(build, check=True)
        steps.write_bytes(bytes(8))
        with steps.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8)
        self._wrong_s = ctypes.c_int64.from_buffer(self._map)
        self.environment = {"LD_PRELOAD": str(library), "STEPPED_CLOCK": str(steps)}

    def be_wrong_by(self, seconds: int) -> None:
        self._wrong_s.value = seconds  # at once, not a byte after the other
