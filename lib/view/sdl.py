"""The one door to SDL, which ships no types: imported quietly, its failures made exceptions."""

from __future__ import annotations

import warnings
from typing import Any, NoReturn

with warnings.catch_warnings():
    # It warns that it found the library in its own wheel: that is how it is meant to be.
    warnings.simplefilter("ignore")
    import sdl2

__all__ = ["ChangedError", "ScreenError", "done", "fail", "made", "sdl2"]


class ScreenError(Exception):
    """SDL could not do what it was asked; the text holds SDL's own reason."""


class ChangedError(Exception):
    """The display is no longer what it was when the window was opened."""


def fail(what: str) -> NoReturn:
    reason = sdl2.SDL_GetError().decode(errors="replace")
    raise ScreenError(f"{what}: {reason}" if reason else what)


def done(code: int, what: str) -> None:
    """For what answers 0 when it is done."""
    if code < 0:
        fail(what)


def made(thing: Any, what: str) -> Any:
    """For what hands over a pointer."""
    if not thing:
        fail(what)
    return thing
