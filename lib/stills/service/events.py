"""What happens, told to all pages: numbered events from the ledger, and progress in between.

An event tells the job as it is when it is sent, so the newest one of a job is always right. A page
that comes back names the last number that it has; where that is too old it takes the whole state.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from starlette.websockets import WebSocket, WebSocketDisconnect

from lib.core.still import Still, StillState
from lib.http.bodies import JsonObject, write_json
from lib.http.outbox import Outbox
from lib.stills.ledger.book import Event
from lib.stills.ledger.errors import EventsGoneError, LedgerError, NoSuchStillError
from lib.stills.ledger.ledger import Ledger
from lib.stills.service.claims import Claims
from lib.stills.service.ledgers import Ledgers
from lib.stills.service.views import Viewer, owners_of
from lib.stills.service.watch import CLOSING, JobWatch

PROGRESS_S = 0.2  # progress is collected so long
MOST_OPEN = 200  # jobs of which a new page is told, and places
MOST_MISSED = 500  # events that are sent again
AT_ONCE = 100


class Told(NamedTuple):
    """An event as pages get it."""

    text: str  # a message without its end
    owners: frozenset[str]  # who it is about
    private: bool
    ended: Still | None = None


class EventsPage(Outbox):
    def __init__(self, socket: WebSocket, viewer: Viewer) -> None:
        super().__init__(socket)
        self.viewer = viewer

    def tell(self, told: Told) -> None:
        known = self.viewer.has_own_key or not told.private
        mine = "true" if known and self.viewer.owner in told.owners else "false"
        self.put(f'{told.text[:-1]},"owner_is_me":{mine}}}')


class EventHub:
    """Knows every page that listens. Used on the event loop's thread."""

    def __init__(self, ledgers: Ledgers, viewer: Viewer, claims: Claims, most: int) -> None:
        self._ledgers, self._claims, self._most = ledgers, claims, most
        self.viewer = viewer  # who has opened no map and owns nothing
        self.pages: set[EventsPage] = set()
        self.let_go = 0
        self._seen = {one: one.history.last_event() for one in ledgers.both}
        self._telling: asyncio.Task[None] | None = None
        self._again = False
        self._moved: set[str] = set()
        self._flush: asyncio.TimerHandle | None = None
        self._reordered = False
        self._watches: dict[str, set[JobWatch]] = {}
        # Called when jobs may have come, gone or changed.
        self.listeners: set[Callable[[], None]] = set()

    @property
    def seq(self) -> int:
        return self._seen[self._ledgers.kept]

    def poke(self) -> None:
        """Something may have been written to a ledger."""
        self._again = True
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    def close(self) -> None:
        """Answer those that wait for a job; the server closes the pages."""
        for watches in self._watches.values():
            for one in watches:
                one.put(CLOSING)

    async def _tell(self) -> None:
        while self._again:
            self._again = False
            for ledger in self._ledgers.both:
                await self._tell_of(ledger)

    async def _tell_of(self, ledger: Ledger) -> None:
        try:
            events = await self._ledgers.run(
                lambda: ledger.history.events(self._seen[ledger], AT_ONCE)
            )
        except EventsGoneError:  # another ledger was put in its place
            self._seen[ledger] = await self._ledgers.run(ledger.history.last_event)
            self.say(write_json({"what": "resync", "seq": self.seq, "job": ""}))
            await self._end_forgotten()
            return
        except LedgerError:
            return  # whoever asked has been told
        if not events:
            return
        self._again = True
        told = await self._ledgers.run(lambda: [self._told(ledger, one) for one in events])
        self._seen[ledger] = events[-1].seq
        for event, one in zip(events, told, strict=True):
            for page in tuple(self.pages):
                page.tell(one)
            if one.ended:
                samples = one.ended.samples if one.ended.state == StillState.DONE else 0
                self.viewer.progress.end(event.job, samples, time.monotonic_ns())
            for watch in self._watches.get(event.job, ()):
                watch.put(event.what)
        self._reordered = True
        self._claims.wake()
        for listener in tuple(self.listeners):
            listener()

    async def _end_forgotten(self) -> None:
        """Who waits for a job that the ledger of now does not have would wait for ever."""

        def ended() -> list[tuple[str, str]]:
            found: list[tuple[str, str]] = []
            for job in watched:
                try:
                    still = self._ledgers.still(job)[1]
                except NoSuchStillError:
                    found.append((job, StillState.CANCELLED))
                else:
                    found += [] if still.open else [(job, still.state)]
            return found

        watched = tuple(self._watches)
        for job, state in await self._ledgers.run(ended):
            for watch in self._watches.get(job, ()):
                watch.put(state)
        for listener in tuple(self.listeners):
            listener()

    def _told(self, ledger: Ledger, event: Event) -> Told:
        """On a thread of the ledger."""
        what = "picture" if event.what.startswith("sample ") else event.what
        facts: JsonObject = {}
        owners: frozenset[str] = frozenset()
        ended: Still | None = None
        try:
            still = ledger.still(event.job)
            ended = None if still.open else still
            facts, owners = self.viewer.job(ledger, still), owners_of(ledger, event.job)
        except NoSuchStillError:  # it has been forgotten since
            pass
        facts = {name: value for name, value in facts.items() if name not in ("id", "owner_is_me")}
        seq = self.seq if ledger.private else event.seq
        text = write_json({"seq": seq, "job": event.job, "what": what, **facts})
        return Told(text, owners, ledger.private, ended)

    def progress(self, job: str) -> None:
        """It got on, or has a new preview; told a few times a second."""
        self._moved.add(job)
        if self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(PROGRESS_S, self._tell_progress)

    def _tell_progress(self) -> None:
        self._flush = None
        moved, self._moved = self._moved, set()
        for job in moved:
            running = self.viewer.progress.of(job)
            if not running:
                continue
            for watch in self._watches.get(job, ()):
                watch.move(running.how_far)
            if self.pages:
                facts = {"seq": self.seq, "job": job, "what": "progress", "state": "running"}
                facts |= running.how_far._asdict()
                facts["preview"] = len(running.preview) and running.preview_ns // 1_000_000
                self.say(write_json(facts))

    def say(self, text: str) -> None:
        for page in tuple(self.pages):
            page.put(text)

    def beat(self) -> None:
        """Once a second: what the sweep did, places that have changed, pages that do not read."""
        for page in [page for page in self.pages if page.is_asleep]:
            page.let_go()
        if self.pages or self._watches or self.listeners or self._claims.waiting:
            self.poke()
        if self._reordered and self.pages:
            self._reordered = False
            self._claims.later(self._tell_places())

    async def _tell_places(self) -> None:
        with suppress(LedgerError):
            places = await self._ledgers.run(self._places)
            self.say(write_json({"seq": self.seq, "job": "", "what": "places", "places": places}))

    def _places(self) -> JsonObject:
        """On a thread of the ledger."""
        places: JsonObject = {}
        for ledger in self._ledgers.both:
            for still in ledger.open_stills(MOST_OPEN):
                if still.state == StillState.QUEUED:
                    facts = self.viewer.job(ledger, still)
                    names = ("place", "estimate_s", "waits_for")
                    places[still.id] = {name: facts[name] for name in names}
        return places

    @contextmanager
    def watch(self, job: str) -> Iterator[JobWatch]:
        """What happens to it from now on; the caller asks the ledger what has happened before."""
        one = JobWatch(job)
        self._watches.setdefault(job, set()).add(one)
        try:
            yield one
        finally:
            self._watches[job].discard(one)
            if not self._watches[job]:
                del self._watches[job]

    async def serve(
        self, socket: WebSocket, viewer: Viewer, since: int | None, about: JsonObject
    ) -> None:
        """Tell a page until it goes; `about` is said to it with the whole state."""
        await socket.accept()
        if len(self.pages) >= self._most:
            await socket.close(1013, f"{self._most} pages are open, which is the most")
            return
        page = EventsPage(socket, viewer)
        try:
            await self._greet(page, since, about)
        except LedgerError as error:
            await socket.close(1011, str(error)[:100])
            return
        tasks = {asyncio.create_task(page.send()), asyncio.create_task(_listen(socket))}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.pages.discard(page)
            self.let_go += page.was_let_go
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _greet(self, page: EventsPage, since: int | None, about: JsonObject) -> None:
        """The whole state, or what was missed. No event comes between it and the page's entry."""
        if since is not None:
            missed = await self._ledgers.run(lambda: self._missed(since))
            if missed is None:
                page.put(write_json({"what": "resync", "seq": self.seq, "job": ""}))
            for told in missed or ():
                page.tell(told)
        before = -1
        while before != self.seq:  # what came meanwhile was not told to this page
            before = self.seq
            state = await self._ledgers.run(lambda: self._state(page.viewer))
        self.pages.add(page)
        page.put(write_json({"what": "state", "seq": self.seq, "job": "", **about, **state}))

    def _missed(self, since: int) -> list[Told] | None:
        """On a thread of the ledger; None if that is too much or too old."""
        kept = self._ledgers.kept
        try:
            events = kept.history.events(since, MOST_MISSED + 1)
        except EventsGoneError:
            return None
        if len(events) > MOST_MISSED:
            return None
        latest = {event.job: event for event in events}  # the newest of a job says all
        return [self._told(kept, one) for one in sorted(latest.values(), key=lambda one: one.seq)]

    def _state(self, viewer: Viewer) -> JsonObject:
        both = self._ledgers.both
        jobs = [job for one in both for job in viewer.jobs(one, one.open_stills(MOST_OPEN))]
        return {"jobs": jobs, "workers": workers_there(viewer)}


def workers_there(viewer: Viewer) -> list[JsonObject]:
    return [
        {"worker": one.name, "engine": one.engine, "kinds": list(one.kinds),
         "largest": one.largest, "only_stills": one.only_stills, "held": list(one.held),
         "memory": one.memory}
        for one in viewer.roster.there(time.monotonic_ns())
    ]  # fmt: skip


async def _listen(socket: WebSocket) -> None:
    """Until the page goes; what it says is not needed."""
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        return
