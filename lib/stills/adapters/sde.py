"""The protocol sde: one request begins a picture, another asks for the results so far.

The ledger is the truth: a result is a job whose own key is its uuid. What was made is copied to
disk_backups, whose files the original reads, and whose results are told like our own.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, TypeVar

import numpy as np
from fastapi import HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp

from lib.config.params import LONGEST_PROMPT
from lib.config.settings import PrimarySettings
from lib.config.state_folder import state_folder
from lib.core.still import SECOND_NS, Still, StillState
from lib.http.access import HEADERS, AccessRules
from lib.http.bodies import UnreadableError, read_body, read_object
from lib.http.token import Scope
from lib.pictures.examine import rendition
from lib.pictures.still_files import encode_png
from lib.stills.adapters.http_port import LEAST_REQUEST, HttpAdapter
from lib.stills.adapters.jobs import AskedJob, NotDoneError
from lib.stills.adapters.sde_backup import (
    CREATED,
    BackupFolder,
    ForeignResult,
    NoBackups,
    OwnResult,
    result_line,
)
from lib.stills.adapters.sde_import import NAME, NO_ENGINE
from lib.stills.ledger.errors import LedgerError, NoSuchStillError
from lib.stills.ledger.queue import Asker
from lib.stills.service.asking import JobBody, asked_for
from lib.stills.service.parts import StillParts
from lib.wire.ports import only_here

T = TypeVar("T")
log = logging.getLogger(__name__)
ASKED_NS = 30 * SECOND_NS  # a worker that asked for stills within this time is a slot
BUSY = "The service is busy. Go away."
BACKUPS = "disk_backups"
LOOK_BEATS = 120  # between two looks for results that are no longer kept: a minute
OPEN_HEADERS = tuple(one for one in HEADERS if one[0] != b"cross-origin-resource-policy")


class GenerateBody(BaseModel):
    """What a client asks for. What it says beside that is not read."""

    model_config = ConfigDict(strict=True, frozen=True)

    prompt: Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT)]
    dry_run: bool = False


class SdeServer(HttpAdapter):
    """The port, and the copies on the disk."""

    def __init__(self, parts: StillParts, settings: PrimarySettings) -> None:
        super().__init__(NAME, settings.sde_port, parts, settings)
        self._disk = ThreadPoolExecutor(1, "disk_backups")
        backups = NoBackups if settings.ledger_key else BackupFolder
        self._backup = backups(state_folder(settings) / BACKUPS)
        self._copying: asyncio.Task[None] | None = None
        self._again = False

    async def start(self) -> None:
        await super().start()
        await self._on_disk(self._consolidate)
        self.parts.hub.listeners.add(self._wake)
        self._wake()

    async def tick(self, beats: int) -> None:
        await super().tick(beats)
        if beats % LOOK_BEATS == LOOK_BEATS - 1:
            self._wake()

    async def stop(self) -> None:
        self.parts.hub.listeners.discard(self._wake)
        if self._copying:
            with suppress(asyncio.CancelledError):
                await asyncio.wait_for(self._copying, 1)
        with suppress(OSError, LedgerError):
            await self._on_disk(self._consolidate)
        await super().stop()
        self._disk.shutdown(wait=False, cancel_futures=True)

    def rules(self) -> AccessRules:
        return AccessRules(
            self.settings.adapters_bind,
            LEAST_REQUEST,
            scopes=dict.fromkeys(("image", "server"), Scope.GUEST),
            allowed_names=self.settings.allowed_names,
            open_to_all=frozenset({"/", "/health"}),
            for_people=frozenset(),
            headers=OPEN_HEADERS,
            any_origin=self._is_open,
        )

    @property
    def _is_open(self) -> bool:
        """Whether pages of other sites may ask: on this machine, or where they need the token."""
        return only_here(self.settings.adapters_bind) or bool(self.settings.control_token)

    def around(self, guarded: ASGIApp) -> ASGIApp:
        """A browser asks without a token whether it may ask with one."""
        if not self._is_open:
            return guarded
        return CORSMiddleware(
            guarded, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"]
        )

    def app(self) -> ASGIApp:
        return Starlette(
            routes=[
                Route("/", _fine),
                Route("/health", _fine),
                Route("/server/status", self._status),
                Route("/image/generate", self._results),
                Route("/image/generate", self._generate, methods=["POST"]),
            ],
            exception_handlers={HTTPException: self._refused, LedgerError: _unavailable},
        )

    async def _status(self, _request: Request) -> Response:
        private, kept = await self.parts.ledgers.run(self._busy)
        return JSONResponse({"is_available": private + kept < self._slots()})

    def _slots(self) -> int:
        there = self.parts.roster.there(time.monotonic_ns(), ASKED_NS)
        side = self.settings.still_side
        return sum(
            not one.only_named and "txt2img" in one.kinds and one.largest >= side for one in there
        )

    def _busy(self) -> tuple[int, int]:
        ledgers = self.parts.ledgers
        return ledgers.private.queue.busy(), ledgers.kept.queue.busy()

    async def _generate(self, request: Request) -> Response:
        try:
            body = GenerateBody.model_validate(read_object(await read_body(request)))
        except (UnreadableError, ValidationError) as error:
            sentence = 'this needs a JSON object such as {"prompt": "a house", "dry_run": false}'
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, sentence) from error
        name = str(uuid.uuid4())
        try:
            await self._begin(body, name)
        except NotDoneError as error:
            if error.status in (HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY):
                await self._refuse(body, name, str(error))
            else:
                raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, BUSY) from error
        return JSONResponse({"generation_uuid": name})

    async def _refused(self, _request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        self.jobs.note_refusal(str(error.detail))
        return JSONResponse({"detail": error.detail}, error.status_code)

    async def _begin(self, body: GenerateBody, name: str) -> None:
        if body.dry_run:
            job = await self._unmade(body, name)
            picture = await self.parts.decoding.run(_dry_picture)
            kept = self.parts.ledgers.kept
            await self.parts.ledgers.run(lambda: kept.leases.finish_any(job.id, picture, "png"))
            self.parts.hub.poke()
            return
        request = await self.jobs.request(JobBody(prompt=body.prompt))
        private, _ = await self.parts.ledgers.run(self._busy)
        await self.jobs.ask(request, Asker(NAME, own_key=name, busy_at=self._slots() - private))

    async def _unmade(self, body: GenerateBody, name: str) -> AskedJob:
        """A job that no worker makes."""
        words = JobBody(prompt=body.prompt, engine=NO_ENGINE)
        request = self.jobs.plain_request(words)
        return await self.jobs.ask(request, Asker(NAME, own_key=name))

    async def _refuse(self, body: GenerateBody, name: str, sentence: str) -> None:
        """A result that says why there is no picture."""
        self.jobs.note_refusal(sentence)
        job = await self._unmade(body, name)
        kept = self.parts.ledgers.kept
        await self.parts.ledgers.run(lambda: kept.queue.cancel(job.id, sentence))
        self.parts.hub.poke()

    async def _results(self, request: Request) -> Response:
        wanted = request.query_params.get("generation_uuid")
        if wanted is not None and not _is_uuid(wanted):
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "generation_uuid must be a UUID")
        return StreamingResponse(
            self._listed(wanted and wanted.lower()), media_type="application/json"
        )

    async def _listed(self, wanted: str | None) -> AsyncIterator[bytes]:
        """One after the other: all pictures at once would be the machine's memory."""
        own = await self.parts.ledgers.run(lambda: self._one(wanted) if wanted else self._own())
        foreign = [one for one in self._backup.foreign.values() if one.uuid not in own]
        both: list[OwnResult | ForeignResult] = sorted(
            [*own.values(), *foreign], key=lambda one: one.created
        )
        separator = b"["
        for one in both:
            if wanted and one.uuid.lower() != wanted:
                continue
            line = await self._line(one)
            if line:
                yield separator + line
                separator = b","
        yield b"]" if separator == b"," else b"[]"

    async def _line(self, one: OwnResult | ForeignResult) -> bytes:
        """Empty where it has been forgotten meanwhile."""
        try:
            if isinstance(one, ForeignResult):
                return await self._on_disk(lambda: self._backup.read(one.uuid))
            return result_line(await self.parts.ledgers.run(lambda: self._filled(one)))
        except (LedgerError, OSError) as error:
            log.warning("a result of the protocol sde cannot be read: %s", error)
            return b""

    def _one(self, name: str) -> dict[str, OwnResult]:
        """As `_own`, without looking at the others."""
        job = self.parts.ledgers.kept.queue.keyed_as(NAME, name)
        return self._ended([(name, job)] if job else [])

    def _own(self) -> dict[str, OwnResult]:
        """By uuid, those that have ended. On a thread of the ledger."""
        return self._ended(self.parts.ledgers.kept.queue.keyed(NAME))

    def _ended(self, keyed: list[tuple[str, str]]) -> dict[str, OwnResult]:
        found = {}
        for name, job in keyed:
            with suppress(NoSuchStillError):  # just forgotten
                still = self.parts.ledgers.kept.still(job)
                if not still.open:
                    found[name] = _as_result(name, still)
        return found

    def _filled(self, result: OwnResult) -> OwnResult:
        """With its picture. On a thread of the ledger."""
        kept = self.parts.ledgers.kept
        pictures = kept.history.pictures_of(result.job)
        if not pictures:
            return result
        data = kept.history.picture(pictures[0].id).data
        png = data if data.startswith(b"\x89PNG") else rendition(data, "png")
        return result.with_data(base64.b64encode(png).decode())

    def _wake(self) -> None:
        self._again = True
        if self._copying is None or self._copying.done():
            self._copying = asyncio.create_task(self._copy())

    async def _copy(self) -> None:
        """What has ended is added; a file that grew too long, or what is no longer kept, goes."""
        try:
            while self._again:
                self._again = False
                await self._on_disk(self._add_new)
        except (LedgerError, OSError) as error:
            log.warning("the copies of results in %s are late: %s", self._backup.folder, error)

    def _add_new(self) -> None:
        """After each event of the ledger, so only what is not copied yet is looked at."""
        keyed = self.parts.ledgers.kept.queue.keyed(NAME)
        fresh = [(name, job) for name, job in keyed if name not in self._backup.own]
        for one in self._ended(fresh).values():
            self._backup.append(self._filled(one), self._incarnation)
        if self._backup.own - {name for name, _ in keyed} or self._backup.is_long:
            self._consolidate()

    def _consolidate(self) -> None:
        own = self._own()
        self._backup.consolidate(self._incarnation, own.keys())
        for name in own.keys() - self._backup.own:
            self._backup.append(self._filled(own[name]), self._incarnation)

    @property
    def _incarnation(self) -> str:
        return self.parts.ledgers.kept.book.incarnation

    async def _on_disk(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)


def _as_result(name: str, still: Still) -> OwnResult:
    body = asked_for(still)
    created = body.get(CREATED) or datetime.fromtimestamp(still.created_s).isoformat()
    words = body["prompt"]
    errors = () if still.state == StillState.DONE else (still.error or "It was cancelled.",)
    return OwnResult(name, words, created, errors, still.id)


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _dry_picture() -> bytes:
    return encode_png(np.full((64, 64, 3), 128, np.uint8))


async def _fine(_request: Request) -> Response:
    return JSONResponse({"status": "OK"})


async def _unavailable(_request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, HTTPStatus.SERVICE_UNAVAILABLE)
