"""A small disk of its own, to be filled."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from bench.faults.cable import run

SIZE = "16m"
BLOCK = bytes(1 << 16)


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
    """In memory, mounted on entering."""

    def __enter__(self) -> Disk:
        # In the root's /tmp, since the run folder's sockets have short names or none.
        self.folder = Path(tempfile.mkdtemp(prefix="ai-disk-"))
        try:
            run("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(self.folder))
        except BaseException:
            self.folder.rmdir()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Lazily: who still has a file open there must not keep it.
        run("umount", "--lazy", str(self.folder))
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
