"""Another host, as far as the network can tell: a network namespace at the end of a cable.

Linux, and only as root. The namespace has no name and lives as long as its holder, a process that
ends with us: nothing is left behind, however the bench ends.
"""

from __future__ import annotations

import os
import subprocess

from bench.faults.machine import command, trouble
from bench.processes import Program


def cable_trouble() -> str | None:
    lay = "unshare --net ip link add one type veth peer name other"
    return trouble("a cable to another host", "ip", "unshare", "nsenter", tried=lay)


class Cable:
    """Plugged in on entering. This host is at `here`, the other one at `there`.

    `between`: the end that is usually here belongs to the other host of that cable, so this host
    has no way to `there`.
    """

    def __init__(self, between: Cable | None = None) -> None:
        second = between is not None
        net = f"10.{213 + second}.{os.getpid() % 250}"
        self.here, self.there = f"{net}.1", f"{net}.2"
        self._ours, self._theirs = (f"ai{os.getpid()}{end}" for end in ("cd" if second else "ab"))
        self._between = between

    def __enter__(self) -> Cable:
        # It sleeps until our end of the pipe is closed, which the kernel does if nobody else.
        self._holder = Program("unshare", "--net", "sh", "-c", "echo there; exec cat", talks=True)
        try:
            self._holder.hear()  # the namespace is there
            self._lay()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _lay(self) -> None:
        other = ["peer", "name", self._theirs, "netns", str(self._holder.pid)]
        command("ip", "link", "add", self._ours, "type", "veth", *other)
        near: list[str] = []
        if self._between:
            holder = str(self._between.holder)
            command("ip", "link", "set", self._ours, "netns", holder)
            near = self._between.enter()
        command(*near, "ip", "address", "add", f"{self.here}/30", "dev", self._ours)
        command(*near, "ip", "link", "set", self._ours, "up")
        command(*self.enter("ip", "address", "add", f"{self.there}/30", "dev", self._theirs))
        command(*self.enter("ip", "link", "set", "lo", "up"))
        self.plug()

    def __exit__(self, *_: object) -> None:
        subprocess.run(["ip", "link", "delete", self._ours], capture_output=True, check=False)
        self._holder.end()

    @property
    def holder(self) -> int:
        """The process that the other host lives as long as."""
        return self._holder.pid

    def enter(self, *words: str) -> list[str]:
        """To be run on the other host; it keeps its process number."""
        return ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net", *words]

    def unplug(self) -> None:
        """At their end, so that here only the carrier is lost."""
        command(*self.enter("ip", "link", "set", self._theirs, "down"))

    def plug(self) -> None:
        command(*self.enter("ip", "link", "set", self._theirs, "up"))
