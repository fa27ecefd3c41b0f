"""The screen's controls: brightness, mirroring, freezing, and whether the overlay is shown.

The control process publishes them in the run directory, and again every second. A view on another
machine has no such directory and keeps its settings.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from pathlib import Path

from lib.config.settings import PrimarySettings
from lib.core.glide import number_glide
from lib.core.hold_and_fade import REPAINT_NS, SHADES
from lib.core.modulation import Moved
from lib.observe import OncePerSecond, log_debug
from lib.wire.messages import WireError, decode_change
from lib.wire.poller import has_message
from lib.wire.signal_state import decode_signals
from lib.wire.sockets import Topic, latest_in

log = logging.getLogger(__name__)

# A wall that is black for the night must not light up when a process restarts: until the control
# process sends the brightness it stays black, but no longer than this.
UNKNOWN_NS = 5_000_000_000


class ScreenControls:
    """Used by the thread that draws."""

    def __init__(
        self, resources: ExitStack, settings: PrimarySettings, run_dir: Path | None, now_ns: int
    ) -> None:
        self.mirror, self.debug = settings.mirror, settings.debug
        self.freeze = self._black = False
        self._changes = latest_in(resources, run_dir, Topic.CHANGES) if run_dir else None
        self._signals = None
        if run_dir and settings.signals_port:
            self._signals = latest_in(resources, run_dir, Topic.SIGNALS)
        self._moved = Moved()  # what signals take from the brightness
        self._number = -1
        self._known_by_ns = now_ns + UNKNOWN_NS
        self._light = number_glide(settings.played.opacity if run_dir is None else 0.0)
        self._first = settings.played.opacity
        self._step_ns = REPAINT_NS
        self._complain = OncePerSecond(log)

    def take_changes(self, now_ns: int) -> bool:
        """Take in changes; True when something looks different from now on."""
        if self._changes is None:
            return False
        begins = self._take_signals(now_ns)
        if self._changes.poll(0):
            return self._take(self._changes.recv(), now_ns) or begins
        if self._number < 0 and now_ns >= self._known_by_ns:
            log.warning("the screen's brightness is not known: the settings apply")
            self._number = 0  # any change that comes later is newer
            self._light.cut(self._first)
            return True
        return begins

    def wait(self, milliseconds: int) -> None:
        """Wait for a change, up to so long."""
        if self._changes is not None:
            self._changes.poll(milliseconds)

    def light(self, now_ns: int) -> float:
        """The brightness: 0 is black, 1 is the picture as it is."""
        return self._moved.value("opacity", self._light.at(now_ns), now_ns)

    def dark(self, now_ns: int) -> bool:
        """Whether the screen is black and stays so until a change comes."""
        return not self._light.busy(now_ns) and self._light.at(now_ns) <= 0

    def rests_ns(self, now_ns: int) -> int | None:
        """How long the brightness stays as it is; None: until a change comes."""
        if self._moved.busy(now_ns):
            return REPAINT_NS
        return self._step_ns if self._light.busy(now_ns) else None

    def _take_signals(self, now_ns: int) -> bool:
        """True when signals begin to move the brightness: from then on it is painted as it goes."""
        if self._signals is None or not has_message(self._signals):
            return False
        try:
            state = decode_signals(self._signals.recv())
        except WireError as error:
            self._complain.warning("signals", "a state of signals cannot be read: %s", error)
            return False
        was_busy = self._moved.busy(now_ns)
        # Nothing but the brightness is the screen's: other moves need no painting.
        own = {name: one for name, one in state.moves.items() if name == "opacity"}
        self._moved.take(own, now_ns)
        return self._moved.busy(now_ns) and not was_busy

    def _take(self, data: bytes, now_ns: int) -> bool:
        try:
            change = decode_change(data)
        except WireError as error:
            self._complain.warning("changes", "a change cannot be read: %s", error)
            return False
        if change.number <= self._number:
            return False
        first, self._number = self._number < 0, change.number
        played = change.played
        self.mirror, self.freeze = played.mirror, played.freeze
        if played.debug != self.debug:
            self.debug = played.debug
            log_debug(played.debug)
        glide_ms = played.glide_ms if change.glide_ms is None else change.glide_ms
        over_ns = 0 if first or played.cut else glide_ms * 1_000_000
        self._moved.silence(played.silences_signals, now_ns)
        light = 0.0 if played.black else played.opacity
        if played.black != self._black:  # for emergencies: at once, whatever a change's glide is
            self._black = played.black
            self._light.cut(light)
        else:
            self._light.to(light, over_ns, now_ns)
        self._step_ns = max(REPAINT_NS, over_ns // SHADES)
        return True
