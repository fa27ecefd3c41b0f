"""Work that takes seconds, away from the server's thread, on threads that no end waits for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

T = TypeVar("T")


class AwayWork:
    """So much of it at once; beyond that, and when the server ends, `refuse` makes the answer."""

    def __init__(self, most: int, name: str, refuse: Callable[[str], Exception]) -> None:
        self._most, self._name, self._refuse = most, name, refuse
        self._busy: set[asyncio.Future[Any]] = set()

    async def run(self, work: Callable[[], T]) -> T:
        if len(self._busy) >= self._most:
            raise self._refuse(
                f"{self._most} {self._name} are being checked; try again in a moment"
            )
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: Exception | None) -> None:
            if done.done():  # the request has been answered already
                return
            if error:
                done.set_exception(error)
            else:
                done.set_result(cast("T", result))

        def do() -> None:
            try:
                outcome: tuple[T | None, Exception | None] = (work(), None)
            except Exception as error:  # noqa: BLE001 # raised again where it is waited for
                outcome = (None, error)
            with suppress(RuntimeError):  # the server has ended meanwhile
                loop.call_soon_threadsafe(settle, *outcome)

        self._busy.add(done)
        done.add_done_callback(self._busy.discard)
        threading.Thread(target=do, name=self._name, daemon=True).start()
        return await asyncio.shield(done)

    def close(self) -> None:
        """Answer all that wait at once, because the server ends."""
        for one in tuple(self._busy):
            if not one.done():
                one.set_exception(self._refuse("the show ended before this was done"))
