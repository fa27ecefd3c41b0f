"""The status of this host: what the stream last reported, and what this process knows."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Protocol

from lib.config.inherit import ADAPTERS_NOTE, read_start_problem
from lib.config.params import Played
from lib.config.settings import PrimarySettings
from lib.config.version import VERSION
from lib.control.console import Console
from lib.core.modulation import moved_value
from lib.core.plain import span
from lib.observe import Tally
from lib.web.preview import Preview
from lib.wire.messages import HostStatus, ScreenStatus, SignalStatus, encode_json
from lib.wire.ports import only_here
from lib.wire.signal_state import SignalMoves

STARTING_S = 10  # a stream may take so long until its first status
AGAIN_FOR_S = 30.0  # a restart of the stream is reported for so long
FLOWS_S = 3.0  # since the last picture: another worker may need so long to take over


class ControlInput(Protocol):
    """Another way into control, which the status reports."""

    tally: Tally

    @property
    def warning(self) -> str: ...


class HostReport:
    """Makes the status each time it is requested."""

    def __init__(
        self,
        console: Console,
        preview: Preview,
        osc: ControlInput | None,
        settings: PrimarySettings,
    ) -> None:
        self._console, self._stream_link = console, console.stream_link
        self._preview, self._osc, self._stills_port = preview, osc, settings.stills_port
        self._signals_port = settings.signals_port
        self._machine_size = settings.machine if settings.stills_port else ""
        self._headless = settings.headless
        self._open_adapters = open_adapters(settings)
        self._started_ns = time.monotonic_ns()

    def status(self) -> HostStatus:
        uptime_s = (time.monotonic_ns() - self._started_ns) / 1e9
        stream = self._stream_link.status()
        change = self._console.played_state.message()
        warnings = list(stream.warnings) if stream else [self._silence(uptime_s)]
        again_s = self._stream_link.again_s
        screen = self._screen(uptime_s)
        again = [] if again_s is None or again_s > AGAIN_FOR_S else [_again(again_s)]
        return HostStatus(
            warnings=[
                *warnings,
                *again,
                *self._console.warnings,
                *_screen_warnings(screen),
                *self._osc_warnings(),
                *self._stills_warnings(),
                *self._signals_warnings(),
            ],
            params=change.params,
            params_number=change.number,
            control_uptime_s=round(uptime_s, 1),
            watchers=self._preview.watchers,
            stream=stream,
            stream_silent_s=round(self._stream_link.silent_s, 1),
            cues=asdict(self._console.cues.state()),
            osc=dict(self._osc.tally.counts) if self._osc else {},
            version=VERSION,
            screen=screen,
            stills_port=self._stills_port,
            machine_size=self._machine_size,
            signals_port=self._signals_port,
            signals=signal_status(self._stream_link.signals(), self._console.session.played),
        )

    def _screen(self, uptime_s: float) -> ScreenStatus | None:
        if self._headless:
            return ScreenStatus("off", "HEADLESS is set")
        screen = self._stream_link.screen()
        if screen is None and uptime_s > STARTING_S:
            return ScreenStatus("none", "its process says nothing")
        return screen

    def _osc_warnings(self) -> list[str]:
        return [self._osc.warning] if self._osc and self._osc.warning else []

    def _stills_warnings(self) -> list[str]:
        run_dir = self._stream_link.run_dir
        why_not = read_start_problem(run_dir, "stills")
        if why_not:
            return [_no_stills(why_not)]
        trouble = read_start_problem(run_dir, ADAPTERS_NOTE) if self._stills_port else None
        return [*self._open_adapters, *([trouble] if trouble else [])]

    def _signals_warnings(self) -> list[str]:
        why_not = read_start_problem(self._stream_link.run_dir, "signals")
        words = "signals move nothing now, and their process is tried again"
        return [f"{words}: {why_not}"] if why_not else []

    def encoded(self) -> bytes:
        return encode_json(self.status())

    def _silence(self, uptime_s: float) -> str:
        if not self._stream_link.heard and uptime_s < STARTING_S:
            return "the stream is starting"
        why_not = read_start_problem(self._stream_link.run_dir, "stream")
        if why_not:
            return f"the stream process cannot start, and is tried again: {why_not}"
        silent_s = self._stream_link.silent_s
        return f"the stream process has been silent for {span(silent_s)} and is being restarted"


def _screen_warnings(screen: ScreenStatus | None) -> list[str]:
    if screen is None or screen.state in ("shown", "off"):
        return []
    if screen.state == "hidden":
        return ["the window on the screen is hidden: nobody sees the picture there"]
    return [f"no screen of this machine shows the picture: {screen.about}"]


def signal_status(state: SignalMoves | None, played: Played) -> SignalStatus:
    """For the sliders, which show who moves them."""
    if state is None:
        return SignalStatus()
    moves = {} if played.silences_signals else state.moves
    moved = {
        name: round(moved_value(name, getattr(played, name, 0.0), one), 4)
        for name, one in moves.items()
        if one.comes or one.goes
    }
    by = {name: list(moves[name].by) for name in moved}
    return SignalStatus(state.armed, moved, by, state.hands)


def open_adapters(settings: PrimarySettings) -> list[str]:
    """A warning where others can reach an older protocol that asks for no token."""
    if only_here(settings.adapters_bind) or not settings.stills_port:
        return []
    knows_token = ("intermediary", "sde") if settings.control_token else ()
    names = [name for name in settings.adapter_ports if name not in knows_token]
    if not names:
        return []
    opened = f"--adapters_bind {settings.adapters_bind} opens what asks for no token"
    return [f"anybody on the network can use {' and '.join(names)}: {opened}"]


def _no_stills(why_not: str) -> str:
    return f"stills cannot be made now, and their service is tried again: {why_not}"


def _again(since_s: float) -> str:
    return f"the stream process ended and was restarted {span(since_s)} ago: the log says why"


def trouble(status: HostStatus) -> str:
    """Why frames do not flow though they should; empty while they do.

    A paused sequence still sends its picture twice a second, so every show is meant to send some.
    """
    stream = status.stream
    if not stream:
        return status.warnings[0]
    reason = f": {stream.warnings[0]}" if stream.warnings else ""
    if stream.last_frame_s is None:
        return f"no picture has come yet{reason}"
    if stream.last_frame_s > FLOWS_S:
        return f"no picture for {span(stream.last_frame_s)}{reason}"
    return ""
