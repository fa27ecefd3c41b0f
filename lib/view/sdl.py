"""The only import of SDL, which ships no types. Its failures become exceptions here."""

from __future__ import annotations

import warnings
from typing import Any, NoReturn

with warnings.catch_warnings():
    # It warns that it uses the library of its own wheel, which is intended.
    warnings.simplefilter("ignore")
    import sdl2

__all__ = ["ChangedError", "ScreenError", "done", "fail", "made", "sdl2"]


class ScreenError(Exception):
    """An SDL call failed; the text holds SDL's own reason."""


class ChangedError(Exception):
    """The display is no longer what it was when the window was opened."""


def fail(what: str) -> NoReturn:
    reason = sdl2.SDL_GetError().decode(errors="replace")
    raise ScreenError(f"{what}: {reason}" if reason else what)


def done(code: int, what: str) -> None:
    """Check a call that returns 0 on success."""
    if code < 0:
        fail(what)


def made(thing: Any, what: str) -> Any:
    """Check a call that returns a pointer."""
    if not thing:
        fail(what)
    return thing
