"""Takes results off the wire, and drops those that answer no frame or hold no valid picture."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

from lib.config.settings import PrimarySettings
from lib.core.counters import Mishap
from lib.core.peer import Flight
from lib.core.plain import plain
from lib.core.worker_pool import WorkerPool
from lib.observe import OncePerSecond, Tally
from lib.pictures.header import JpegError, read_header
from lib.stream.frame import Frame
from lib.wire.keys import primary_key
from lib.wire.messages import Result, WireError, decode_result
from lib.wire.result_listener import Arrived, ResultListener
from lib.wire.tcp import Endpoint, Limits

log = logging.getLogger(__name__)
loud = OncePerSecond(log)


class WorkerAnswer(NamedTuple):
    """What came back for a frame; `result` is None if it held no valid picture of that frame."""

    flight: Flight[Frame]
    result: Result | None
    is_own: bool = True  # what it says of its worker is said by that worker


class Results:
    """Belongs to the dispatching thread."""

    def __init__(
        self,
        resources: ExitStack,
        settings: PrimarySettings,
        pool: WorkerPool[Frame],
        tally: Tally,
        last: dict[str, str],
    ) -> None:
        """`last` is updated with the host whose result was dropped last, by reason."""
        endpoint = Endpoint(settings.bind, settings.result_port)
        limits = Limits(settings.max_peers, settings.max_peers_per_address)
        keys = primary_key(settings.keys)
        self.listener = ResultListener(resources, endpoint, limits, settings.bounds.message, keys)
        self._bounds = settings.bounds
        self._pool, self._tally, self._last = pool, tally, last

    def take(self) -> Iterator[WorkerAnswer]:
        """The answers that have arrived, a limited number at a time."""
        for arrived in self.listener.take():
            answer = self._read(arrived)
            self.listener.judge(arrived, answer is not None and answer.result is not None)
            if answer:
                yield answer

    def _read(self, message: Arrived) -> WorkerAnswer | None:
        self._tally.count("results")
        try:
            result = decode_result(message.data, self._bounds.message)
        except WireError as error:
            self._refuse(Mishap.GARBAGE, message, str(error))
            return None
        flight = self._pool.find(result.timestamp, result.index)
        if flight is None:
            before = self._pool.answered_before(result.timestamp, result.index)
            if before:
                self._tally.count(Mishap.DUP)
                is_own = before.owns(message.connection)
                self._last[Mishap.DUP] = (is_own and plain(before.name)) or message.host
            else:
                self._refuse(Mishap.FOREIGN, message, "it answers no job of ours")
            return None
        peer, sender = flight.peer, message.connection
        if not peer.may_send(sender):
            self._refuse(Mishap.FOREIGN, message, "it answers another worker's job")
            return None
        # Checked against the size that its own job asked for: another may be played by now.
        frame = flight.work.item
        try:
            header = read_header(result.jpg, self._bounds)
            if header.size not in (frame.wanted, frame.size):
                raise JpegError(f"{header.size}, not {frame.wanted}")
        except JpegError as error:
            if not peer.owns(sender):  # or anybody could have that worker put on probation
                words = f"it answers another worker's job, with no picture of it: {error}"
                self._refuse(Mishap.FOREIGN, message, words)
                return None
            self._refuse(Mishap.BAD, message, str(error))
            self._last[Mishap.BAD] = peer.name or message.host
            return WorkerAnswer(flight, None)
        peer.brought(sender)
        if header.size != frame.wanted:
            self._tally.count("small")  # made by a worker that does not know how to enlarge it
        return WorkerAnswer(flight, result, peer.owns(sender))

    def _refuse(self, reason: str, message: Arrived, sentence: str) -> None:
        self._tally.count(reason)
        self._last[reason] = message.host
        loud.warning(reason + message.host, "result from %s dropped: %s", message.host, sentence)
