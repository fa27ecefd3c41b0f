"""Takes pictures from a source and hands each on when it is due."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import cv2

from lib.config.params import Played
from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.core.pacer import SECOND_NS, Pacer
from lib.core.shedding.levels import Levels
from lib.observe import OncePerSecond, Tally
from lib.pictures.decoder_log import silence_decoders
from lib.stage import REST_S, Inbox, Stage
from lib.stream.capture.source import LiveSource, PacedSource, Source
from lib.stream.capture.source_switch import OpenedSource, SourceSwitch
from lib.stream.frame import Frame

log = logging.getLogger(__name__)
_SOON_S = 0.1  # the longest wait for something that is already under way
_FROZEN_NS = SECOND_NS // 2  # how often a frozen picture is sent, or the wall would fade to black


class _PreparedPicture(NamedTuple):
    """A picture of a paced source, made before it is due."""

    jpg: bytes
    size: Size
    number: int
    shown: Size | None  # the size of its finished picture, where that is larger


class Capture(Stage):
    """Any thread may set what is played. Only a paced source can be frozen and wound: a live one
    has no clock of ours."""

    def __init__(
        self,
        settings: PrimarySettings,
        mailbox: Inbox[Frame],
        wake: Callable[[], None],
        source: Source | None = None,
    ) -> None:
        super().__init__()
        self._mailbox, self._wake = mailbox, wake
        self._switch = SourceSwitch(settings)
        self._source = source or self._switch.first(settings.size)
        self.tally = Tally()  # durations: what one picture takes to read, draw or convert
        self._source.tally = self.tally
        self._told = self._played = settings.played
        self._told_cuts = self._cuts = Levels()
        self._own_quality = self._quality = settings.quality
        self._size = settings.size
        self._shown: Size | None = None  # the pictures' size, where it differs from their frames'
        self._pacer: Pacer | None = None
        self._ready: _PreparedPicture | None = None
        self._last: _PreparedPicture | None = None
        self._frozen_due_ns = 0
        self._rewind = False
        self._words: tuple[str | None, str | None] = (None, None)  # the switch's, the source's
        self._log = OncePerSecond(log)

    @property
    def about(self) -> str:
        """Where the pictures come from, in words."""
        return self._source.about

    @property
    def warning(self) -> str | None:
        """What is wrong right now, in plain words."""
        words = [text for text in (self._switch.warning, self._source.warning) if text]
        return "; ".join(words) or None

    @property
    def rate(self) -> Fraction | None:
        """Frames a second, or None if the source sets its own rate."""
        return self._source.rate if isinstance(self._source, PacedSource) else None

    @property
    def frozen(self) -> bool:
        """Whether playback is frozen: then the same picture is sent now and then, so that it stays
        on the wall and follows the prompt."""
        return self._played.paused and isinstance(self._source, PacedSource)

    @property
    def position(self) -> int:
        """The number of the picture read last, within its round; 0 for a live source."""
        return self._source.position if isinstance(self._source, PacedSource) else 0

    @property
    def length(self) -> int:
        """The number of pictures in one round; 0 if the source has no rounds."""
        return self._source.length if isinstance(self._source, PacedSource) else 0

    def play(self, played: Played) -> None:
        """Set what is played from now on: size, directory, whether it is frozen."""
        self._told = played
        self.stir()

    def cut(self, cuts: Levels) -> None:
        """Take these levels of relief from now on. Any thread may call this."""
        self._told_cuts = cuts
        self.stir()

    def open(self, resources: ExitStack) -> None:
        # A second OpenCV thread would spin while it waits for work that is too small to share.
        cv2.setNumThreads(1)
        silence_decoders()
        self._resources = ExitStack()  # of the source that plays
        resources.callback(self._close)
        resources.callback(self._switch.end)
        self._source.open(self._resources)
        log.info("source: %s", self.about)

    def _close(self) -> None:
        self._resources.close()

    def step(self) -> None:
        if self._told is not self._played or self._told_cuts is not self._cuts:
            self._follow(self._told, self._told_cuts)
        if ready := self._switch.follow(self._played):
            self._take_over(ready)
        if isinstance(self._source, LiveSource):
            self._pass_on(self._source)
        elif isinstance(self._source, PacedSource):
            self._unwind(self._source)
        self._say()

    def _follow(self, played: Played, cuts: Levels) -> None:
        before, self._played, self._cuts = self._played, played, cuts
        self._rewind = self._rewind or played.take != before.take
        size, quality = cuts.size_of(played.size), cuts.quality_of(self._own_quality)
        if (size, quality) != (self._size, self._quality):
            self._size, self._quality = size, quality
            self._fit()
        self._shown = played.size if played.size != size else None

    def _fit(self) -> None:
        smaller = self._quality < self._own_quality
        self._source.fit(self._size, self._quality if smaller else None)

    def _take_over(self, ready: OpenedSource) -> None:
        """Switch to the other source; the first picture of a paced one is ready."""
        left, self._resources = self._resources, ready.resources
        self._source = ready.source
        self._source.tally = self.tally
        self._last = self._ready = self._pacer = None
        self._rewind = False
        if ready.first is not None:
            self.tally.count("in")
            self._ready = _PreparedPicture(ready.first, ready.size, self.position, None)
        if ready.size != self._size or self._quality != self._own_quality:
            self._fit()
        self._switch.leave(left)
        log.info("source: %s", self.about)

    def _pass_on(self, source: LiveSource) -> None:
        frame = source.read()
        if frame is not None:
            self.tally.count("in")
            self.tally.took(time.monotonic_ns() - frame.captured_ns)
            self._send(replace(frame, shown=self._shown) if self._shown else frame)

    def _unwind(self, source: PacedSource) -> None:
        if self._rewind:
            self._rewind = False
            self._cut_to(source, 0)
        if self._played.paused and self._last is not None:
            self._stay_frozen(source, self._last)
            return
        if self._ready is None:
            self._ready = self._make_ready(source)
        if self._ready is None:
            self._pacer = None  # pictures missed meanwhile are not caught up
            self.pause(REST_S if self.warning else _SOON_S)
            return
        if self._pacer is None:
            self._pacer = Pacer(source.rate, time.monotonic_ns())
        due_ns = self._pacer.due_ns
        wait_ns = due_ns - time.monotonic_ns()
        if wait_ns > 0 and self.pause(min(wait_ns / SECOND_NS, REST_S)):
            return
        now_ns = time.monotonic_ns()
        if now_ns >= due_ns:
            # Stamped with the even time it was due at, not with the moment the thread woke: it is
            # the picture of that time.
            self._send_at(self._ready, due_ns)
            self._last, self._ready = self._ready, None

    def _cut_to(self, source: PacedSource, number: int) -> None:
        """Play this picture now and go on from it, whatever was missed."""
        source.seek(number)
        self._ready = self._last = self._pacer = None

    def _make_ready(self, source: PacedSource) -> _PreparedPicture | None:
        """Make the next picture before it is due, so that making it causes no delay."""
        start_ns = time.monotonic_ns()
        steps = self._pacer.advance(start_ns) if self._pacer else 1
        if steps > 1:
            self.tally.count("overslept", steps - 1)
        jpg = source.read(steps)
        if jpg is None:
            return None
        self.tally.count("in")
        self.tally.took(time.monotonic_ns() - start_ns)
        return _PreparedPicture(jpg, self._size, source.position, self._shown)

    def _stay_frozen(self, source: PacedSource, made: _PreparedPicture) -> None:
        self._pacer = None
        if made.size != self._size:  # make it again, in the size that is wanted now
            self._cut_to(source, made.number)
            return
        now_ns = time.monotonic_ns()
        if now_ns >= self._frozen_due_ns:
            self._frozen_due_ns = now_ns + _FROZEN_NS
            self._send_at(made, now_ns)
        left_s = (self._frozen_due_ns - now_ns) / SECOND_NS
        self.pause(_SOON_S if self._switch.busy else min(max(0.0, left_s), REST_S))

    def _send_at(self, made: _PreparedPicture, captured_ns: int) -> None:
        late_s = (time.monotonic_ns() - captured_ns) / SECOND_NS
        stamp = time.time() - late_s
        self._send(Frame(made.jpg, captured_ns, stamp, made.size, shown=made.shown))

    def _send(self, frame: Frame) -> None:
        if self._mailbox.put(frame):
            self.tally.count("overtaken")
        self._wake()
        self.tally.count("out")

    def _say(self) -> None:
        words = self._switch.warning, self._source.warning
        if words != self._words:
            self._words = words
            if warning := self.warning:
                self._log.warning("warning", "%s", warning)
            else:
                log.info("all is well again: %s", self.about)
