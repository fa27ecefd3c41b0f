"""A real screen in SDL's offscreen driver, and a real feed before it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from lib.config.settings import PrimarySettings
from lib.core.pixels import Pixels
from lib.view.presenter import Presenter
from lib.view.screen import Screen
from lib.view.sdl import sdl2
from lib.wire.messages import Picture, encode
from lib.wire.sockets import feed_out
from tests.ports import free_ports


class Stand:
    """A show to be stepped by hand, and the feed that it looks at."""

    def __init__(
        self, resources: ExitStack, settings: PrimarySettings, run_dir: Path | None
    ) -> None:
        self._feed = feed_out(resources, "127.0.0.1", settings.output_port)
        self.screen = Screen(resources, settings)
        self.presenter = Presenter(resources, settings, run_dir, self.screen)
        self.index = 0
        self._connect()

    @property
    def frames(self) -> int:
        """That reached the screen."""
        return self.presenter.tally.counts["shown"]

    def _connect(self) -> None:
        """Until the subscription has arrived a feed sends into the void."""
        while not self.presenter.tally.counts["in"]:
            self.send_raw(b"is anybody there?")
            assert self.presenter.step()

    def send_raw(self, data: bytes) -> None:
        # libzmq learns at most once a millisecond that there is room for more.
        time.sleep(0.002)
        self._feed.send(data)

    def send(self, jpg: bytes, index: int | None = None, timestamp: int | None = None) -> None:
        self.index = self.index + 1 if index is None else index
        when = time.time_ns() // 1_000_000 if timestamp is None else timestamp
        self.send_raw(encode(Picture(when, self.index, jpg)))

    def until(self, holds: Callable[[], bool], seconds: float = 20) -> None:
        """Step until it holds; a step that wants to quit is an error here."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, (
                f"waited in vain: {dict(self.presenter.tally.counts)}"
            )
            assert self.presenter.step()

    def arrives(self, counted_as: str) -> None:
        """What was just sent arrives and is counted as this."""
        before = self.presenter.tally.counts[counted_as]
        self.until(lambda: self.presenter.tally.counts[counted_as] == before + 1)

    def bring(self, jpg: bytes) -> Pixels:
        """Send one frame and see what is on the screen then."""
        shown = self.frames
        self.send(jpg)
        self.until(lambda: self.frames > shown)
        return self.seen()

    def seen(self, after_s: float = 0) -> Pixels:
        self.presenter.draw(time.monotonic_ns() + int(after_s * 1e9))
        return self.screen.pixels()

    def press(self, key: int) -> None:
        press_key(key)


def press_key(key: int) -> None:
    event = sdl2.SDL_Event()
    event.type = sdl2.SDL_KEYDOWN
    event.key.keysym.sym = key
    assert sdl2.SDL_PushEvent(event) == 1


OpenStand = Callable[..., Stand]


@pytest.fixture(params=["software", "opengl"])
def renderer(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def offscreen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "offscreen")
    monkeypatch.setenv("SDL_RENDER_DRIVER", "software")


@pytest.fixture
def stand(offscreen: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenStand]:
    """Opens a show with these settings, once in a test."""
    with ExitStack() as resources:

        def open_stand(
            renderer: str = "software", run_dir: Path | None = None, **settings: object
        ) -> Stand:
            monkeypatch.setenv("SDL_RENDER_DRIVER", renderer)
            if renderer == "opengl" and not has_opengl():
                pytest.skip("no OpenGL here, not even on the processor")
            (port,) = free_ports(1)
            return Stand(resources, view_settings(output_port=port, **settings), run_dir)

        yield open_stand


def view_settings(**settings: object) -> PrimarySettings:
    """As written here, whatever a .env or the environment says."""
    return PrimarySettings.model_validate(
        PrimarySettings.model_construct().model_dump()
        | {"primary_hostname": "127.0.0.1"}
        | settings
    )


def has_opengl() -> bool:
    """Whether SDL can draw offscreen with OpenGL on this machine."""
    assert sdl2.SDL_VideoInit(None) == 0
    try:
        flags = sdl2.SDL_WINDOW_HIDDEN | sdl2.SDL_WINDOW_OPENGL
        window = sdl2.SDL_CreateWindow(b"", 0, 0, 64, 64, flags)
        context = sdl2.SDL_GL_CreateContext(window) if window else None
        if context:
            sdl2.SDL_GL_DeleteContext(context)
        if window:
            sdl2.SDL_DestroyWindow(window)
        return bool(context)
    finally:
        sdl2.SDL_VideoQuit()


def error(seen: Pixels, expected: Pixels) -> float:
    """Mean difference of the channel that differs most."""
    assert seen.shape == expected.shape
    return float(np.abs(seen.astype(int) - expected.astype(int)).mean(axis=(0, 1)).max())
