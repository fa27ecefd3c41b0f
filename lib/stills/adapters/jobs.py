"""What every adapter does with the stills service: ask, follow, leave; and why it is told no."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from fastapi import HTTPException

from lib.config.controls import RefusedError, UnsafeError
from lib.core.still import Keep, StaleTokenError, Still, StillState
from lib.core.still_params import StillKind, StillParams, StillParamsError
from lib.stills.ledger.errors import DiskFullError, LedgerError, TooManyStillsError
from lib.stills.ledger.queue import Asker, StillRequest
from lib.stills.service.asking import JobBody, UsedWords, UsualSize, still_request
from lib.stills.service.inputs import take_upload
from lib.stills.service.parts import StillParts, UnfitPictureError
from lib.stills.service.routes_jobs import request_of
from lib.stills.service.running import HowFar
from lib.stills.service.watch import CLOSING, JobNews, JobWatch

log = logging.getLogger(__name__)
MOST_OPEN = 20_000  # more than there may be
NAME = "protocol"  # in the request that the ledger keeps: over which it was asked for


class NotDoneError(Exception):
    """No picture comes of a request; the text is one sentence, the status as HTTP has it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class AskedJob:
    still: Still
    owner: str

    @property
    def id(self) -> str:
        return self.still.id


class AdapterJobs:
    """Of one protocol. Used on the event loop's thread."""

    def __init__(self, parts: StillParts, protocol: str) -> None:
        self.parts, self.protocol = parts, protocol
        self.asked = self.refused = 0  # since the start
        self.reason = ""  # why the newest was refused
        self._going_on: set[asyncio.Task[None]] = set()  # although whoever began it has gone

    def owner(self, connection: str) -> str:
        """Its place in the turns: each connection has its own."""
        return f"{self.protocol} {connection}"

    async def request(self, body: JobBody) -> StillRequest:
        """NotDoneError where it is refused. Never the same as a page's: what decides the picture
        is not all that a protocol promises."""
        try:
            request = await request_of(self.parts, body)
        except Exception as error:
            raise refusal(error) from error
        return replace(request, body={**request.body, NAME: self.protocol})

    def note_refusal(self, sentence: str) -> None:
        """Count it, and keep why for the page."""
        self.refused += 1
        self.reason = sentence

    def plain_request(self, body: JobBody) -> StillRequest:
        """One whose words nobody reads: no worker makes it."""
        words = UsedWords(body.prompt, body.negative)
        settings = self.parts.settings
        usual = UsualSize(settings.machine, settings.still_side)
        request = still_request(body, words, None, None, usual)
        return replace(request, body={**request.body, NAME: self.protocol})

    def conversion(self, model: str) -> StillRequest:
        """Of the file of a model to a folder of diffusers, by a worker that has it."""
        params = StillParams("", StillKind.CONVERT, steps=1, width=64, height=64, model=model)
        words = dict.fromkeys(("prompt", "negative", "image", "mask", "remark", "machine_size"), "")
        body = {"params": params.to_wire(), **words, NAME: self.protocol}
        return StillRequest(body, str(params.kind), model, side=params.width)

    async def ask(self, request: StillRequest, asker: Asker) -> AskedJob:
        """A job for it, new or on its way already. Whoever cancels this wants none: the ledger may
        have it by then."""
        adding = asyncio.ensure_future(self._add(request, asker))
        try:
            return await asyncio.shield(adding)
        except asyncio.CancelledError:
            self._go_on(self._leave_added(adding))
            raise

    async def _add(self, request: StillRequest, asker: Asker) -> AskedJob:
        ledger = self.parts.ledgers.keeping(asker.keep)
        try:
            still = await self.parts.ledgers.run(lambda: ledger.queue.submit(request, asker))
        except Exception as error:
            raise refusal(error) from error
        self.asked += 1
        self.parts.hub.poke()
        return AskedJob(still, asker.owner)

    @asynccontextmanager
    async def followed(self, job: AskedJob) -> AsyncIterator[JobWatch]:
        """What happens to it from now on. Whoever stops following before its end wants it no more:
        queued it is dropped, running it is finished and kept, or stopped if it is private."""
        try:
            with self.parts.hub.watch(job.id) as watch:
                still = await self.parts.ledgers.run(lambda: self.parts.ledgers.still(job.id)[1])
                if not still.open:
                    for sample in range(still.samples if still.state == StillState.DONE else 0):
                        watch.put(f"sample {sample}")
                    watch.put(still.state)
                yield watch
        finally:
            await asyncio.shield(self._go_on(self.leave(job)))

    def _go_on(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)
        return task

    async def _leave_added(self, adding: asyncio.Future[AskedJob]) -> None:
        with suppress(NotDoneError):
            await self.leave(await adding)

    async def leave(self, job: AskedJob) -> None:
        stop = job.still.keep == Keep.NONE

        def leave() -> None:
            ledger, still = self.parts.ledgers.still(job.id)
            if still.open:
                ledger.queue.leave(job.id, job.owner, stop=stop)

        try:
            await self.parts.ledgers.run(leave)
        except LedgerError:
            return  # it has been forgotten, and whoever watches the ledger is told
        self.parts.hub.poke()

    async def leave_those_of_before(self) -> None:
        """Whoever waited on a connection has lost it with the service before, which may have been
        killed: what nobody else waits for is dropped, unless a worker has it already."""

        def leave() -> None:
            kept = self.parts.ledgers.kept
            for still in kept.open_stills(MOST_OPEN):
                for one in kept.book.waiters(still.id):
                    if one.owner.startswith(self.owner("")):
                        kept.queue.leave(still.id, one.owner)

        try:
            await self.parts.ledgers.run(leave)
        except LedgerError as error:
            log.warning("jobs of before stay in the queue: %s", error)

    async def made(
        self,
        request: StillRequest,
        owner: str,
        keep: Keep,
        on_progress: Callable[[HowFar], Awaitable[None]],
        on_sample: Callable[[int, bytes], Awaitable[None]],
    ) -> None:
        """Each sample as soon as it is there; NotDoneError where no picture, or no further one,
        comes of it. Whoever cancels this wants the job no more."""
        job = await self.ask(request, Asker(owner, keep=keep))
        async with self.followed(job) as watch:
            while not (news := await watch.next()).is_last:
                if news.what == "progress":
                    await on_progress(news.how_far)
                elif news.what.startswith("sample "):
                    sample = int(news.what.removeprefix("sample "))
                    await on_sample(sample, await self.picture(job.id, sample))
            await self.raise_if_not_done(job.id, news)

    async def upload(self, data: bytes, keep: Keep, what: str) -> str:
        """The id of a picture that a job is to be made from."""
        try:
            return (await take_upload(self.parts, data, keep, what)).id
        except Exception as error:
            raise refusal(error) from error

    async def picture(self, job: str, sample: int = 0) -> bytes:
        """One that is done, as it was handed in."""

        def read() -> bytes:
            ledger, _ = self.parts.ledgers.still(job)
            kept = next(one for one in ledger.history.pictures_of(job) if one.sample == sample)
            return ledger.history.picture(kept.id).data

        try:
            return await self.parts.ledgers.run(read)
        except (LedgerError, StopIteration) as error:
            raise NotDoneError(HTTPStatus.GONE, "the picture is no longer kept") from error

    async def raise_if_not_done(self, job: str, news: JobNews) -> None:
        """After the last news of a job."""
        if news.what == CLOSING:
            raise NotDoneError(HTTPStatus.SERVICE_UNAVAILABLE, "the service ends")
        if news.what != StillState.DONE:
            raise NotDoneError(HTTPStatus.INTERNAL_SERVER_ERROR, await self.why(job))

    async def why(self, job: str) -> str:
        def read() -> str:
            return self.parts.ledgers.still(job)[1].error

        try:
            return await self.parts.ledgers.run(read) or "it was cancelled"
        except LedgerError:
            return "it has been forgotten"


