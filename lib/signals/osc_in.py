"""Signals as OSC: /signal/NAME with one number from 0 to 1, over UDP."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import ClassVar

from lib.osc.packet import OscError, OscMessage, parse
from lib.signals.bus import signal_name
from lib.signals.source import SignalSource, SourceError

ADDRESS = "/signal/"
LARGEST = 65_536
AT_ONCE = 200  # packets that are read before others have a turn
WAIT_S = 0.1


class OscSource(SignalSource):
    name: ClassVar[str] = "osc"

    def open(self, resources: ExitStack) -> None:
        port, address = self.settings.signal_osc_port, self.settings.signal_osc_bind
        if not port:
            raise SourceError("SIGNAL_OSC_PORT names no port to listen on")
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = resources.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        self._socket.settimeout(WAIT_S)
        try:
            self._socket.bind((address, port))
        except OSError as error:
            raise SourceError(f"port {port} cannot be opened for OSC: {error.strerror}") from None

    def step(self) -> None:
        for _ in range(AT_ONCE):
            try:
                data = self._socket.recv(LARGEST)
            except TimeoutError:
                return
            self._take(data)

    def describe(self) -> str:
        return f"UDP port {self.settings.signal_osc_port}"

    def _take(self, data: bytes) -> None:
        try:
            bundles = parse(data)
        except OscError:
            self.tally.count("malformed")
            return
        for bundle in bundles:
            for message in bundle.messages:
                self._put(message)

    def _put(self, message: OscMessage) -> None:
        """A fader that nobody moves keeps its value."""
        number = message.arguments[0] if message.arguments else None
        name = message.address.removeprefix(ADDRESS)
        if name == message.address or not name or not isinstance(number, int | float):
            self.tally.count("other address" if name == message.address else "no number")
            return
        self.tally.count("in")
        self.put(signal_name(*name.split("/"))[:58], float(number), holds=True)
