"""Keeps control, stream and view in step: sends changes at once, and hears how the others are."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from lib.config.params import Played
from lib.control.played_state import PlayedState
from lib.files import create_fresh, read_regular
from lib.observe import OncePerSecond, log_debug
from lib.stage import REST_S, Stage
from lib.wire.latest import LatestPublisher
from lib.wire.messages import (
    ScreenStatus,
    Status,
    WireError,
    decode_change,
    decode_screen,
    decode_status,
    encode,
    played_from,
)
from lib.wire.poller import Poller, has_message
from lib.wire.signal_state import SignalMoves, decode_signals
from lib.wire.sockets import Socket, Topic, latest_in
from lib.wire.wake import Wake

MEMORY = "params"  # the file in the run directory that a later control process reads
ADOPT_WITHIN_MS = 500  # how long a fresh control process waits for a stream that already runs
REPEAT_NS = 1_000_000_000  # the state is sent again, for a stream that was restarted
VIEW_SILENT_NS = 3_000_000_000  # it speaks once a second
SILENT_NS = 1_500_000_000  # without a status for so long the stream counts as down

log = logging.getLogger(__name__)


Adopt = Callable[[int, Played], object]


class StreamLink(Stage):
    """The only thread with sockets to the stream and the view."""

    def __init__(
        self,
        run_dir: Path,
        played_state: PlayedState,
        adopt: Adopt | None = None,
        hears_signals: bool = False,
    ) -> None:
        """`adopt` takes over a newer state from the stream; False if it is not newer."""
        super().__init__()
        self._changed = False
        self._wake: Wake | None = None
        self._played_state = played_state
        self._adopt_newer: Adopt = adopt or played_state.adopt
        played_state.watch(self._change)
        self.run_dir = run_dir
        self._memory = run_dir / MEMORY
        self._remembers = False
        self._warn = OncePerSecond(log)
        self._screen: ScreenStatus | None = None
        self._screen_ns = 0
        self._hears_signals = hears_signals
        self._signals_in: Socket | None = None
        self._signals: SignalMoves | None = None
        self._signals_ns = 0
        self._heard: Status | None = None
        self._heard_ns = time.monotonic_ns()
        self._again_ns: int | None = None  # when another stream process replaced the last one
        self._repeat_ns = 0

    def open(self, resources: ExitStack) -> None:
        self._in = latest_in(resources, self.run_dir, Topic.STATUS)
        self._screen_in = latest_in(resources, self.run_dir, Topic.SCREEN)
        if self._hears_signals:  # read in passing: thirty a second shall not wake this thread
            self._signals_in = latest_in(resources, self.run_dir, Topic.SIGNALS)
        self._out = LatestPublisher(resources, self.run_dir, Topic.CHANGES)
        self._wake = Wake(resources)
        self._poller = Poller(resources)
        self._poller.add_socket(self._in)
        self._poller.add_socket(self._screen_in)
        self._poller.add_descriptor(self._wake.fd)
        self._recall()
        if self._in.poll(ADOPT_WITHIN_MS):
            self._listen()

    def step(self) -> None:
        self._wait()
        changed = self._changed
        if changed:  # a later change is included in the state that is read below
            self._changed = False
        stream_is_behind = self._listen()
        self._listen_to_view()
        self._listen_to_signals()
        if changed:
            self._remember()
            self._remembers = True
            log_debug(self._played_state.played.debug)
        now_ns = time.monotonic_ns()
        if changed or stream_is_behind or now_ns >= self._repeat_ns:
            self._out.send(encode(self._played_state.message()))
            self._repeat_ns = now_ns + REPEAT_NS
            if self._remembers and self.run_dir.is_dir() and not self._memory.exists():
                self._remember()  # the file was removed

    def stir(self) -> None:
        if self._wake:
            self._wake.set()

    def _change(self) -> None:
        self._changed = True
        self.stir()

    def _wait(self) -> None:
        if has_message(self._in) or has_message(
            self._screen_in
        ):  # it came meanwhile, and the descriptor signals it only once
            return
        if self._wake and self._wake.fd in self._poller.wait(REST_S):
            self._wake.clear()

    def status(self) -> Status | None:
        """The stream's latest status; None while the stream is silent."""
        return self._heard if time.monotonic_ns() - self._heard_ns < SILENT_NS else None

    def screen(self) -> ScreenStatus | None:
        """What the view shows; None while it says nothing."""
        age_ns = time.monotonic_ns() - self._screen_ns
        return self._screen if age_ns < VIEW_SILENT_NS else None

    def signals(self) -> SignalMoves | None:
        """What signals move; None while they say nothing, since no row is armed."""
        age_ns = time.monotonic_ns() - self._signals_ns
        return self._signals if age_ns < SILENT_NS else None

    @property
    def heard(self) -> bool:
        """Whether any status has come since this process started."""
        return self._heard is not None

    @property
    def silent_s(self) -> float:
        """Seconds since the stream's latest status, or since the start if there was none."""
        return (time.monotonic_ns() - self._heard_ns) / 1e9

    @property
    def again_s(self) -> float | None:
        """Seconds since the stream was restarted; None if it was not since this process started."""
        return None if self._again_ns is None else (time.monotonic_ns() - self._again_ns) / 1e9

    def _listen(self) -> bool:
        """Receive a status if there is one; True when the stream plays an older change."""
        if not has_message(self._in):
            return False
        try:
            status = decode_status(self._in.recv())
        except WireError as error:
            self._warn.warning("status", "a status that cannot be read was dropped: %s", error)
            return False
        if status.params_number > self._played_state.number:
            try:
                played = played_from(status.params)
            except WireError as error:
                self._warn.warning("adopt", "the stream plays what is not allowed: %s", error)
            else:
                self._adopt(status.params_number, played, "the stream")
        if self._heard and status.uptime_s < self._heard.uptime_s:
            self._again_ns = time.monotonic_ns()
        self._heard, self._heard_ns = status, time.monotonic_ns()
        return status.params_number < self._played_state.number

    def _listen_to_view(self) -> None:
        if not has_message(self._screen_in):
            return
        try:
            self._screen = decode_screen(self._screen_in.recv())
        except WireError as error:
            self._warn.warning("screen", "what the view says cannot be read: %s", error)
            return
        self._screen_ns = time.monotonic_ns()

    def _listen_to_signals(self) -> None:
        if self._signals_in is None or not has_message(self._signals_in):
            return
        try:
            self._signals = decode_signals(self._signals_in.recv())
        except WireError as error:
            self._warn.warning("signals", "what signals say cannot be read: %s", error)
            return
        self._signals_ns = time.monotonic_ns()

    def _adopt(self, number: int, played: Played, whose: str) -> None:
        if self._adopt_newer(number, played):
            log.info("took over the parameters of %s", whose)

    def _remember(self) -> None:
        """Save the state for the next control process, in case the stream ends, too."""
        fresh = self._memory.with_suffix(".new")
        try:
            with create_fresh(fresh) as file:
                file.write(encode(self._played_state.message()))
            fresh.replace(self._memory)
        except OSError as error:
            self._warn.warning("memory", "the parameters cannot be kept: %s", error)

    def _recall(self) -> None:
        try:
            known = decode_change(read_regular(self._memory))
        except FileNotFoundError:
            return  # this is the first control process of the show
        except (OSError, WireError) as error:
            log.warning("the parameters before this start are lost: %s", error)
        else:
            self._adopt(known.number, known.played, "the process before this one")
