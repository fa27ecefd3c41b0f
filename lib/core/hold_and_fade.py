"""What is seen when no frame comes: the last one for a while, then a slow fade to the background.

Time comes in as an argument, in nanoseconds. The next frame ends a fade at once: it is shown in
full, and its own hold begins.
"""

from __future__ import annotations

REPAINT_NS = 33_000_000  # a fade is smooth at 30 steps a second
SHADES = 255  # more steps than this over the whole fade are not visible


class HoldAndFade:
    """How much of the last frame is still visible."""

    def __init__(self, hold_ns: int, fade_ns: int) -> None:
        self._hold_ns = hold_ns
        self._fade_ns = fade_ns
        self._frame_ns: int | None = None
        self._frozen_ns: int | None = None

    def frame(self, now_ns: int) -> None:
        """A frame is on the screen, and its hold begins."""
        self._frame_ns = now_ns

    def freeze(self, now_ns: int) -> None:
        """From now on no time passes: what is seen stays as it is."""
        self._frozen_ns = now_ns if self._frozen_ns is None else self._frozen_ns

    def thaw(self, now_ns: int) -> None:
        """Go on where it was frozen."""
        if self._frame_ns is not None and self._frozen_ns is not None:
            self._frame_ns += max(0, now_ns - max(self._frozen_ns, self._frame_ns))
        self._frozen_ns = None

    def opacity(self, now_ns: int) -> float:
        """The opacity of the last frame, from 1 to 0; before the first frame it is 0."""
        if self._frame_ns is None:
            return 0.0
        now_ns = now_ns if self._frozen_ns is None else self._frozen_ns
        fading_ns = now_ns - self._frame_ns - self._hold_ns
        if fading_ns <= 0:
            return 1.0
        return max(0.0, 1.0 - fading_ns / self._fade_ns) if self._fade_ns else 0.0

    def rests_ns(self, now_ns: int) -> int | None:
        """How long the screen may stay as it is; None when only a frame can change it."""
        if self._frame_ns is None or self._frozen_ns is not None:
            return None
        begins_ns = self._frame_ns + self._hold_ns
        if now_ns < begins_ns:
            return begins_ns - now_ns
        ends_ns = begins_ns + self._fade_ns
        if now_ns >= ends_ns:
            return None
        return min(max(REPAINT_NS, self._fade_ns // SHADES), ends_ns - now_ns)
