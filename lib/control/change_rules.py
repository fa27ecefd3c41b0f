"""What this show allows beyond the table of controls: its own bounds, and what is confirmed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from lib.config.controls import RefusedError, UnconfirmedError, Value, is_exposing
from lib.config.data_folder import find_in
from lib.config.params import Played
from lib.config.settings import PrimarySettings
from lib.control.journal import Origin
from lib.core.geometry import parse_size
from lib.core.second_press import WITHIN_NS, SecondPress
from lib.prompts.policy import PromptRequest

LONGEST_GLIDE_MS = 600_000
CONFIRM = (
    "passthrough puts the source itself on the wall: ask once more within "
    f"{WITHIN_NS // 1_000_000_000} s to confirm"
)
STAYS_OFF = "passthrough stays off: only its own switch puts the source itself on the wall"


@dataclass(frozen=True)
class ChangeRequest:
    """A requested change: its origin, its name in the journal, and how it is to be made."""

    by: Origin
    action: str
    prompts: PromptRequest
    glide_ms: int | None = None
    sure: bool = False  # it was confirmed where it was asked for


class ChangeRules:
    """Used under no lock: two threads that ask at once for the same are two requests."""

    def __init__(self, settings: PrimarySettings) -> None:
        self._data_dir = settings.data_dir
        self._max_prompt, self._max_side = settings.max_prompt, settings.max_side
        self._asked = SecondPress()

    def check(self, fields: Mapping[str, Value], played: Played, asked: ChangeRequest) -> None:
        """RefusedError says in a sentence what is wrong with it."""
        check_glide(asked.glide_ms)
        self._check_bounds(fields)
        self._check_folder(fields, asked)
        if exposes(fields, played) and not (asked.sure or self._confirms(asked.by)):
            raise UnconfirmedError(CONFIRM)

    def _confirms(self, by: Origin) -> bool:
        return self._asked.confirms(by, time.monotonic_ns())

    def _check_bounds(self, fields: Mapping[str, Value]) -> None:
        """Check the limits of this show's settings, which are tighter than the table's."""
        for name in ("prompt", "prompt2"):
            length = len(str(fields.get(name, "")))
            if length > self._max_prompt:
                reason = f"{name} must be at most {self._max_prompt} characters, not {length}"
                raise RefusedError(reason)
        size = fields.get("resolution")
        if size is not None and max(parse_size(str(size))) > self._max_side:
            raise RefusedError(f"resolution may have {self._max_side} a side here, not {size}")

    def _check_folder(self, fields: Mapping[str, Value], asked: ChangeRequest) -> None:
        """Refuse a missing folder to the client that asks for it. If a cue names one, the stream
        warns of it and plays on."""
        name = fields.get("directory")
        if not name or asked.prompts.partly:
            return
        try:
            find_in(self._data_dir, str(name))
        except ValueError as error:
            raise RefusedError(str(error)) from error


def exposes(fields: Mapping[str, Value], played: Played) -> bool:
    """Whether it puts the source itself on the wall."""
    return bool(fields.get("passthrough")) and not played.passthrough


def unexposing(fields: Mapping[str, Value]) -> dict[str, Value]:
    """What a preset may play: nothing that only a person puts on the wall, on purpose."""
    return {name: value for name, value in fields.items() if not is_exposing(name, value)}


def check_glide(glide_ms: int | None) -> None:
    if glide_ms is not None and not 0 <= glide_ms <= LONGEST_GLIDE_MS:
        raise RefusedError(f"a glide takes 0 to {LONGEST_GLIDE_MS} ms")
