"""The primary's machine as a fault finds it: its wall clock stepped, its disk full, without harm to
this one."""

from __future__ import annotations

import ctypes
import mmap
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")
SIZE = "16m"
BLOCK = bytes(1 << 16)


def command(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")


def clock_trouble() -> str | None:
    """Why no clock can be stepped here, or None."""
    if sys.platform != "linux":
        return "programs on other systems than Linux are not given a clock in this way"
    return None if shutil.which("cc") else "a C compiler (cc) is needed for the clock"


class StepClock:
    """For the programs that are started with its environment."""

    def __init__(self, folder: Path) -> None:
        library, steps = folder / "clock.so", folder / "clock"
        command("cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl")
        steps.write_bytes(bytes(8))
        with steps.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8)
        self._wrong_s = ctypes.c_int64.from_buffer(self._map)
        self.environment = {"LD_PRELOAD": str(library), "STEPPED_CLOCK": str(steps)}

    def be_wrong_by(self, seconds: int) -> None:
        self._wrong_s.value = seconds  # at once, not a byte after the other


def disk_trouble() -> str | None:
    """Why there can be no disk here, or None."""
    if sys.platform != "linux":
        return "tmpfs is Linux's"
    if os.geteuid() != 0 or not shutil.which("mount"):
        return "mounting a disk needs root"
    folder = tempfile.mkdtemp()
    mount = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", folder]
    tried = subprocess.run(mount, capture_output=True, text=True, check=False)
    Path(folder).rmdir()
    return tried.stderr.strip() or "no disk can be mounted" if tried.returncode else None


class Disk:
    """A small one in memory, to be filled; mounted on entering."""

    def __enter__(self) -> Disk:
        # In the root's /tmp, since the run folder's sockets have short names or none.
        self.folder = Path(tempfile.mkdtemp(prefix="ai-disk-"))
        try:
            command("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(self.folder))
        except BaseException:
            self.folder.rmdir()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # Lazily: a program that still has a file open there must not keep it.
        command("umount", "--lazy", str(self.folder))
        self.folder.rmdir()

    def fill(self) -> None:
        with (self.folder / "ballast").open("ab", buffering=0) as ballast:
            for size in (len(BLOCK), 1):
                try:
                    while ballast.write(BLOCK[:size]) == size:
                        pass
                except OSError:
                    continue

    def clear(self) -> None:
        (self.folder / "ballast").unlink(missing_ok=True)
