"""Finds the display and keeps a window on it: full screen, or a window among others."""

from __future__ import annotations

import ctypes
import functools
import logging
import os
from contextlib import ExitStack
from typing import Any

from lib.core.geometry import Size, letterbox
from lib.view.sdl import ScreenError, done, made, sdl2

log = logging.getLogger(__name__)

# Drivers that draw into memory that is never shown. SDL takes them when there is nothing better,
# and a machine without a display would then seem to have one.
_UNSEEN = ("offscreen", "dummy", "evdev")
_HINTS = (
    (b"SDL_NO_SIGNAL_HANDLERS", b"1"),  # SIGTERM and SIGINT are handled by our process
    (b"SDL_VIDEO_MINIMIZE_ON_FOCUS_LOSS", b"0"),
    (b"SDL_APP_NAME", b"Afterimage"),
)
_WINDOW_SHARE = 0.8  # of the free desktop, for a window before anybody resizes it


def start_video(resources: ExitStack) -> str:
    """Open a display that can be seen; return the name of SDL's driver for it."""
    for name, value in _HINTS:
        sdl2.SDL_SetHint(name, value)
    resources.callback(sdl2.SDL_Quit)
    reasons = []
    for driver in _drivers():
        if sdl2.SDL_VideoInit(driver) == 0:
            break
        reasons.append(sdl2.SDL_GetError().decode(errors="replace"))
    else:
        raise ScreenError("; ".join(reasons))
    resources.callback(sdl2.SDL_VideoQuit)
    if sdl2.SDL_GetNumVideoDisplays() < 1:
        raise ScreenError("no screen is connected")
    sdl2.SDL_DisableScreenSaver()
    sdl2.SDL_ShowCursor(sdl2.SDL_DISABLE)
    return str(sdl2.SDL_GetCurrentVideoDriver().decode())


def _drivers() -> list[bytes | None]:
    """Drivers in SDL's own order; None lets SDL take the one that the environment names."""
    if os.environ.get("SDL_VIDEODRIVER"):
        return [None]
    every = [sdl2.SDL_GetVideoDriver(n) for n in range(sdl2.SDL_GetNumVideoDrivers())]
    unseen = set(_UNSEEN)
    if not os.environ.get("XDG_RUNTIME_DIR"):
        unseen.add("wayland")  # its library would complain on stderr at each try
    return [name for name in every if name.decode() not in unseen]


