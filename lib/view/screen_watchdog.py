"""Checks that the frames of the feed reach the screen, unless they are not meant to.

A feed without frames is no reason for a restart, nor is a picture that cannot be shown.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from lib.core.flow_watchdog import FlowWatchdog

log = logging.getLogger(__name__)

PATIENCE_S = 2.0  # for the next refresh, and for a feed that is still connecting
LEFT_OUT = ("skipped", "unseen")  # counts of frames that were meant for the screen, and left out


class ScreenWatchdog:
    """Logs once each time why they do not."""

    def __init__(self) -> None:
        self._watchdog = FlowWatchdog(PATIENCE_S)
        self._reaches = True
        self._came = self._went = 0  # frames that came, and that were shown or meant not to be

    def reaches(
        self, published: int, counts: Mapping[str, int], waiting: bool, hidden: bool, now_s: float
    ) -> bool:
        """`published`: frames that the stream published, as far as known; `counts`: what this view
        did with those that came; `waiting`: a frame waits to be shown."""
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
