"""What the addresses of the service use, and what several of them do alike."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from fastapi import HTTPException, Request
from starlette.requests import HTTPConnection

from lib.config.controls import RefusedError
from lib.config.settings import PrimarySettings
from lib.core.still_workers import StillRoster, StillWorker
from lib.http.away import AwayWork
from lib.http.bodies import MEGABYTE, too_long
from lib.pictures.decoder import decode_file
from lib.stills.ledger.room import HOUR_NS
from lib.stills.service.claims import Claims
from lib.stills.service.events import EventHub
from lib.stills.service.ledgers import Ledgers
from lib.stills.service.map_locks import MapLocks
from lib.stills.service.people import has_own_key, is_operator, key_of, owner_of
from lib.stills.service.prompts import StillPrompts
from lib.stills.service.running import RunningStills
from lib.stills.service.views import Viewer

T = TypeVar("T")
MOST_TO_WALL = 8
MOST_HELD = 4  # of the largest bodies at once, in memory


class LoopLink:
    """Knows the loop from the first request on: before it, nobody waits to be told."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def note(self) -> None:
        self._loop = asyncio.get_running_loop()

    def call(self, work: Callable[[], None]) -> None:
        if self._loop:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(work)


class PictureWork:
    """Decodes on one thread: what several large pictures take at once would be the machine's."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "pictures")

    async def run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


class UnfitPictureError(RefusedError):
    """A picture that was judged and is not to be shown."""


class PictureJudge:
    """Judges pictures as the wall's are; onnxruntime is loaded only where that is asked for."""

    def __init__(self, most: float) -> None:
        from lib.engine.picture_safety import SafetyClassifier  # noqa: PLC0415 - see above

        self._classifier, self._most = SafetyClassifier(), most

    def check(self, data: bytes) -> None:
        """On the thread of pictures."""
        # False for a score that is not a number, which is not safe.
        if not self._classifier.score(decode_file(data)) <= self._most:
            raise UnfitPictureError("the picture was judged unfit to be shown")


class TooLongError(HTTPException):
    def __init__(self, longest: int) -> None:
        super().__init__(413, too_long(longest))

    def __str__(self) -> str:
        return self.detail


@dataclass
class BodyRoom:
    """Bounds what bodies take together while they are read and used, whoever sends them."""

    most: int
    held: int = field(default=0)

    @asynccontextmanager
    async def body(self, request: Request, longest: int) -> AsyncIterator[bytes]:
        """A body, up to `longest` bytes; it counts until the end of the `with`."""
        body = bytearray()
        try:
            async for part in request.stream():
                if len(body) + len(part) > longest:
                    raise TooLongError(longest)
                if self.held + len(part) > self.most:
                    raise HTTPException(
                        503, "too many pictures come at once; try again in a moment"
                    )
                body += part
                self.held += len(part)
            yield bytes(body)
        finally:
            self.held -= len(body)

    async def read(self, request: Request, longest: int) -> bytes:
        """One that is parsed at once."""
        async with self.body(request, longest) as body:
            return body


class ServiceCounts(NamedTuple):
    """What the ledgers hold."""

    jobs: Mapping[tuple[str, str], int]  # by state and lane
    oldest_s: float  # that the oldest waits
    took_s: float  # for the ledger to say so
    kept_bytes: int
    free_bytes: int


@dataclass(frozen=True)
class StillParts:
    settings: PrimarySettings
    ledgers: Ledgers
    roster: StillRoster
    progress: RunningStills
    claims: Claims
    hub: EventHub
    prompts: StillPrompts
    decoding: PictureWork
    bodies: BodyRoom
    judge: PictureJudge | None  # where PICTURE_SAFETY is set
    folder: Path  # of the ledger
    wall: AwayWork
    locks: MapLocks
    link: LoopLink = field(default_factory=LoopLink)
    run_dir: Path | None = None  # where the other processes of the show are met
    # What keeps a port of an older protocol from opening, for the page of the show; None: nothing.
    note_trouble: Callable[[str | None], None] = lambda _: None
    # What is served beside stills counts, by the metric's name: what it is, and how many.
    tallies: dict[str, tuple[str, Callable[[], int]]] = field(default_factory=dict)
    # Called on the loop when another service may have changed a map.
    map_listeners: set[Callable[[], None]] = field(default_factory=set)
    end: Callable[[], None] | None = None  # ends the process, which serves one protocol alone

    @classmethod
    def of(cls, settings: PrimarySettings, ledgers: Ledgers, folder: Path) -> StillParts:
        roster, progress = StillRoster(), RunningStills()
        claims = Claims(ledgers, roster, progress)
        locks = MapLocks(ledgers.kept)
        # What all pages are told alike is told as to somebody who has opened no map.
        hub = EventHub(ledgers, Viewer(progress, roster, locks), claims, settings.max_pages)
        return cls(
            settings, ledgers, roster, progress, claims, hub, StillPrompts(settings),
            PictureWork(), BodyRoom(MOST_HELD * settings.max_upload_mb * MEGABYTE),
            PictureJudge(settings.picture_safety) if settings.picture_safety else None, folder,
            AwayWork(MOST_TO_WALL, "changes of the wall", partial(HTTPException, 503)), locks,
        )  # fmt: skip

    def beat(self) -> None:
        """Once a second, on the loop: time may have changed something for those that wait."""
        self.hub.beat()
        self.claims.wake()
        now_ns = time.monotonic_ns()
        for who in self.progress.fell_silent(now_ns):
            self.roster.went_wrong(who, now_ns)
        wait_ns = int(self.settings.job_wait_h * HOUR_NS)
        for job, running in self.progress.stuck(now_ns, wait_ns):
            self.progress.end(job)
            if running.who and not running.waits:
                self.roster.went_wrong(running.who, now_ns)
            error = "" if running.waits else "It got no further for 20 minutes."
            self.claims.give_back(job, running.token, error)

    def hear(self, *, maps: bool) -> None:
        """On the loop: something was written to the ledger, perhaps by another service."""
        self.hub.poke()
        self.claims.wake()
        if maps:
            for listener in tuple(self.map_listeners):
                listener()

    def close(self) -> None:
        """The server ends: nobody waits any more."""
        for one in (self.prompts, self.wall, self.decoding, self.claims, self.hub):
            one.close()

    @property
    def longest_upload(self) -> int:
        return self.settings.max_upload_mb * MEGABYTE

    def workers_there(self) -> list[StillWorker]:
        return self.roster.there(time.monotonic_ns())

    def models_there(self) -> set[str]:
        """That workers have; painters take any other name, too."""
        return {name for one in self.workers_there() for name in one.models or ()}

    def viewer(self, asked: HTTPConnection, own: str = "", secret: str = "") -> Viewer:
        owner, key = owner_of(asked, own), has_own_key(asked, own)
        person = None if is_operator(asked) else self.locks.person_of(key_of(asked))
        return Viewer(self.progress, self.roster, self.locks, owner, key, secret, person)


async def unless_gone(request: Request, waiting: Awaitable[T]) -> T | None:
    """What comes of it; None, and its end, if the client goes before."""
    task = asyncio.ensure_future(waiting)
    gone = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for one in (task, gone):
            if not one.done():
                one.cancel()
                with suppress(asyncio.CancelledError):
                    await one


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
