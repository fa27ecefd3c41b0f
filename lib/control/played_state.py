"""The state that is played now. Every change gets a number, and the highest number wins."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from lib.config.controls import Value
from lib.config.params import Played
from lib.wire.messages import Change


class StateChange(NamedTuple):
    """One change: the state before and after it, and the number of the latter."""

    number: int
    before: Played
    after: Played


class PlayedState:
    """The only owner of what is played. Any thread may change it: a change is made as a whole or
    not at all.

    A control process that starts while the stream still runs takes over what the stream plays;
    changes made here before that are applied on top. Values are validated before they come here:
    where text becomes a value (lib/config/controls.py), or bytes a message (lib/wire/messages.py).
    """

    def __init__(self, first: Played | None = None) -> None:
        self._lock = threading.Lock()
        self._played = self.first = first or Played()
        self._number = 0
        self._glide_ms: int | None = None
        self._mine: dict[str, Value] = {}
        self._changed_ns: dict[str, int] = {}
        self._watchers: tuple[Callable[[], None], ...] = ()

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` after each change, on the thread that made it; it must return at once."""
        self._watchers = (*self._watchers, changed)

    @property
    def played(self) -> Played:
        return self._played

    @property
    def number(self) -> int:
        return self._number

    def message(self) -> Change:
        with self._lock:
            played = self._played.model_dump()
            return Change(self._number, played, self._glide_ms, dict(self._changed_ns))

    def change(self, fields: Mapping[str, Value], glide_ms: int | None = None) -> StateChange:
        with self._lock:
            before, self._played = self._played, self._played.model_copy(update=dict(fields))
            self._number += 1
            self._glide_ms = glide_ms
            self._mine |= fields
            new = [name for name in fields if getattr(before, name) != fields[name]]
            self._changed_ns |= dict.fromkeys(new, time.monotonic_ns())
            moved = StateChange(self._number, before, self._played)
        self._tell()
        return moved

    def adopt(
        self, number: int, played: Played, instead: Mapping[str, Value] | None = None
    ) -> StateChange | None:
        """Take over a newer state that another process knows, with the values in `instead` in it
        replaced; None if it is not newer."""
        with self._lock:
            on_top = {**(instead or {}), **self._mine}
            if number + bool(instead) <= self._number:
                return None
            before, self._played = self._played, played.model_copy(update=on_top)
            self._number = number + (1 if on_top else 0)
            self._glide_ms = None
            moved = StateChange(self._number, before, self._played)
        self._tell()
        return moved

    def _tell(self) -> None:
        for changed in self._watchers:
            changed()
