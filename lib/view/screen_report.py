"""Tells the control process what the screen shows, so that a page can show the wall as it is."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

from lib.wire.latest import LatestPublisher
from lib.wire.messages import ScreenStatus, encode
from lib.wire.sockets import Topic

EVERY_NS = 100_000_000  # while it changes: a glide to black is followed smoothly
REPEAT_NS = 1_000_000_000


class ScreenReport:
    """Used by the thread that draws; without a run directory it tells nobody."""

    def __init__(self, resources: ExitStack, run_dir: Path | None) -> None:
        self._out = LatestPublisher(resources, run_dir, Topic.SCREEN) if run_dir else None
        self._told: ScreenStatus | None = None
        self._told_ns = 0

    def is_due(self) -> bool:
        """Whether the state should be put together: cheap, for every step."""
        return self._out is not None and time.monotonic_ns() >= self._told_ns + EVERY_NS

    def tell(self, screen: ScreenStatus) -> None:
        now_ns = time.monotonic_ns()
        if self._out and (screen != self._told or now_ns >= self._told_ns + REPEAT_NS):
            self._out.send(encode(screen))
            self._told, self._told_ns = screen, now_ns
