"""Suggests how a line may go on: commands, values, presets. It asks no host and never waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lib.chat.commands import COMMANDS
from lib.config.controls import CONTROLS
from lib.core.cues import CUE_ACTIONS


class Suggestion(NamedTuple):
    """A text to go on with, how many characters of the line it replaces, and a word on it."""

    text: str
    replaces: int
    about: str


def suggestions(line: str, presets: Sequence[str]) -> list[Suggestion]:
    if not line.startswith("/"):
        return []
    name, space, typed = line[1:].partition(" ")
    if not space:
        known = {one.name: one.help for one in CONTROLS.values()}
        known |= {key: command.help for key, command in COMMANDS.items()}
        return _matching({f"/{key}": about for key, about in known.items()}, line)
    return _matching(_values(name, presets), typed.lstrip())


def _values(name: str, presets: Sequence[str]) -> dict[str, str]:
    """What may stand behind this command, and a word on each."""
    control = CONTROLS.get(name)
    if control and control.kind is bool:
        return dict.fromkeys(("on", "off"), control.help)
    known: dict[str, Sequence[str]] = {
        "preset": presets,
        "save": presets,
        "delete": presets,
        "rename": presets,
        "safe": ("set", "reset"),
        "cue": CUE_ACTIONS,
        "help": [*CONTROLS, *COMMANDS],
    }
    return dict.fromkeys(known.get(name, ()), "")


def _matching(known: dict[str, str], typed: str) -> list[Suggestion]:
    return [
        Suggestion(text, len(typed), about)
        for text, about in known.items()
        if text.casefold().startswith(typed.casefold()) and text != typed
    ]
