"""The parameters as they stand. Every change gets a number, and the highest number wins."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pydantic import ValidationError

from lib.config.cli import sentence
from lib.config.params import Played
from lib.control.params_table import RefusedError
from lib.wire.messages import Change


class Board:
    """Holds what is played. Any thread may change them: all of a change or nothing of it.

    A board that starts while the stream still runs takes over what the stream plays; what was
    changed here before it learned of that stands on top.
    """

    def __init__(
        self, first: Played | None = None, on_change: Callable[[], None] = lambda: None
    ) -> None:
        self._lock = threading.Lock()
        self._params = self._first = first or Played()
        self._number = 0
        self._mine: dict[str, object] = {}
        self._on_change = on_change

    @property
    def params(self) -> Played:
        return self._params

    @property
    def number(self) -> int:
        return self._number

    def message(self) -> Change:
        with self._lock:
            return Change(self._number, self._params.model_dump())

    def change(self, **change: object) -> Played:
        """What is played now; RefusedError, and nothing changed, if one value is not allowed."""
        with self._lock:
            params = self._changed(self._params, change)
            self._params = params
            self._number += 1
            self._mine |= change
        self._on_change()
        return params

    def adopt(self, known: Change) -> bool:
        """Take over what somebody else knows to be newer than ours; False if it is not."""
        with self._lock:
            if known.number <= self._number:
                return False
            params = self._changed(self._first, dict(known.params))
            self._params = self._changed(params, self._mine)
            self._number = known.number + (1 if self._mine else 0)
        self._on_change()
        return True

    @staticmethod
    def _changed(params: Played, change: dict[str, object]) -> Played:
        try:
            return params.changed(**change)
        except ValidationError as error:
            raise RefusedError("; ".join(sentence(one) for one in error.errors())) from error
