"""The view's process: finds a display, or goes on headless until there is one, and shows."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from lib.config.settings import PrimarySettings
from lib.core.waits import GrowingWait
from lib.view import QUIT
from lib.view.desktop import DesktopFinder

log = logging.getLogger(__name__)

# Between two looks for a display: a desktop may start after us, and a projector be switched on.
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 10.0
REST_STEP_S = 1.0


def run_view(
    settings: PrimarySettings,
    run_dir: Path | None,
    quit_event: threading.Event,
    on_ready: Callable[[], None],
    on_progress: Callable[[], None],
) -> int:
    """The process's exit code: 0 when asked to end, QUIT when somebody at the screen wants all to
    end, 1 when the display is lost. `on_ready` is called once, also where there is no display;
    `on_progress` while frames reach the screen, or are not meant to."""
    ready = _Once(on_ready)
    if settings.headless:
        log.info("headless: nothing is shown on a screen")
        ready()
        _rest(quit_event, None, on_progress)
        return 0
    wait = GrowingWait(FIRST_WAIT_S, LONGEST_WAIT_S)
    desktop = DesktopFinder()
    while True:
        desktop.find()
        try:
            code = _show(settings, run_dir, quit_event, ready, on_progress)
            if code is not None:
                return code
            continue
        except _NoDisplayError as reason:
            if not ready.called:
                log.warning("no display: going on headless (%s)", reason)
        ready()
        if _rest(quit_event, wait.next_s(), on_progress):
            return 0


def _rest(
    quit_event: threading.Event, seconds: float | None, on_progress: Callable[[], None]
) -> bool:
    """Nothing is meant to be shown meanwhile; True when asked to end."""
    end_s = time.monotonic() + (math.inf if seconds is None else seconds)
    while (left_s := end_s - time.monotonic()) > 0:
        on_progress()
        if quit_event.wait(min(left_s, REST_STEP_S)):
            return True
    return False


class _NoDisplayError(Exception):
    """There is nothing to show on; the text says why."""


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
    ready: Callable[[], None],
    on_progress: Callable[[], None],
) -> int | None:
    """The exit code, or None when the screen is to be opened anew."""
    try:
        # Here and not above: SDL takes its time, and a machine without it may still be headless.
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
        ready()
        try:
            while not quit_event.is_set():
                if not presenter.step():
                    return QUIT
                if presenter.reaches():
                    on_progress()
        except ScreenError as error:
            log.warning("the screen is lost: %s", error)
            return 1
        except ChangedError as change:
            log.info("%s: opening the screen anew", change)
            return None
    return 0
