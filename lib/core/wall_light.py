"""How bright the wall is: the played opacity with its glide, black at once, and what signals make
of it. Times are nanoseconds of one clock and come in as arguments. No I/O."""

from __future__ import annotations

from lib.core.glide import number_glide


class WallLight:
    """The same as the screen's, for what shows the picture elsewhere."""

    def __init__(self) -> None:
        self._light = number_glide(0.0)
        self._known = self._black = False

    def take(self, opacity: float, black: bool, over_ns: int, now_ns: int) -> None:
        """What is played; may be told again and again."""
        target = 0.0 if black else opacity
        if black != self._black or not self._known:  # for emergencies, and at the start: at once
            self._black, self._known = black, True
            self._light.cut(target)
        else:
            self._light.to(target, over_ns, now_ns)

    def at(self, now_ns: int, moved: float | None = None) -> float:
        """`moved` is the opacity that signals make of it, if any; black is black."""
        if self._black:
            return 0.0
        return self._light.at(now_ns) if moved is None else moved
