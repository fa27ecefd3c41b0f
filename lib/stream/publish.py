"""Puts finished frames back in order and in time, and hands them to the public feed."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import NamedTuple

from lib.config.settings import Primary
from lib.core.playout import LONGEST_NS, Playout, Shown
from lib.observe import Tally
from lib.stage import Inbox, Stage
from lib.stream.frame import Frame
from lib.wire import sockets
from lib.wire.messages import Packer
from lib.wire.sockets import NOBLOCK


class Finished(NamedTuple):
    """A worker's picture of a frame."""

    number: int
    tau_ns: int
    tau_before_ns: int
    frame: Frame
    jpg: memoryview


class Lost(NamedTuple):
    """A frame that nobody will finish."""

    number: int


class Publish(Stage):
    """Its only clock is the playout's next slot."""

    def __init__(self, settings: Primary) -> None:
        super().__init__()
        self.tally = Tally()  # durations: from capture to the feed
        self.held = Tally()  # durations: from coming back to the feed
        self.finished: Inbox[Finished | Lost] = Inbox(256, lambda _: self.tally.count("overrun"))
        self.last_published_ns: int | None = None
        self._settings = settings
        self._packer = Packer()
        self._playout: Playout[tuple[Finished, int]] = Playout(settings.playout)

    @property
    def delay_ns(self) -> int:
        return self._playout.delay_ns

    @property
    def interval_ns(self) -> int:
        return self._playout.interval_ns

    @property
    def last_number(self) -> int:
        return self._playout.last_number

    def allow_for(self, service_ns: float) -> None:
        """Workers that need this long may make the delay longer than it would otherwise be."""
        self._playout.longest_ns = max(LONGEST_NS, int(4 * service_ns))

    def open(self, resources: ExitStack) -> None:
        settings = self._settings
        self._feed = sockets.feed_out(resources, settings.bind, settings.output_port, settings.fps)

    def step(self) -> None:
        next_ns = self._playout.next_ns()
        wait_s = 0.1
        if next_ns is not None:
            wait_s = min(wait_s, max(0.0, (next_ns - time.monotonic_ns()) / 1e9))
        item = self.finished.get(wait_s)
        while item is not None:
            self._place(item)
            item = self.finished.get(0)
        for shown in self._playout.pop(time.monotonic_ns()):
            self._show(shown)

    def _place(self, item: Finished | Lost) -> None:
        if isinstance(item, Lost):
            self._playout.lose(item.number)
            return
        now_ns = time.monotonic_ns()
        self.tally.count("in")
        kept = self._playout.push(
            item.number, item.tau_ns, item.tau_before_ns, (item, now_ns), now_ns
        )
        if not kept:
            self.tally.count("late")

    def _show(self, shown: Shown[tuple[Finished, int]]) -> None:
        finished, came_ns = shown.item
        frame = finished.frame
        milliseconds = int(frame.timestamp * 1000)
        self._feed.send(self._packer.picture(milliseconds, shown.number, finished.jpg), NOBLOCK)
        now_ns = time.monotonic_ns()
        self.last_published_ns = now_ns
        self.tally.count("out")
        self.tally.took(now_ns - frame.captured_ns)
        self.held.took(now_ns - came_ns)
