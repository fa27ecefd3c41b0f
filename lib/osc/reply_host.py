"""The host that gets current values back. It may be off, renamed or gone; nobody waits for it."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterable

from lib.observe import Tally

LOOK_UP_NS = 60_000_000_000  # a tablet gets another address when it comes back
LOOK_UP_AGAIN_NS = 10_000_000_000  # when it was not found
HEALED_NS = 15_000_000_000  # without a failure for so long all is well again

log = logging.getLogger(__name__)


class ReplyHost:
    """Sends on the thread of the OSC stage; looks the name up on another, which may take long."""

    def __init__(self, host: str, port: int, tally: Tally) -> None:
        self._host, self._port = host, port
        self._tally = tally
        self._socket: socket.socket | None = None
        self._found: tuple[socket.AddressFamily, str] | None = None
        self._reached: tuple[socket.AddressFamily, str] | None = None
        self._look_up_ns = 0
        self._looking: threading.Thread | None = None
        self._trouble, self._trouble_ns = "", 0

    @property
    def address(self) -> str:
        """Empty until it is known."""
        return self._found[1] if self._found else ""

    @property
    def warning(self) -> str:
        if self._trouble and time.monotonic_ns() - self._trouble_ns > HEALED_NS:
            self._trouble = ""
        return self._trouble

    def find(self, now_ns: int) -> bool:
        """Whether the address is known; looks the name up again now and then."""
        if now_ns >= self._look_up_ns and not (self._looking and self._looking.is_alive()):
            self._look_up_ns = now_ns + (LOOK_UP_NS if self._found else LOOK_UP_AGAIN_NS)
            self._looking = threading.Thread(target=self._look_up, name="OscLookUp", daemon=True)
            self._looking.start()
        return self._found is not None

    def send(self, packets: Iterable[bytes]) -> None:
        for packet in packets:
            try:
                connected = self._connected()
                if connected is None:
                    return
                try:
                    connected.send(packet)
                except ConnectionRefusedError:  # what an earlier packet met: this one is not out
                    self._failed(f"nothing listens on its port {self._port}")
                    connected.send(packet)
                self._tally.count("sent")
            except OSError as error:
                self.close()
                self._tally.count("not_sent")
                self._failed(error.strerror or str(error))

    def _connected(self) -> socket.socket | None:
        """A socket to where the host is now; connected, so that we learn if nobody listens."""
        found = self._found
        if found is not None and found != self._reached:
            self.close()
            family, address = found
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._socket.connect((address, self._port))
            self._reached = found
        return self._socket

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = self._reached = None

    def _look_up(self) -> None:
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError):
            self._failed("its name cannot be resolved")
            return
        # Most programs for OSC listen by IPv4 alone, and `localhost` of Debian is ::1 first.
        family, _, _, _, place = min(found, key=lambda one: one[0] != socket.AF_INET)
        self._found = (family, str(place[0]))

    def _failed(self, reason: str) -> None:
        sentence = f"OSC values do not reach {self._host}: {reason}"
        if not self.warning:  # once, until it has healed
            log.warning("%s", sentence)
        self._trouble, self._trouble_ns = sentence, time.monotonic_ns()