def refusal(error: Exception) -> NotDoneError:
    """Why a request is refused, in one sentence; raises what is no refusal."""
    if isinstance(error, NotDoneError):
        return error
    if isinstance(error, HTTPException):
        return NotDoneError(error.status_code, str(error.detail))
    kinds = (
        (UnsafeError, HTTPStatus.FORBIDDEN), (UnfitPictureError, HTTPStatus.FORBIDDEN),
        (RefusedError, HTTPStatus.UNPROCESSABLE_ENTITY),
        (StillParamsError, HTTPStatus.UNPROCESSABLE_ENTITY),
        (DiskFullError, HTTPStatus.INSUFFICIENT_STORAGE),
        (TooManyStillsError, HTTPStatus.SERVICE_UNAVAILABLE),
        (StaleTokenError, HTTPStatus.CONFLICT), (LedgerError, HTTPStatus.SERVICE_UNAVAILABLE),
    )  # fmt: skip
    for kind, status in kinds:
        if isinstance(error, kind):
            return NotDoneError(status, str(error))
    raise error


def share_of(how_far: HowFar, samples: int, done: int) -> float:
    """How much of all samples is made, from 0 to 1."""
    part = how_far.step / how_far.total if how_far.total else 0.0
    return min(1.0, (done + min(1.0, part)) / samples)
