"""Prints as JSON which screens SDL reaches here, in a process of its own: a driver can hang.

python -m lib.view.screens
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from typing import Any

from lib.view.sdl import ScreenError, sdl2
from lib.view.window import start_video


def found() -> dict[str, Any]:
    with ExitStack() as resources:
        try:
            driver = start_video(resources)
        except ScreenError as error:
            return {"trouble": str(error)}
        return {"driver": driver, "screens": [_screen(n) for n in range(_number())]}


def _number() -> int:
    return max(0, int(sdl2.SDL_GetNumVideoDisplays()))


def _screen(number: int) -> dict[str, Any]:
    mode = sdl2.SDL_DisplayMode()
    known = sdl2.SDL_GetDesktopDisplayMode(number, mode) == 0
    name = sdl2.SDL_GetDisplayName(number) or b""
    width, height, hz = (mode.w, mode.h, mode.refresh_rate) if known else (0, 0, 0)
    return {"name": name.decode(errors="replace"), "width": width, "height": height, "hz": hz}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(found()) + "\n")
