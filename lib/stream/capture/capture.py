"""Takes pictures from a source and hands them on, each when its time has come."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from fractions import Fraction

import cv2

from lib.config.settings import Primary
from lib.core.pacer import SECOND_NS, Pacer
from lib.observe import OncePerSecond, Tally
from lib.stage import Inbox, Stage
from lib.stream.capture.choose import choose_source
from lib.stream.capture.quiet import quiet_decoders
from lib.stream.capture.source import Live, Source, Tape
from lib.stream.frame import Frame

log = logging.getLogger(__name__)
_LONGEST_WAIT_S = 0.1  # nothing blocks longer
_STILL_NS = SECOND_NS // 2  # how often a frozen picture is sent: else the wall would fade to black


class Capture(Stage):
    """play, freeze and seek may be called from any thread; a live source ignores them."""

    def __init__(
        self,
        settings: Primary,
        mailbox: Inbox[Frame],
        wake: Callable[[], None],
        source: Source | None = None,
    ) -> None:
        super().__init__()
        self._settings, self._mailbox, self._wake = settings, mailbox, wake
        self._source = source or choose_source(settings)
        self.tally = Tally()  # durations: what one picture takes to read, draw or convert
        self._source.tally = self.tally
        self._pacer: Pacer | None = None
        self._ready: bytes | None = None  # the next picture of a tape, made before it is due
        self._last: bytes | None = None
        self._still_due_ns = 0
        self._frozen = False
        self._sought: int | None = None
        self._said: str | None = None
        self._log = OncePerSecond(log)

    @property
    def about(self) -> str:
        """In words: where the pictures come from."""
        return self._source.about

    @property
    def warning(self) -> str | None:
        """In plain words: what is wrong right now."""
        return self._source.warning

    @property
    def rate(self) -> Fraction | None:
        """Frames a second, or None where the source has its own time."""
        return self._source.rate if isinstance(self._source, Tape) else None

    @property
    def frozen(self) -> bool:
        return self._frozen

    @property
    def position(self) -> int:
        """The number of the picture read last, in its round; 0 for a live source."""
        return self._source.position if isinstance(self._source, Tape) else 0

    @property
    def length(self) -> int:
        """Pictures in one round; 0 where there is none."""
        return self._source.length if isinstance(self._source, Tape) else 0

    def play(self) -> None:
        self._frozen = False

    def freeze(self) -> None:
        """Stand still; the picture is sent on now and then, so that it stays on the wall and
        follows the prompt."""
        self._frozen = True

    def seek(self, number: int) -> None:
        """Go to this picture of the round, counted from 0, also while frozen."""
        self._sought = number

    def open(self, resources: ExitStack) -> None:
        # A second thread of OpenCV's waits busily for work that is too small to share.
        cv2.setNumThreads(1)
        quiet_decoders()
        self._source.open(resources)
        log.info("source: %s", self.about)

    def step(self) -> None:
        if isinstance(self._source, Live):
            self._pass_on(self._source)
        elif isinstance(self._source, Tape):
            self._unwind(self._source)
        self._say()

    def _pass_on(self, source: Live) -> None:
        frame = source.read()
        if frame is not None:
            self.tally.count("in")
            self.tally.took(time.monotonic_ns() - frame.captured_ns)
            self._send(frame)

    def _unwind(self, source: Tape) -> None:
        if self._sought is not None:
            number, self._sought = self._sought, None
            source.seek(number)
            # A cut: the picture that was sought comes next and now, whatever was missed.
            self._ready = self._last = self._pacer = None
        if self._frozen and self._last is not None:
            self._stand_still(self._last)
            return
        if self._ready is None:
            self._ready = self._make_ready(source)
        if self._ready is None:
            self._pacer = None  # time without pictures is not time to catch up with
            self.pause(_LONGEST_WAIT_S)
            return
        if self._pacer is None:
            self._pacer = Pacer(source.rate, time.monotonic_ns())
        due_ns = self._pacer.due_ns
        wait_ns = due_ns - time.monotonic_ns()
        if wait_ns > 0 and self.pause(min(wait_ns / SECOND_NS, _LONGEST_WAIT_S)):
            return
        now_ns = time.monotonic_ns()
        if now_ns >= due_ns:
            # The even time it was due at, not the moment the thread woke: that is what it shows.
            self._send_at(self._ready, due_ns)
            self._last, self._ready = self._ready, None

    def _make_ready(self, source: Tape) -> bytes | None:
        """The next picture, made before it is due, so that the making delays nothing."""
        start_ns = time.monotonic_ns()
        steps = self._pacer.advance(start_ns) if self._pacer else 1
        if steps > 1:
            self.tally.count("overslept", steps - 1)
        jpg = source.read(steps)
        if jpg is not None:
            self.tally.count("in")
            self.tally.took(time.monotonic_ns() - start_ns)
        return jpg

    def _stand_still(self, jpg: bytes) -> None:
        self._pacer = None
        now_ns = time.monotonic_ns()
        if now_ns >= self._still_due_ns:
            self._still_due_ns = now_ns + _STILL_NS
            self._send_at(jpg, now_ns)
        self.pause(_LONGEST_WAIT_S)

    def _send_at(self, jpg: bytes, captured_ns: int) -> None:
        self._send(Frame(jpg, captured_ns, time.time()))

    def _send(self, frame: Frame) -> None:
        self._mailbox.put(frame)
        self._wake()
        self.tally.count("out")

    def _say(self) -> None:
        warning = self._source.warning
        if warning != self._said:
            if warning:
                self._log.warning("warning", "%s", warning)
            else:
                log.info("all is well again: %s", self.about)
            self._said = warning
