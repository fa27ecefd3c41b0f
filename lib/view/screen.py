"""The screen: a window, a renderer, and the keys pressed in it."""

from __future__ import annotations

import ctypes
import logging
import os
import time
from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np

from lib.config.settings import PrimarySettings
from lib.core.geometry import Box, Size, letterbox
from lib.core.pixels import Pixels
from lib.core.refresh import Refresh
from lib.view.sdl import ChangedError, ScreenError, done, made, sdl2
from lib.view.texture import Texture
from lib.view.window import Window, start_video

log = logging.getLogger(__name__)

# OpenGL drivers that compute on the CPU. For one scaled picture SDL's own renderer costs a quarter
# as much: 5 against 21 ms of CPU for 512x512 on 1920x1080, on the cores that the show needs.
_ON_PROCESSOR = ("llvmpipe", "softpipe", "software rasterizer", "swiftshader")
_GL_RENDERER = 0x1F01
_CHECK_NS = 1_000_000_000  # between two checks of the display's size
# With vsync, slightly slower than the display, so that its queue stays empty; without vsync there
# is no queue, and the limit only keeps from drawing what the display could never show.
_PACE_VSYNC, _PACE_FREE = 0.995, 1.1


class ScreenEvents(NamedTuple):
    """What people and the display did since the last poll."""

    quit: bool = False
    overlay: bool = False  # the overlay is to be switched on or off
    repaint: bool = False


class Screen:
    """All its methods are called on the thread that made it."""

    def __init__(self, resources: ExitStack, settings: PrimarySettings) -> None:
        driver = start_video(resources)
        self._window = Window(resources, driver, settings.monitor, settings.windowed, settings.size)
        self._renderer = _open_renderer(resources, self._window.handle, driver)
        # A JPEG holds full range BT.601; SDL would assume the limited range of television.
        sdl2.SDL_SetYUVConversionMode(sdl2.surface.SDL_YUV_CONVERSION_JPEG)
        info = sdl2.SDL_RendererInfo()
        done(sdl2.SDL_GetRendererInfo(self._renderer, info), "the renderer says nothing")
        self.largest = min(info.max_texture_width or 4096, info.max_texture_height or 4096, 4096)
        vsync = _start_vsync(info.name)
        hz = self._window.refresh_hz()
        self.refresh = Refresh(int(1e9 / hz / (_PACE_VSYNC if vsync else _PACE_FREE)))
        where = "over" if self._window.full else "in a window of"
        drawn = f"{info.name.decode()}, {hz} Hz, vsync {'on' if vsync else 'off'}"
        self.about = f"{where} {self.size}: {driver}, {drawn}"
        self._check_ns = 0
        self._pad = settings.pad
        self.picture = Texture(self._renderer, settings.mirror)
        self.slate = Texture(self._renderer)  # never mirrored, since it may hold text
        self.overlay = Texture(self._renderer)
        for texture in (self.picture, self.slate, self.overlay):
            resources.callback(texture.close)
        self.draw(0.0, overlay=False)
        self.present()

    @property
    def size(self) -> Size:
        """The size in pixels of the display."""
        width, height = ctypes.c_int(), ctypes.c_int()
        code = sdl2.SDL_GetRendererOutputSize(self._renderer, width, height)
        done(code, "the window has no size")
        return Size(width.value, height.value)

    def draw(self, opacity: float, overlay: bool, light: float = 1.0) -> None:
        """Draw the picture at this opacity on black, or on the slate, which is added to it: where
        only one of the two covers the screen, it fades from and to black. `light` dims both, but
        not the overlay, which has to stay readable."""
        size = self.size
        done(sdl2.SDL_SetRenderDrawColor(self._renderer, 0, 0, 0, 255), "no black")
        done(sdl2.SDL_RenderClear(self._renderer), "the screen cannot be cleared")
        if self.picture.size:
            box = letterbox(self.picture.size, size, self._pad)
            self.picture.draw(box, light * opacity, sdl2.SDL_BLENDMODE_NONE)
        if self.slate.size:
            box = letterbox(self.slate.size, size, self._pad)
            self.slate.draw(box, light * (1 - opacity), sdl2.SDL_BLENDMODE_ADD)
        if overlay and self.overlay.size:
            margin = size.height // 40
            box = Box(margin, margin, *self.overlay.size)
            self.overlay.draw(box, 1.0, sdl2.SDL_BLENDMODE_BLEND)

    @property
    def hidden(self) -> bool:
        """Whether it should fill the screen but is hidden. A window may be minimised on purpose."""
        flags = sdl2.SDL_GetWindowFlags(self._window.handle)
        away = sdl2.SDL_WINDOW_HIDDEN | sdl2.SDL_WINDOW_MINIMIZED
        return self._window.full and bool(flags & away)

    def present(self) -> None:
        sdl2.SDL_RenderPresent(self._renderer)

    def pixels(self) -> Pixels:
        """The pixels drawn and not yet presented, height x width x 3."""
        size = self.size
        pixels = np.empty((size.height, size.width, 3), np.uint8)
        code = sdl2.SDL_RenderReadPixels(
            self._renderer,
            None,
            sdl2.SDL_PIXELFORMAT_RGB24,
            pixels.ctypes.data,
            pixels.strides[0],
        )
        done(code, "the screen cannot be read")
        return pixels

    def poll_events(self) -> ScreenEvents:
        """Take all events since the last call."""
        now_ns = time.monotonic_ns()
        if now_ns >= self._check_ns:
            self._check_ns = now_ns + _CHECK_NS
            if self._window.has_moved():
                raise ChangedError("the display has another size")
        event = sdl2.SDL_Event()
        wants_quit = overlay = repaint = False
        while sdl2.SDL_PollEvent(event):
            if event.type == sdl2.SDL_KEYDOWN and not event.key.repeat:
                key = event.key.keysym.sym
                wants_quit |= key in (sdl2.SDLK_q, sdl2.SDLK_ESCAPE)
                overlay ^= key == sdl2.SDLK_d
                if key == sdl2.SDLK_f:
                    self._window.toggle()
                    repaint = True
            elif event.type == sdl2.SDL_WINDOWEVENT:
                repaint = True
                wants_quit |= event.window.event == sdl2.SDL_WINDOWEVENT_CLOSE
            elif event.type == sdl2.SDL_DISPLAYEVENT and self._window.full:
                self._window.place()
            elif event.type == sdl2.SDL_QUIT and not wants_quit:
                # The window was not closed, so it is the display that ended.
                raise ScreenError("the display is gone")
        return ScreenEvents(wants_quit, overlay, repaint)


