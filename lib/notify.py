"""Tells systemd that the work can begin, that it goes on, and its state in one line.

This is ours, since it is one datagram: sdnotify had its last release in 2017, and systemd-python
has no wheels and takes a compiler and systemd's headers. Neither limits how often a message goes
out.
"""

from __future__ import annotations

import os
import socket
import time

ALIVE_EVERY_NS = 1_000_000_000
STATUS_EVERY_NS = 3_000_000_000


class SystemdNotifier:
    """Sends nothing where systemd did not ask. Every method may be called as often as one likes."""

    def __init__(self, address: str = "", watchdog: bool = False) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._watchdog = watchdog
        self._ready = False
        self._status = ""
        self._alive_ns = self._status_ns = 0

    def ready(self) -> None:
        if not self._ready:
            self._ready = self._say("READY=1")

    def alive(self) -> None:
        """Feed systemd's watchdog, which ends a process that has been silent for too long."""
        now_ns = time.monotonic_ns()
        if self._watchdog and now_ns >= self._alive_ns:
            self._alive_ns = now_ns + ALIVE_EVERY_NS
            self._say("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`, once in a few seconds at most."""
        text, now_ns = " ".join(text.split()), time.monotonic_ns()
        if text != self._status and now_ns >= self._status_ns:
            self._status, self._status_ns = text, now_ns + STATUS_EVERY_NS
            self._say(f"STATUS={text}")

    def stopping(self) -> None:
        self._say("STOPPING=1")

    def _say(self, words: str) -> bool:
        """Whether systemd got it; a full or missing socket must not stop the show."""
        if not self._address:
            return True
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.setblocking(False)
                out.sendto(words.encode(), self._address)
        except OSError:
            return False
        return True


def systemd_notifier() -> SystemdNotifier:
    """Called once at the start; takes the address away from the processes that it starts."""
    address = os.environ.pop("NOTIFY_SOCKET", "")
    asked = os.environ.pop("WATCHDOG_USEC", "")
    meant = os.environ.pop("WATCHDOG_PID", "") or str(os.getpid())
    return SystemdNotifier(address, bool(asked) and meant == str(os.getpid()))
