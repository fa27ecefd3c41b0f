"""One client that waits for one job: progress as the newest, pictures and its end each once."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NamedTuple

from lib.core.still import StillState
from lib.stills.service.running import HowFar

ENDS = frozenset({StillState.DONE, StillState.FAILED, StillState.CANCELLED})
CLOSING = "closing"  # the service ends


class JobNews(NamedTuple):
    """`what` is progress, closing, or what the ledger's event says: a state, or sample N."""

    what: str
    how_far: HowFar = HowFar()

    @property
    def is_last(self) -> bool:
        return self.what in ENDS or self.what == CLOSING


class JobWatch:
    """Used on the event loop's thread. A job has few events that are no progress, so the queue of
    them needs no bound."""

    def __init__(self, job: str) -> None:
        self.job = job
        self._events: deque[JobNews] = deque()
        self._progress: JobNews | None = None
        self._came = asyncio.Event()

    def put(self, what: str) -> None:
        self._events.append(JobNews(what))
        self._came.set()

    def move(self, how_far: HowFar) -> None:
        self._progress = JobNews("progress", how_far)
        self._came.set()

    async def next(self) -> JobNews:
        """The next that happens. Progress that is older than a picture comes before it."""
        await self._came.wait()
        news, self._progress = self._progress, None
        news = news or self._events.popleft()
        if not self._events and self._progress is None:
            self._came.clear()
        return news

    async def end(self) -> JobNews:
        while not (news := await self.next()).is_last:
            pass
        return news
