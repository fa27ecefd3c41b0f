"""Decides what is shown at each moment: the newest frame of the feed, or the fade after the last.

One thread does everything: it waits for the feed, decodes, draws, and polls the keys now and then.
While it draws, the feed's socket keeps the newest frame and drops the others.
"""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from pathlib import Path

from lib.config.settings import PrimarySettings
from lib.feed.reader import FeedAddress, FeedReader
from lib.observe import OncePerSecond, Tally
from lib.pictures.codec import open_codec
from lib.pictures.header import JpegError, read_header
from lib.view import overlay
from lib.view.controls import ScreenControls
from lib.view.meter import Meter
from lib.view.screen import Screen
from lib.view.screen_watchdog import ScreenWatchdog
from lib.view.slate import SlateError, load_slate
from lib.wire.keys import viewer_key
from lib.wire.messages import Picture, ScreenStatus, Status, WireError, decode_status
from lib.wire.sockets import Topic, latest_in

log = logging.getLogger(__name__)

POLL_NS = 50_000_000  # between two polls of the keys: quick enough for people, and cheap when idle
STATUS_OLD_NS = 3_000_000_000
OVERLAY_NS = 500_000_000  # figures that change faster cannot be read


class Presenter:
    """All its methods are called on the thread that made it."""

    def __init__(
        self,
        resources: ExitStack,
        settings: PrimarySettings,
        run_dir: Path | None,
        screen: Screen,
    ) -> None:
        self.screen = screen
        self.tally = Tally()
        self._controls = ScreenControls(resources, settings, run_dir, time.monotonic_ns())
        self.overlay = self._debug = self._controls.debug
        host = settings.primary_hostname
        self._elsewhere = run_dir is None and host not in ("localhost", "127.0.0.1", "::1")
        address = FeedAddress(host, settings.output_port, viewer_key(settings.keys))
        hold_s, fade_s = settings.hold_s, settings.fade_s
        self._feed = FeedReader(resources, address, self.tally, hold_s, fade_s)
        self._states = latest_in(resources, run_dir, Topic.STATUS) if run_dir else None
        self._status: Status | None = None
        self._published = 0  # its latest count of published frames
        self._watchdog = ScreenWatchdog()
        self.codec = open_codec()
        self._meter = Meter()
        self._complain = OncePerSecond(log)
        self._held: Picture | None = None  # the newest frame, until the display can take it
        self._last: Picture | None = None  # the frame on the screen
        self._poll_ns = self._overlay_ns = self._status_ns = 0
        self._paint_ns: int | None = 0  # when the screen is to be painted again
        if settings.slate:
            self._put_slate(Path(settings.slate))

    def step(self) -> bool:
        """Wait for something to do and do it; False when somebody wants to quit."""
        self._wait(time.monotonic_ns())
        now_ns = time.monotonic_ns()
        if self._controls.take_changes(now_ns):
            self._obey(now_ns)
        if now_ns >= self._poll_ns and not self._poll(now_ns):
            return False
        picture = self._due(now_ns)
        if self.overlay and now_ns >= self._overlay_ns:
            self._put_overlay(now_ns)
        if picture:
            self._show(picture, now_ns)
        elif self._paint_ns is not None and now_ns >= self._paint_ns:
            self._paint(now_ns)
        return True

    def reaches(self) -> bool:
        """Whether frames that come reach the screen, or are not meant to."""
        now_ns = time.monotonic_ns()
        waiting = self._held is not None and not self._rests(now_ns)
        hidden = self.screen.hidden
        return self._watchdog.reaches(
            self._published, self.tally.counts, waiting, hidden, now_ns / 1e9
        )

    def status(self) -> ScreenStatus:
        """What is on the screen now."""
        now_ns = time.monotonic_ns()
        return ScreenStatus(
            "hidden" if self.screen.hidden else "shown",
            self.screen.about,
            round(self._controls.light(now_ns), 3),
            round(self._feed.opacity(now_ns), 3),
            self._controls.freeze,
        )

    def draw(self, now_ns: int) -> None:
        self.screen.draw(self._feed.opacity(now_ns), self.overlay, self._controls.light(now_ns))

    def _wait(self, now_ns: int) -> None:
        wait_ms = self._wait_ms(now_ns)
        if self._rests(now_ns):
            # No frame is shown, so it is enough to take the newest one now and then.
            self._controls.wait(wait_ms)
            wait_ms = 0
        if picture := self._feed.read(wait_ms):
            self._take(picture, time.monotonic_ns())

    def _wait_ms(self, now_ns: int) -> int:
        next_ns = self._poll_ns
        if self._held and not self._rests(now_ns):
            next_ns = min(next_ns, self.screen.refresh.due_ns(now_ns))
        if self._paint_ns is not None:
            next_ns = min(next_ns, self._paint_ns)
        return -(-max(0, next_ns - now_ns) // 1_000_000)  # rounded up, so as not to spin

    def _obey(self, now_ns: int) -> None:
        """Apply changes of the screen's controls at once, even while no frame comes."""
        controls = self._controls
        if controls.debug != self._debug:
            self.overlay = self._debug = controls.debug
            self._overlay_ns = 0
        if controls.mirror != self.screen.picture.mirror:
            self.screen.picture.mirror = controls.mirror
            if self._last:
                self._put(self._last)
        if controls.freeze:
            self._feed.freeze(now_ns)
        else:
            self._feed.thaw(now_ns)
        self._paint_ns = now_ns

    def _rests(self, now_ns: int) -> bool:
        """Whether frames come and are not shown: the screen is black, or holds its picture. One
        that has none yet, after a restart, takes the first that comes."""
        return self._controls.dark(now_ns) or (self._controls.freeze and self._last is not None)

    def _take(self, picture: Picture, now_ns: int) -> None:
        """Take the newest frame; an older one that still waits is dropped."""
        dark = self._controls.dark(now_ns)
        if self._held:
            rests = "frozen" if self._rests(now_ns) else "skipped"
            self.tally.count("dark" if dark else rests)
        if dark and not self._controls.freeze:
            self._feed.hold(now_ns)  # frames come, and the newest is shown when it lights up
        self._held = picture

    def _due(self, now_ns: int) -> Picture | None:
        """The frame that waited for the display, decoded into its texture, once it is due."""
        picture = self._held
        if picture is None or self._rests(now_ns):
            return None
        if self.screen.refresh.due_ns(now_ns) > now_ns:
            return None
        self._held = None
        return picture if self._put(picture) else None

    def _put(self, picture: Picture) -> bool:
        """Decode a frame into the texture; False if it cannot be shown: then the last one stays."""
        try:
            header = read_header(picture.jpg)
            if max(header.size) > self.screen.largest:
                raise JpegError(f"{header.size}, more than this screen's {self.screen.largest}")
            planes = self.codec.planes(picture.jpg) if header.sampling == "420" else None
            if planes:
                self.screen.picture.put_planes(header.size, planes)
            else:
                self.screen.picture.put_pixels(self.codec.decode(picture.jpg))
        except JpegError as error:
            self._feed.refuse(error)
            return False
        return True

    def _show(self, picture: Picture, now_ns: int) -> None:
        self._feed.put_out(picture, now_ns)
        self._last = picture
        self._paint(now_ns)
        self.screen.refresh.given(now_ns)
        self._meter.add(now_ns, time.time_ns() // 1_000_000 - picture.timestamp)
        self.tally.count("unseen" if self.screen.hidden else "shown")
        self.tally.took(time.monotonic_ns() - now_ns)

    def _paint(self, now_ns: int) -> None:
        self.draw(now_ns)
        self.screen.present()
        rests = [self._controls.rests_ns(now_ns)]
        if not self._controls.dark(now_ns):
            rests.append(self._feed.rests_ns(now_ns))
        self._paint_ns = min((now_ns + one for one in rests if one is not None), default=None)

    def _poll(self, now_ns: int) -> bool:
        self._poll_ns = now_ns + POLL_NS
        self._feed.keep_connected()
        self._read_status(now_ns)
        seen = self.screen.poll_events()
        if seen.overlay:
            self.overlay = not self.overlay
            self._overlay_ns = 0
        if seen.overlay or seen.repaint:
            self._paint_ns = now_ns
        return not seen.quit

    def _put_overlay(self, now_ns: int) -> None:
        self._overlay_ns = now_ns + OVERLAY_NS
        self._paint_ns = now_ns
        lines = overlay.compose(
            self.screen.picture.size,
            self._meter.read(now_ns),
            self._status,
            {name: self.tally.counts[name] for name in ("old", "skipped", "bad")},
            self._elsewhere,
        )
        light = self._controls.light(now_ns)
        if light < 1:
            lines.append(overlay.OverlayLine("opacity", f"{light:.2f}"))
        self.screen.overlay.put_pixels(overlay.draw(lines, self.screen.size))

    def _read_status(self, now_ns: int) -> None:
        if now_ns - self._status_ns > STATUS_OLD_NS:
            self._status = None  # its process is gone, and old figures would mislead
        if self._states and self._states.poll(0):
            try:
                status = decode_status(self._states.recv())
            except WireError as error:
                self._complain.warning("status", "a status cannot be read: %s", error)
                return
            self._status, self._status_ns = status, now_ns
            publish = status.stages.get("publish")
            self._published = publish.counts.get("out", 0) if publish else 0

    def _put_slate(self, path: Path) -> None:
        try:
            self.screen.slate.put_pixels(load_slate(path, self.screen.largest))
        except SlateError as error:  # the slate was checked when the application started
            log.warning("%s, so the screen stays black instead", error)
