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


def trouble(what: str, *programs: str, tried: str = "") -> str | None:
    """Why this machine cannot have it, or None; only root can do what is `tried`, to no effect."""
    if sys.platform != "linux":
        return f"{what} needs Linux"
    if tried and os.geteuid() != 0:
        return f"{what} needs root"
    if missing := [program for program in programs if not shutil.which(program)]:
        return f"{what} needs {' and '.join(missing)}, not installed here"
    done = subprocess.run(tried.split() or ["true"], capture_output=True, text=True, check=False)
    return (done.stderr.strip() or f"{what} cannot be had here") if done.returncode else None


def clock_trouble() -> str | None:
    """The C compiler makes the library that lies between a program and its clock."""
    return trouble("a clock that is stepped", "cc")


def disk_trouble() -> str | None:
    mount = "unshare --mount mount -t tmpfs tmpfs /tmp"  # seen by nobody else
    return trouble("a disk that gets full", "unshare", "mount", tried=mount)


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
