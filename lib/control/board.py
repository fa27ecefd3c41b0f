"""What is played, as it stands. Every change gets a number, and the highest number wins."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import NamedTuple

from pydantic import ValidationError

from lib.config.controls import RefusedError
from lib.config.params import Played
from lib.config.sentences import sentence
from lib.wire.messages import Change


class Moved(NamedTuple):
    """One step of the board: what was played, what is, and the number of that."""

    number: int
    before: Played
    after: Played


class Board:
    """Holds what is played. Any thread may change it: all of a change or nothing of it.

    A board that starts while the stream still runs takes over what the stream plays; what was
    changed here before it learned of that stands on top.
    """

    def __init__(
        self, first: Played | None = None, on_change: Callable[[], None] = lambda: None
    ) -> None:
        self._lock = threading.Lock()
        self._played = self.first = first or Played()
        self._number = 0
        self._glide_ms: int | None = None
        self._mine: dict[str, object] = {}
        self._on_change = on_change

    @property
    def played(self) -> Played:
        return self._played

    @property
    def number(self) -> int:
        return self._number

    def message(self) -> Change:
        with self._lock:
            return Change(self._number, self._played.model_dump(), self._glide_ms)

    def change(self, change: Mapping[str, object], glide_ms: int | None = None) -> Moved:
        """By field; RefusedError, and nothing changed, if one value is not allowed."""
        with self._lock:
            before, self._played = self._played, _changed(self._played, change)
            self._number += 1
            self._glide_ms = glide_ms
            self._mine |= change
            moved = Moved(self._number, before, self._played)
        self._on_change()
        return moved

    def adopt(self, known: Change) -> Moved | None:
        """Take over what somebody else knows to be newer than ours; None if it is not."""
        with self._lock:
            if known.number <= self._number:
                return None
            played = _changed(self.first, known.params)
            before, self._played = self._played, _changed(played, self._mine)
            self._number = known.number + (1 if self._mine else 0)
            self._glide_ms = None
            moved = Moved(self._number, before, self._played)
        self._on_change()
        return moved


def _changed(played: Played, change: Mapping[str, object]) -> Played:
    try:
        return played.changed(**change)
    except ValidationError as error:
        raise RefusedError("; ".join(sentence(one) for one in error.errors())) from error
