"""Work that may take seconds, away from the one thread that serves everybody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from lib.control.desk import Desk
from lib.control.params_table import RefusedError

T = TypeVar("T")
MOST_AT_ONCE = 16  # texts that are looked at; each takes five seconds at most
WORDED = {"prompt", "prompt2"}


class Aside:
    """Threads of their own that nobody waits for when the server ends."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._busy = 0

    def is_needed(self, change: object) -> bool:
        """Only for a change with words in it, and only when these are looked at."""
        return (
            self._desk.looks_at_words and isinstance(change, dict) and bool(WORDED & change.keys())
        )

    async def run(self, work: Callable[[], T]) -> T:
        if self._busy >= MOST_AT_ONCE:
            raise RefusedError(f"{MOST_AT_ONCE} prompts are being looked at; try again in a moment")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def do() -> None:
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 # raised again where it is waited for
                _tell(loop, done.set_exception, error)
            else:
                _tell(loop, done.set_result, result)

        self._busy += 1
        done.add_done_callback(lambda _: self._finish())
        threading.Thread(target=do, name="words", daemon=True).start()
        return await asyncio.shield(done)

    def _finish(self) -> None:
        self._busy -= 1


def _tell(loop: asyncio.AbstractEventLoop, tell: Callable[[T], None], what: T) -> None:
    with suppress(RuntimeError):  # the server has ended meanwhile
        loop.call_soon_threadsafe(tell, what)
