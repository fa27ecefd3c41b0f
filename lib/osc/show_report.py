"""What a tablet is told of the show beside the values of its faders: for labels and lamps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lib.control.console import Console
from lib.osc.packet import message as packed

PRESETS = 32  # whose names are sent: as many as the layouts have buttons for
EVERY_NS = 200_000_000


@dataclass(frozen=True)
class ShowValue:
    """One address for people who read the table, and the kind of its value."""

    kind: str
    what: str


REPORTS: dict[str, ShowValue] = {
    "/show/fps": ShowValue("f", "pictures a second that go out"),
    "/show/warning": ShowValue("s", "the first warning; empty: all is well"),
    "/show/screen": ShowValue("s", "shown, hidden, none or off; empty: not known yet"),
    "/show/preset": ShowValue("s", "the preset that plays, until something is changed"),
    "/show/presets/N": ShowValue("s", f"the name of each of the first {PRESETS} presets"),
    "/show/cue": ShowValue("s", "the cue that plays"),
    "/show/cue/next": ShowValue("s", "the next one"),
    "/show/cue/countdown": ShowValue("s", "until then, as in 1:30"),
    "/show/cue/running": ShowValue("i", "1 while the sheet runs, 2 while it is paused"),
}


class ShowReport:
    """Put together a few times a second, and only while somebody listens."""

    def __init__(self, console: Console, warnings: Callable[[], list[str]]) -> None:
        self._console, self._warnings = console, warnings
        self._packets: Mapping[str, bytes] = {}
        self._next_ns = 0

    def packets(self, now_ns: int) -> Mapping[str, bytes]:
        """By address; the same object as long as nothing changes."""
        if now_ns >= self._next_ns:
            self._next_ns = now_ns + EVERY_NS
            fresh = {address: packed(address, value) for address, value in self._values().items()}
            if fresh != self._packets:
                self._packets = fresh
        return self._packets

    def _values(self) -> dict[str, str | int | float]:
        console, state = self._console, self._console.cues.state()
        stream, screen = console.stream_link.status(), console.stream_link.screen()
        cues, names = console.cues.sheet.cues, console.presets.names()
        current = state.position if state.running else None
        values: dict[str, str | int | float] = {
            "/show/fps": round(stream.fps_out, 1) if stream else 0.0,
            "/show/warning": next(iter(self._warnings()), ""),
            "/show/screen": screen.state if screen else "",
            "/show/preset": console.presets.playing,
            "/show/cue": "" if current is None else cues[current].preset,
            "/show/cue/next": state.next or "",
            "/show/cue/countdown": "" if state.seconds is None else _countdown(state.seconds),
            "/show/cue/running": (1 + state.paused) if state.running else 0,
        }
        for number in range(1, PRESETS + 1):
            values[f"/show/presets/{number}"] = names[number - 1] if number <= len(names) else ""
        return values


def _countdown(seconds: float) -> str:
    minutes, left = divmod(-int(-seconds // 1), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
