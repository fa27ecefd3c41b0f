"""What systemd is told: that the work can begin, that it goes on, and how in one line.

Ours, since it is a datagram: sdnotify had its last release in 2017, and systemd-python has no
wheels and takes a compiler and systemd's headers. Neither keeps from saying a thing too often.
"""

from __future__ import annotations

import os
import socket
import time

ALIVE_EVERY_NS = 1_000_000_000
STATUS_EVERY_NS = 3_000_000_000


class SystemdNotifier:
    """Says nothing where systemd did not ask. Everything may be said as often as one likes."""

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
        """The watchdog ends who has not said so for too long."""
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
        """Whether it was heard; a full or missing ear must not stop the show."""
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
    """Called once at the start of a process; those that it starts shall not speak for it."""
    address = os.environ.pop("NOTIFY_SOCKET", "")
    asked = os.environ.pop("WATCHDOG_USEC", "")
    meant = os.environ.pop("WATCHDOG_PID", "") or str(os.getpid())
    return SystemdNotifier(address, bool(asked) and meant == str(os.getpid()))
