"""Whether the frames of the feed reach the screen, or are not meant to.

What the screen does when nothing comes is no reason to start anything again, nor is a picture that
nobody could show.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from lib.core.flow_watchdog import FlowWatchdog

log = logging.getLogger(__name__)

PATIENCE_S = 2.0  # for the next refresh, and for a feed that is still being dialled
LEFT_OUT = ("skipped", "unseen")  # of what came: meant for the screen, and never on it


class ScreenWatchdog:
    """Says in the log, once each time, why they do not."""

    def __init__(self) -> None:
        self._watchdog = FlowWatchdog(PATIENCE_S)
        self._reaches = True
        self._came = self._went = 0  # when a frame last went its way

    def reaches(
        self, published: int, counts: Mapping[str, int], waiting: bool, hidden: bool, now_s: float
    ) -> bool:
        """`published`: frames that the stream gave to the feed, as far as it is known; `counts`:
        what this view did with those that came; `waiting`: one is meant for the screen and not
        there yet."""
        came = counts["in"]
        went = came - waiting - sum(counts[name] for name in LEFT_OUT)
        reaches = self._watchdog.flows(published + came, went, now_s)
        if went != self._went:
            self._came, self._went = came, went
        if self._reaches and not reaches:
            log.warning("%s", _why(came > self._came, hidden))
        self._reaches = reaches
        return reaches


def _why(comes: bool, hidden: bool) -> str:
    if not comes:
        return "frames are published, and none of them comes to this view"
    if hidden:
        return "frames come, and the window that is to show them is hidden"
    return "frames come, and none of them reaches the screen"