def _open_renderer(resources: ExitStack, window: Any, driver: str) -> Any:
    """A renderer on the graphics card if there is one, else SDL's own on the CPU."""
    chosen = bool(os.environ.get("SDL_RENDER_DRIVER"))  # the user's choice goes first
    accelerated = 0 if chosen else sdl2.SDL_RENDERER_ACCELERATED
    renderer = sdl2.SDL_CreateRenderer(window, -1, accelerated)
    if renderer and not chosen and driver in ("x11", "offscreen") and _is_on_processor():
        sdl2.SDL_DestroyRenderer(renderer)
        renderer = None
    if not renderer and not chosen:
        if driver in ("x11", "offscreen"):  # SDL would use OpenGL here, too
            sdl2.SDL_SetHint(b"SDL_FRAMEBUFFER_ACCELERATION", b"0")
        renderer = sdl2.SDL_CreateRenderer(window, -1, sdl2.SDL_RENDERER_SOFTWARE)
    resources.callback(sdl2.SDL_DestroyRenderer, made(renderer, "nothing that draws"))
    return renderer


def _is_on_processor() -> bool:
    address = sdl2.SDL_GL_GetProcAddress(b"glGetString")
    if not address:
        return False
    get_string = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_uint)(address)
    name = (get_string(_GL_RENDERER) or b"").decode(errors="replace").lower()
    return any(known in name for known in _ON_PROCESSOR)


def _start_vsync(renderer_name: bytes) -> bool:
    """Start vsync, which prevents tearing; `Refresh` keeps frames from queueing. It is set on the
    buffer swap, because SDL would replace a missing vsync by sleeping, which only makes frames
    late."""
    if not renderer_name.startswith(b"opengl"):
        return False
    return bool(sdl2.SDL_GL_SetSwapInterval(1) == 0)
