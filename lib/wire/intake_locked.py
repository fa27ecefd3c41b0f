"""The result port with keys: libzmq asks for them, and who has none brings nothing here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

from lib.wire.ears import has_message
from lib.wire.guard import Gate
from lib.wire.guest import Place
from lib.wire.intake import AT_ONCE, Arrived
from lib.wire.sockets import NOBLOCK, Again, Received, Socket, ZMQError, results_in
from lib.wire.strangers import Strangers


class LockedIntake:
    """As Intake, for those whose key is known."""

    def __init__(self, resources: ExitStack, place: Place, gate: Gate, longest: int) -> None:
        self.source: Socket = results_in(resources, *place, gate, longest)
        self.more = False
        self.refused: Counter[str] = Counter()
        self._gate = gate

    @property
    def strangers(self) -> list[Strangers]:
        """Who was refused for want of the right key."""
        return [self._gate.strangers]

    @property
    def alive(self) -> bool:
        return self._gate.alive

    def take(self) -> Iterator[Arrived]:
        for _ in range(AT_ONCE):
            # Asking costs less than the exception for which there is nothing more.
            self.more = has_message(self.source)
            if not self.more:
                return
            try:
                message = self.source.recv(NOBLOCK, copy=False)
            except Again:  # what lay there was a sealed heartbeat: libzmq opens it only now
                continue
            yield Arrived(message.buffer, _host(message), is_known=self._gate.knows(message))

    def judge(self, arrived: Arrived, is_good: bool) -> None:
        """Who has a key is let in, whatever it brings."""

    def tend(self, now_s: float) -> None:
        """libzmq does."""


def _host(message: Received) -> str:
    try:
        return str(message.get("Peer-Address"))
    except ZMQError:
        return "somebody"
