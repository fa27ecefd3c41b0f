"""Finds this user's desktop for a program that was not started from it.

A service starts at boot, a desktop when somebody logs in: no variable can name the desktop
beforehand, and its socket is its only sign. So the socket is searched before each attempt to open
the screen.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path

NAMES = ("WAYLAND_DISPLAY", "DISPLAY")
X_SOCKETS = Path("/tmp/.X11-unix")


class DesktopFinder:
    """Keeps the environment of this process up to date, for SDL to read."""

    def __init__(
        self,
        environment: MutableMapping[str, str] = os.environ,
        runtime: Path | None = None,
        x_sockets: Path = X_SOCKETS,
    ) -> None:
        self._environment = environment
        self._runtime = runtime or Path(
            environment.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
        )
        self._x_sockets = x_sockets
        self._named = any(environment.get(name) for name in (*NAMES, "SDL_VIDEODRIVER"))
        self._found: Mapping[str, str] = {}

    def find(self) -> None:
        """Set the variables of the desktop that exists now, unless they were given at the start."""
        if self._named:
            return
        for name in self._found:
            self._environment.pop(name, None)
        found = self._wayland() or self._x11()
        self._found = {name: text for name, text in found.items() if name not in self._environment}
        self._environment.update(self._found)

    def _wayland(self) -> dict[str, str]:
        for path in _sockets(self._runtime, "wayland-*"):
            return {"XDG_RUNTIME_DIR": str(self._runtime), "WAYLAND_DISPLAY": path.name}
        return {}

    def _x11(self) -> dict[str, str]:
        """The variables of X11, with its cookie: without the right one, as before anybody has
        logged in, X refuses connections."""
        for path in _sockets(self._x_sockets, "X*"):
            display = {"DISPLAY": f":{path.name[1:]}"}
            for cookie in (self._runtime / "gdm" / "Xauthority", Path("~/.Xauthority")):
                if (cookie := cookie.expanduser()).exists():
                    return display | {"XAUTHORITY": str(cookie)}
            return display
        return {}


def _sockets(folder: Path, pattern: str) -> Iterator[Path]:
    """The sockets that we may connect to, the lowest number first."""
    for path in sorted(folder.glob(pattern)):
        try:
            usable = stat.S_ISSOCK(path.stat().st_mode) and os.access(path, os.W_OK)
        except OSError:
            continue
        if usable:
            yield path
