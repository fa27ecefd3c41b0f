"""Takes results off the wire: what answers no frame of ours, or is no picture of it, ends here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

from lib.config.settings import Primary
from lib.core.fleet import Fleet
from lib.core.peer import Flight
from lib.jpeg.header import JpegError, read_header
from lib.observe import OncePerSecond, Tally
from lib.stream.frame import Frame
from lib.wire.ears import has_message
from lib.wire.guard import results_gate
from lib.wire.keys import primary_key
from lib.wire.messages import Result, WireError, decode_result
from lib.wire.sockets import NOBLOCK, Received, Socket, ZMQError, results_in
from lib.wire.strangers import Strangers

log = logging.getLogger(__name__)
loud = OncePerSecond(log)

AT_ONCE = 16


class Answer(NamedTuple):
    """What came back for a frame; `result` is None where it was no picture of that frame."""

    flight: Flight[Frame]
    result: Result | None


class Results:
    """Belongs to the dispatching thread."""

    def __init__(
        self, resources: ExitStack, settings: Primary, fleet: Fleet[Frame], tally: Tally
    ) -> None:
        self._gate = results_gate(primary_key(settings.keys))
        self.socket: Socket = results_in(resources, settings.bind, settings.result_port, self._gate)
        self.more = False  # some were left for the next time
        self._fleet, self._tally = fleet, tally

    @property
    def strangers(self) -> list[Strangers]:
        """Who was refused for want of the right key."""
        return [self._gate.strangers] if self._gate else []

    @property
    def alive(self) -> bool:
        return self._gate is None or self._gate.alive

    def take(self) -> Iterator[Answer]:
        """The answers that lie there, a limited number of them."""
        for _ in range(AT_ONCE):
            # Asking costs less than the exception for which there is nothing more.
            self.more = has_message(self.socket)
            if not self.more:
                return
            answer = self._read(self.socket.recv(NOBLOCK, copy=False))
            if answer:
                yield answer

    def _read(self, message: Received) -> Answer | None:
        self._tally.count("results")
        if self._gate and not self._gate.knows(message):
            self._refuse("foreign", message, "its key was removed")
            return None
        try:
            result = decode_result(message.buffer)
        except WireError as error:
            self._refuse("garbage", message, str(error))
            return None
        flight = self._fleet.find(result.timestamp, result.index)
        if flight is None:
            if self._fleet.was_answered(result.timestamp, result.index):
                self._tally.count("dup")
            else:
                self._refuse("foreign", message, "it answers no job of ours")
            return None
        # The size that its own job asked for: another may be played by now.
        wanted = flight.work.item.size
        try:
            header = read_header(result.jpg)
            if header.size != wanted:
                raise JpegError(f"{header.size}, not {wanted}")
        except JpegError as error:
            self._refuse("bad", message, str(error))
            return Answer(flight, None)
        return Answer(flight, result)

    def _refuse(self, reason: str, message: Received, sentence: str) -> None:
        self._tally.count(reason)
        try:
            address = str(message.get("Peer-Address"))
        except ZMQError:
            address = "somebody"
        loud.warning(reason + address, "result from %s dropped: %s", address, sentence)
