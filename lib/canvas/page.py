"""One page that looks at a map, as its room and its connection see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from starlette.websockets import WebSocket

from lib.canvas.store import MapRow
from lib.http.bodies import JsonObject, write_json
from lib.http.outbox import Outbox, frame_of

LAST_WORDS_S = 1.0


class CanvasPage(Outbox):
    """`who` tells the connections of one map's people apart."""

    def __init__(
        self,
        socket: WebSocket,
        who: int,
        person: str,
        operator: bool,
        map_facts: Callable[[CanvasPage], JsonObject],
    ) -> None:
        super().__init__(socket)
        self.who, self.person, self.operator = who, person, operator
        # Of the show's page and of signals', where it may be shown the wall.
        self.live_port = self.signals_port = 0
        self.client, self.known_as = "", ""
        self.row: MapRow | None = None  # the map that it is on, as it was when it came
        self.over = asyncio.Event()
        self._map_facts = map_facts

    def say(self, told: JsonObject) -> None:
        text = write_json(told)
        self.put(text, frame_of(text))

    def finish(self, told: JsonObject) -> None:
        """The last that it is told."""
        self.say(told)
        self.over.set()

    async def flush(self) -> None:
        """Wait until what it is told is sent, or the page does not read."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                while self._texts and not self.was_let_go:
                    await asyncio.sleep(0.01)

    def map_facts(self) -> JsonObject:
        return self._map_facts(self)

    def you(self) -> JsonObject:
        return {"person": self.person, "name": self.known_as, "operator": self.operator,
                "wall": self.operator, "draws": bool(self.person)}  # fmt: skip


def tell_all(pages: Iterable[CanvasPage], told: JsonObject) -> None:
    """Each the same bytes, which are made once."""
    text = write_json(told)
    frame = frame_of(text)
    for page in tuple(pages):
        page.put(text, frame)
