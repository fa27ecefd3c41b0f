"""Where everybody's pointer is, and what is being dragged: told together, kept nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from lib.canvas.page import CanvasPage, tell_all
from lib.http.bodies import JsonObject

TELL_S = 0.05
MOST_DRAGGED = 200  # nodes of one hand


class Presence:
    """Used on the loop's thread."""

    def __init__(self, pages: set[CanvasPage], may_move: Callable[[CanvasPage, str], bool]) -> None:
        self._pages, self._may_move = pages, may_move
        self._changed: dict[int, JsonObject] = {}
        self._timer: asyncio.TimerHandle | None = None

    def cursor(self, page: CanvasPage, at: list[float] | None) -> None:
        self._note(page, "cursor", at)

    def drag(self, page: CanvasPage, nodes: Mapping[str, list[float]]) -> None:
        """What is not this person's to move is left out."""
        moved = {node: at for node, at in nodes.items() if self._may_move(page, node)}
        self._note(page, "drag", moved)

    def left(self, page: CanvasPage) -> None:
        self._note(page, "cursor", None)
        self._note(page, "drag", {})

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _note(self, page: CanvasPage, what: str, value: Any) -> None:
        self._changed.setdefault(page.who, {})[what] = value
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TELL_S, self._tell)

    def _tell(self) -> None:
        """The newest of each; a page knows its own, so alone it is told nothing."""
        self._timer = None
        changed, self._changed = self._changed, {}
        told: JsonObject = {
            "what": "presence",
            "people": {str(who): one for who, one in changed.items()},
        }
        tell_all((one for one in self._pages if one.who not in changed or len(changed) > 1), told)
