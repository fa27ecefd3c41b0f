"""Plays prompts that are checked first, which takes seconds, away from the server's thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

from lib.config.controls import RefusedError
from lib.control.session import Session

T = TypeVar("T")
MOST_AT_ONCE = 16  # prompts being checked; each takes five seconds at most


class PromptChecks:
    """Plays changes with prompts on threads for which the server does not wait when it ends."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._busy: set[asyncio.Future[Any]] = set()

    def are_needed(self, change: object) -> bool:
        """Whether a change has a prompt in it and prompts are checked."""
        return isinstance(change, dict) and self._session.may_take_long(change)

    async def run(self, work: Callable[[], T]) -> T:
        if len(self._busy) >= MOST_AT_ONCE:
            raise RefusedError(f"{MOST_AT_ONCE} prompts are being checked; try again in a moment")
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
        threading.Thread(target=do, name="prompts", daemon=True).start()
        return await asyncio.shield(done)

    def close(self) -> None:
        """Answer all that wait at once, because the server ends."""
        for one in tuple(self._busy):
            if not one.done():
                one.set_exception(RefusedError("the show ended while this was checked"))