class Window:
    """Either borderless at the display's bounds, which fills the screen with or without a window
    manager and switches no mode; or with a frame, to be moved and resized by hand."""

    def __init__(
        self, resources: ExitStack, driver: str, monitor: int, windowed: bool, shape: Size
    ) -> None:
        self._only_full = driver == "KMSDRM"  # a console has no windows, only modes to switch
        self.full = self._only_full or not windowed
        self._shape = shape
        # A Wayland client may not place itself, but may ask for the whole screen.
        self._asks = driver == "wayland"
        self._monitor = monitor
        flags = sdl2.SDL_WINDOW_ALLOW_HIGHDPI
        if not self.full:
            flags |= sdl2.SDL_WINDOW_RESIZABLE
        elif self._asks:
            flags |= sdl2.SDL_WINDOW_FULLSCREEN_DESKTOP
        else:
            # Above a desktop's panels, which a window of this size does not cover everywhere.
            flags |= sdl2.SDL_WINDOW_BORDERLESS | sdl2.SDL_WINDOW_ALWAYS_ON_TOP
        box = self._wanted()
        handle = sdl2.SDL_CreateWindow(b"Afterimage", box.x, box.y, box.w, box.h, flags)
        self.handle = made(handle, "no window")
        resources.callback(sdl2.SDL_DestroyWindow, self.handle)
        sdl2.SDL_RaiseWindow(self.handle)
        self._driver = driver
        self._opened_on = _desktop_size(driver)

    def toggle(self) -> None:
        """Switch between full screen and a window, on the display it is on."""
        if self._only_full:
            return
        self._monitor = max(0, sdl2.SDL_GetWindowDisplayIndex(self.handle))
        self.full = not self.full
        self.place()

    def place(self) -> None:
        """Put it where it belongs, also after a display was added, removed or resized."""
        if self._asks:
            mode = sdl2.SDL_WINDOW_FULLSCREEN_DESKTOP if self.full else 0
            done(sdl2.SDL_SetWindowFullscreen(self.handle, mode), "no full screen")
            return
        full, framed = (
            (sdl2.SDL_TRUE, sdl2.SDL_FALSE) if self.full else (sdl2.SDL_FALSE, sdl2.SDL_TRUE)
        )
        box = self._wanted()
        sdl2.SDL_SetWindowBordered(self.handle, framed)
        sdl2.SDL_SetWindowResizable(self.handle, framed)
        sdl2.SDL_SetWindowAlwaysOnTop(self.handle, full)
        sdl2.SDL_SetWindowSize(self.handle, box.w, box.h)
        sdl2.SDL_SetWindowPosition(self.handle, box.x, box.y)
        sdl2.SDL_RaiseWindow(self.handle)

    def has_moved(self) -> bool:
        """Whether the display's size has changed since the window was opened: a projector was
        switched on late, or somebody set a mode. The window would be cut off, or leave parts of
        the desktop visible around it."""
        return self.full and _desktop_size(self._driver) != self._opened_on

    def refresh_hz(self) -> int:
        """The refresh rate of the display it is on; 60 if the display does not report one."""
        mode = sdl2.SDL_DisplayMode()
        display = max(0, sdl2.SDL_GetWindowDisplayIndex(self.handle))
        if sdl2.SDL_GetCurrentDisplayMode(display, mode) < 0:
            return 60
        return int(mode.refresh_rate) or 60

    def _wanted(self) -> Any:
        monitor = self._monitor
        if monitor >= sdl2.SDL_GetNumVideoDisplays():
            log.warning("there is no monitor %d, so the picture is on monitor 0", monitor)
            monitor = 0
        box = sdl2.SDL_Rect()
        if self.full:
            done(sdl2.SDL_GetDisplayBounds(monitor, box), "the display has no size")
            return box
        done(sdl2.SDL_GetDisplayUsableBounds(monitor, box), "the display has no size")
        free = Size(int(box.w * _WINDOW_SHARE), int(box.h * _WINDOW_SHARE))
        fitted = letterbox(self._shape, free)
        x, y = box.x + (box.w - fitted.width) // 2, box.y + (box.h - fitted.height) // 2
        return sdl2.SDL_Rect(x, y, fitted.width, fitted.height)


@functools.cache
def _x11() -> Any:
    """A connection to X11, to ask for its geometry. It is kept for the life of the process: an X
    server without a window manager resets itself, its mode included, when its last connection
    closes."""
    try:
        library = ctypes.CDLL("libX11.so.6")
    except OSError:
        return None
    library.XOpenDisplay.restype = ctypes.c_void_p
    library.XDefaultRootWindow.restype = ctypes.c_ulong
    display = ctypes.c_void_p(library.XOpenDisplay(None))
    if not display:
        return None
    root = ctypes.c_ulong(library.XDefaultRootWindow(display))
    return functools.partial(library.XGetGeometry, display, root)


def _desktop_size(driver: str) -> Size | None:
    """The size of all monitors together, or None where a full screen follows its display
    automatically. SDL asks X11 only once, when it starts, and reports no changes."""
    ask = _x11() if driver == "x11" else None
    if ask is None:
        return None
    root, x, y = ctypes.c_ulong(), ctypes.c_int(), ctypes.c_int()
    width, height, border, depth = (ctypes.c_uint() for _ in range(4))
    answers = (root, x, y, width, height, border, depth)
    if not ask(*(ctypes.byref(answer) for answer in answers)):
        return None
    return Size(width.value, height.value)
