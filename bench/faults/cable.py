"""Another host, as far as the network can tell: a network namespace at the end of a cable.

Linux, and only as root. The namespace has no name and lives as long as its holder, a process that
ends with us: nothing is left behind, however the bench ends.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from types import TracebackType

NEEDED = ("ip", "unshare", "nsenter")


def cable_trouble() -> str | None:
    """Why there can be no cable here, or None."""
    if sys.platform != "linux":
        return "network namespaces are Linux's"
    if os.geteuid() != 0:
        return "a network namespace needs root"
    missing = [program for program in NEEDED if not shutil.which(program)]
    if missing:
        return f"{' and '.join(missing)} not installed (iproute2, util-linux)"
    lay = "ip link add one type veth peer name other"
    tried = subprocess.run(
        ["unshare", "--net", *lay.split()], capture_output=True, text=True, check=False
    )
    return (tried.stderr.strip() or "no cable can be laid") if tried.returncode else None


class Cable:
    """Plugged in on entering. This host is at `here`, the other one at `there`."""

    def __init__(self, number: int = 0) -> None:
        net = f"10.213.{os.getpid() % 250}.{4 * number}"
        base = net.rpartition(".")[0]
        self.here, self.there = f"{base}.{4 * number + 1}", f"{base}.{4 * number + 2}"
        self._ours, self._theirs = (f"ai{os.getpid()}{end}{number}" for end in "ab")

    def __enter__(self) -> Cable:
        # It sleeps until our end of the pipe is closed, which the kernel does if nobody else.
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo; exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl+C is for us
        )
        try:
            assert self._holder.stdout
            self._holder.stdout.readline()  # the namespace is there
            self._lay()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _lay(self) -> None:
        other = ["peer", "name", self._theirs, "netns", str(self._holder.pid)]
        run("ip", "link", "add", self._ours, "type", "veth", *other)
        run("ip", "address", "add", f"{self.here}/30", "dev", self._ours)
        run("ip", "link", "set", self._ours, "up")
        run(*self.command("ip", "address", "add", f"{self.there}/30", "dev", self._theirs))
        run(*self.command("ip", "link", "set", "lo", "up"))
        self.plug()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        subprocess.run(["ip", "link", "delete", self._ours], capture_output=True, check=False)
        self._holder.kill()
        self._holder.communicate()

    def command(self, *words: str) -> list[str]:
        """To be run on the other host; it keeps its process number."""
        return ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net", *words]

    def unplug(self) -> None:
        """At their end, so that here only the carrier is lost."""
        run(*self.command("ip", "link", "set", self._theirs, "down"))

    def plug(self) -> None:
        run(*self.command("ip", "link", "set", self._theirs, "up"))


def run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
