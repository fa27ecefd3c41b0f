"""Samples a few pairs of consecutive frames and their pictures, and measures flicker.

A pair costs four small decodes. The number of frames between two pairs follows from what the last
pairs cost, so that the cost per frame is about the same at any size and rate. At eight frames a
second that would be half a minute, while the ratio needs pairs that are recent: there a pair is due
after some seconds.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from statistics import median

from lib.core.flicker import Flicker, Grey, still_change
from lib.core.geometry import Size
from lib.observe import OncePerSecond
from lib.pictures.codec import open_codec
from lib.pictures.header import Buffer, JpegError, read_header
from lib.stream.publish import Publish, Published

log = logging.getLogger(__name__)
loud = OncePerSecond(log)

AT_LEAST = Size(48, 48)  # the size of a thumbnail, if the picture is that large
FOR_A_FRAME_NS = 15_000  # of CPU time, on average
MOST_A_SECOND = 2
OF_A_CORE = 1000  # after so many times what a pair costs, the next is due at any rate
SELDOM_NS = 8_000_000_000  # and after so long in any case: of 30 s, three pairs are needed
SETTLED_NS = 1_000_000_000  # after a change: pictures of before are still in flight


class FlickerProbe:
    """Belongs to one thread, which is not the one that publishes."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._codec = open_codec()
        self._flicker = Flicker()
        self._costs_ns: deque[int] = deque(maxlen=5)  # of the latest pairs, without the cold first
        self._due = 0  # the number of published frames after which the next pair is taken
        self._due_ns = self._overdue_ns = 0
        self._number, self._settled_ns = -1, 0
        self.judged = 0

    def sample(self, number: int, gliding: bool) -> None:
        """Judge the pair that was requested, and request the next when it is due. `number` is that
        of the parameters: while they change or glide, pictures are meant to change, and no pair is
        judged."""
        now_ns = time.monotonic_ns()
        if gliding or number != self._number:
            self._number, self._settled_ns = number, now_ns + SETTLED_NS
        pair = self._publish.pairs.get(0)
        published = self._publish.tally.counts["out"]
        if pair and now_ns >= self._settled_ns:
            started_ns = time.thread_time_ns()
            self._judge(*pair, now_ns)
            if self.judged > 1:
                self._costs_ns.append(time.thread_time_ns() - started_ns)
            self._due = published + int(self.cost_ns / FOR_A_FRAME_NS)
            self._due_ns = now_ns + 1_000_000_000 // MOST_A_SECOND
            self._overdue_ns = now_ns + min(int(self.cost_ns * OF_A_CORE), SELDOM_NS)
        if now_ns >= self._due_ns and (published >= self._due or now_ns >= self._overdue_ns):
            self._publish.want_pair()

    @property
    def cost_ns(self) -> float:
        """The CPU time that a pair takes."""
        return median(self._costs_ns) if self._costs_ns else 0.0

    def ratio(self) -> float | None:
        found = self._flicker.ratio(time.monotonic_ns())
        return None if found is None else round(found, 2)

    def _judge(self, first: Published, second: Published, now_ns: int) -> None:
        try:
            source = (self._grey(first.frame.jpg), self._grey(second.frame.jpg))
            shown = (self._grey(first.jpg), self._grey(second.jpg))
        except JpegError as error:  # a fault in the body, which only decoding reveals
            loud.warning("pair", "flicker cannot be judged: %s", error)
            return
        self.judged += 1
        self._flicker.add(still_change(source, shown), now_ns)

    def _grey(self, jpg: Buffer) -> Grey:
        return self._codec.decode_grey(jpg, read_header(jpg).size, AT_LEAST)
