"""The primary's machine as a fault finds it: its wall clock stepped, its disk full, its power cut,
without harm to this one."""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")
SIZE = "16m"
BLOCK = bytes(1 << 16)
POWER_BYTES = 8 << 30  # only what is written to it is taken of this machine's memory
# EXT4_IOC_SHUTDOWN, with EXT4_GOING_FLAGS_NOLOGFLUSH: nothing more reaches the disk.
EXT4_SHUTDOWN, NO_FLUSH = 0x8004587D, struct.pack("I", 2)
UNMOUNT_S = 10.0


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


def power_trouble() -> str | None:
    what = "a disk whose power is cut"
    return disk_trouble() or trouble(what, "losetup", "mkfs.ext4", tried="losetup --find")


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


class PowerDisk:
    """One whose power can be cut: what was written and not synced is gone then, as it is with a
    machine that goes dark. A file system of its own, mounted on entering, whose disk is in memory:
    what is lost is what did not leave the file system, and that is the same at any speed."""

    def __enter__(self) -> PowerDisk:
        memory = Path("/dev/shm")
        within = memory if memory.is_dir() else None
        self._home = Path(tempfile.mkdtemp(prefix="ai-power-", dir=within))
        self._home.chmod(0o755)  # a database may run as another user
        self._image, self.folder = self._home / "image", self._home / "disk"
        try:
            with self._image.open("wb") as image:
                image.truncate(POWER_BYTES)
            command("mkfs.ext4", "-q", "-F", str(self._image))
            self.folder.mkdir()
            self._mount()
        except BaseException:
            shutil.rmtree(self._home)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        command("umount", "--lazy", str(self.folder))
        shutil.rmtree(self._home, ignore_errors=True)

    def cut(self) -> None:
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, EXT4_SHUTDOWN, NO_FLUSH)
        finally:
            os.close(folder)

    def restore(self) -> None:
        """When all programs that used it are gone."""
        end_s = time.monotonic() + UNMOUNT_S
        while True:
            try:
                command("umount", str(self.folder))
                break
            except RuntimeError:  # the last of them is just ending
                if time.monotonic() > end_s:
                    raise
                time.sleep(0.05)
        self._mount()

    def _mount(self) -> None:
        command("mount", "-o", "loop", str(self._image), str(self.folder))
