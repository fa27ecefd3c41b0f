"""The process: ready, headless, no display, a display that comes later or goes, and its end."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from lib.config.settings import ROOT
from lib.core.refresh import Refresh
from lib.view import QUIT, run
from lib.view.run import run_view
from lib.view.sdl import sdl2
from lib.wire.messages import Picture, encode
from lib.wire.sockets import feed_out
from tests.ports import free_ports
from tests.rig import until
from tests.view.conftest import press_key, view_settings
from tests.view.scene import jpeg


class Call:
    """run_view in this thread, with something that happens meanwhile in another."""

    def __init__(self, **settings: object) -> None:
        (port,) = free_ports(1)
        self.settings = view_settings(output_port=port, **settings)
        self.ready = threading.Event()
        self.times_ready = self.progress = 0
        self.quit = threading.Event()

    def _on_ready(self) -> None:
        self.times_ready += 1
        self.ready.set()

    def _on_progress(self) -> None:
        self.progress += 1

    def progresses(self) -> bool:
        """Whether it says within half a second that it gets on."""
        before = self.progress
        return until(lambda: self.progress > before, 0.5)

    def run(self, meanwhile: Callable[[], None]) -> int:
        """The exit code; `meanwhile` starts when the view is ready."""

        def wait_and_do() -> None:
            if self.ready.wait(10):
                meanwhile()

        thread = threading.Thread(target=wait_and_do)
        thread.start()
        try:
            return run_view(self.settings, None, self.quit, self._on_ready, self._on_progress)
        finally:
            thread.join()


def test_asked_to_end_it_ends_soon_with_code_0(offscreen: None) -> None:
    call = Call()
    asked = []

    def ask() -> None:
        asked.append(time.monotonic())
        call.quit.set()

    assert call.run(ask) == 0
    assert time.monotonic() - asked[0] < 1
    assert call.times_ready == 1


def test_a_frame_that_never_reaches_the_screen_is_no_progress(
    offscreen: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = Call()
    said: list[bool] = []

    def meanwhile() -> None:
        said.append(call.progresses())
        with ExitStack() as resources:
            feed = feed_out(resources, "127.0.0.1", call.settings.output_port, 30)
            picture = jpeg(np.zeros((64, 64, 3), np.uint8))

            def shows(number: int) -> bool:
                now_ms = time.time_ns() // 1_000_000
                feed.send(encode(Picture(now_ms, number, picture)))
                return call.progresses()

            said.append(all(shows(number) for number in range(3)))
            with monkeypatch.context() as patch:
                patch.setattr(Refresh, "due_ns", lambda _, now_ns: now_ns + 5_000_000)
                said.append(until(lambda: not shows(time.monotonic_ns()), 10))
            said.append(until(lambda: shows(time.monotonic_ns()), 5))
        call.quit.set()

    assert call.run(meanwhile) == 0
    assert said == [True, True, True, True]


def test_q_ends_it_with_the_code_that_ends_all(offscreen: None) -> None:
    call = Call(windowed=True)
    assert call.run(lambda: press_key(sdl2.SDLK_q)) == QUIT == 64


def test_a_lost_display_ends_it_with_code_1(offscreen: None) -> None:
    def hang_up() -> None:
        event = sdl2.SDL_Event()
        event.type = sdl2.SDL_QUIT
        sdl2.SDL_PushEvent(event)

    assert Call().run(hang_up) == 1


def test_headless_is_ready_at_once_and_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    call = Call(headless=True)
    monkeypatch.setitem(sys.modules, "lib.view.screen", None)  # its import would fail
    assert call.run(call.quit.set) == 0
    assert call.times_ready == 1


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    if any(Path("/dev/dri").glob("card*")):
        pytest.skip("this machine's console can be drawn on without any desktop")


def test_without_a_display_it_says_so_once_and_lives_on(
    no_display: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "FIRST_WAIT_S", 0.02)
    call = Call()

    def live_a_while() -> None:
        time.sleep(0.5)
        call.quit.set()

    assert call.run(live_a_while) == 0
    assert caplog.text.count("no display: going on headless") == 1
    assert call.times_ready == 1


def test_a_display_that_comes_later_is_found(
    no_display: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "FIRST_WAIT_S", 0.1)
    monkeypatch.setenv("SDL_RENDER_DRIVER", "software")
    call = Call()

    def plug_in() -> None:
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
        deadline = time.monotonic() + 5
        while not sdl2.SDL_GetCurrentVideoDriver() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.2)
        press_key(sdl2.SDLK_ESCAPE)

    try:
        assert call.run(plug_in) == QUIT
    finally:
        del os.environ["SDL_VIDEODRIVER"]
    assert call.times_ready == 1


def test_without_sdl_it_goes_on_headless(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lib.view.screen", None)
    call = Call()
    assert call.run(call.quit.set) == 0
    assert "no display: going on headless" in caplog.text


def test_a_monitor_that_is_not_there_is_replaced_by_the_first(
    offscreen: None, caplog: pytest.LogCaptureFixture
) -> None:
    call = Call(monitor=7)
    assert call.run(call.quit.set) == 0
    assert "there is no monitor 7" in caplog.text


MAIN = """
import sys, threading
from pathlib import Path
from lib.config.settings import PrimarySettings
from lib.observe import log_to_stderr, quit_on_signals
from lib.view.run import run_view
log_to_stderr()
host, port = "127.0.0.1", int(sys.argv[1])
settings = PrimarySettings(_env_file=None, output_port=port, primary_hostname=host)
ready = lambda: print("ready", flush=True)
sys.exit(run_view(settings, None, quit_on_signals(), ready, lambda: None))
"""


@pytest.fixture
def x_server() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("no Xvfb here")
    read, write = os.pipe()
    argv = [program, "-displayfd", str(write), "-screen", "0", "640x480x24", "-nolisten", "tcp"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(argv, pass_fds=(write,), stdout=quiet, stderr=quiet) as server:
        os.close(write)
        with os.fdopen(read) as told:
            display = ":" + told.readline().strip()
        yield server, display
        server.kill()


@pytest.fixture
def on_x11(x_server: tuple[subprocess.Popen[bytes], str]) -> Iterator[subprocess.Popen[str]]:
    """A view of its own on a real X server."""
    unwanted = ("SDL_VIDEODRIVER", "SDL_RENDER_DRIVER", "WAYLAND_DISPLAY")
    environment = {k: v for k, v in os.environ.items() if k not in unwanted}
    environment["DISPLAY"] = x_server[1]
    (port,) = free_ports(1)
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, str(port)],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as view:
        assert view.stdout is not None
        assert view.stdout.readline() == "ready\n"
        yield view
        view.kill()


def test_on_x11_a_signal_ends_it_with_code_0(on_x11: subprocess.Popen[str]) -> None:
    on_x11.send_signal(signal.SIGTERM)
    _, said = on_x11.communicate(timeout=2)
    assert on_x11.returncode == 0
    assert "showing over 640x480: x11" in said
    assert "Traceback" not in said


def test_an_x_server_that_dies_ends_it_with_code_1(
    on_x11: subprocess.Popen[str], x_server: tuple[subprocess.Popen[bytes], str]
) -> None:
    x_server[0].kill()
    on_x11.communicate(timeout=5)
    assert on_x11.returncode == 1


def test_a_display_that_changes_its_size_is_covered_again(
    on_x11: subprocess.Popen[str], x_server: tuple[subprocess.Popen[bytes], str]
) -> None:
    if shutil.which("xrandr") is None:
        pytest.skip("no xrandr here")
    for step in (
        "--newmode small 74.5 320 400 500 600 240 250 260 270",
        "--addmode screen small",
        "--output screen --mode small",
    ):
        subprocess.run(["xrandr", "--display", x_server[1], *step.split()], check=True, timeout=5)
    time.sleep(1.5)  # it looks once a second
    on_x11.terminate()
    _, said = on_x11.communicate(timeout=2)
    assert said.count("opening the screen anew") == 1
    assert "over 640x480" in said
    assert "over 320x240" in said
    assert on_x11.returncode == 0
