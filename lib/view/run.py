"""The view's process: shows the feed on a display, and runs headless until there is one."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from lib.config.settings import PrimarySettings
from lib.core.waits import GrowingWait
from lib.view import QUIT
from lib.view.desktop import DesktopFinder
from lib.view.screen_report import ScreenReport
from lib.wire.messages import ScreenStatus

log = logging.getLogger(__name__)

# Between two searches for a display: a desktop may start later, or a projector be switched on.
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 10.0
REST_STEP_S = 1.0


def run_view(
    settings: PrimarySettings,
    run_dir: Path | None,
    quit_event: threading.Event,
    on_ready: Callable[[], None],
    on_progress: Callable[[], None],
) -> int:
    """Run, and return the process's exit code: 0 when asked to end, QUIT when somebody at the
    screen ends the show, 1 when the display is lost. `on_ready` is called once, even without a
    display; `on_progress` while frames reach the screen, or are not meant to."""
    ready = _Once(on_ready)
    if settings.headless:
        log.info("headless: nothing is shown on a screen")
        ready()
        _rest(quit_event, None, on_progress)
        return 0
    with ExitStack() as resources:
        report = ScreenReport(resources, run_dir)
        return _run(settings, run_dir, quit_event, _Watch(ready, on_progress, report))


@dataclass
class _Watch:
    """Who is told how the view gets on."""

    ready: _Once
    on_progress: Callable[[], None]
    report: ScreenReport
    why_none: str = ""  # there is no display

    def rest(self) -> None:
        self.on_progress()
        self.report.tell(ScreenStatus("none", self.why_none))


def _run(
    settings: PrimarySettings, run_dir: Path | None, quit_event: threading.Event, watch: _Watch
) -> int:
    """Show, and look for a display again and again where there is none."""
    ready = watch.ready
    wait = GrowingWait(FIRST_WAIT_S, LONGEST_WAIT_S)
    desktop = DesktopFinder()
    while True:
        desktop.find()
        try:
            code = _show(settings, run_dir, quit_event, watch)
            if code is not None:
                return code
            continue
        except _NoDisplayError as reason:
            if not ready.called:
                log.warning("no display: going on headless (%s)", reason)
            watch.why_none = str(reason)
        ready()
        if _rest(quit_event, wait.next_s(), watch.rest):
            return 0


def _rest(
    quit_event: threading.Event, seconds: float | None, on_progress: Callable[[], None]
) -> bool:
    """Wait while nothing is meant to be shown; True when asked to end."""
    end_s = time.monotonic() + (math.inf if seconds is None else seconds)
    while (left_s := end_s - time.monotonic()) > 0:
        on_progress()
        if quit_event.wait(min(left_s, REST_STEP_S)):
            return True
    return False


class _NoDisplayError(Exception):
    """There is no display; the text is the reason."""


class _Once:
    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self.called = False

    def __call__(self) -> None:
        if not self.called:
            self.called = True
            self._call()


def _show(
    settings: PrimarySettings,
    run_dir: Path | None,
    quit_event: threading.Event,
    watch: _Watch,
) -> int | None:
    """Show until the end; return the exit code, or None when the screen is to be reopened."""
    try:
        # Imported late: loading SDL takes long, and a headless machine may not have it.
        from lib.view.presenter import Presenter  # noqa: PLC0415
        from lib.view.screen import Screen  # noqa: PLC0415
        from lib.view.sdl import ChangedError, ScreenError  # noqa: PLC0415
    except ImportError as error:
        raise _NoDisplayError(error) from error
    with ExitStack() as resources:
        try:
            screen = Screen(resources, settings)
        except ScreenError as error:
            raise _NoDisplayError(error) from error
        presenter = Presenter(resources, settings, run_dir, screen)
        log.info("showing %s", screen.about)
        watch.ready()
        try:
            while not quit_event.is_set():
                if not presenter.step():
                    return QUIT
                if presenter.reaches():
                    watch.on_progress()
                if watch.report.is_due():
                    watch.report.tell(presenter.status())
        except ScreenError as error:
            log.warning("the screen is lost: %s", error)
            return 1
        except ChangedError as change:
            log.info("%s: opening the screen anew", change)
            return None
    return 0
