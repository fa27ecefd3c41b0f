"""The protocol intermediary: a client waits on one HTTP request for its picture, and workers that
nobody can reach ask for work, and are held until there is some.

Its workers neither beat nor say what they can do: they are given what was asked for over this
protocol, for INTERMEDIARY_LEASE_S, and may hand in a picture of any size.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from http import HTTPStatus

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.routing import Route

from lib.config.params import LONGEST_PROMPT
from lib.config.settings import PrimarySettings
from lib.core.still import SECOND_NS, StaleTokenError, Still
from lib.core.still_params import LARGEST_SIDE
from lib.core.still_workers import StillWorker
from lib.http.access import HEADERS, AccessRules
from lib.http.token import Scope, caller_of
from lib.pictures.examine import rendition
from lib.pictures.files import PictureError
from lib.stills.adapters.http_port import HttpAdapter
from lib.stills.adapters.jobs import NotDoneError
from lib.stills.ledger.errors import LedgerError, NoSuchStillError
from lib.stills.ledger.leases import Offer
from lib.stills.ledger.queue import Asker
from lib.stills.service.asking import JobBody, asked_for
from lib.stills.service.parts import StillParts, UnfitPictureError, unless_gone
from lib.stills.service.routes_work import handed_in

log = logging.getLogger(__name__)
NAME = "intermediary"
LONGEST_QUERY = 12 * LONGEST_PROMPT + 1024  # each character takes up to four escaped bytes
CLAIMS = 1_000_000  # of one job that an id can tell apart
UNKNOWN = "job undefined doesnt exist"  # as its workers know it
HELP = """GET /gen-image?prompt=P             the picture of P, as PNG, when it is made
POST /next-image-to-generate        for workers: the next job, as its id, a line feed and its prompt
POST /submit-image?id=N             for workers: the PNG of that job
POST /release-job?id=N              for workers: back to the queue with that job
"""
# Its known client is an <img> in a page of another site.
OPEN_HEADERS = tuple(one for one in HEADERS if one[0] != b"cross-origin-resource-policy")


class Intermediary(HttpAdapter):
    """The port: clients that wait for pictures, and workers that wait for jobs."""

    def __init__(self, parts: StillParts, settings: PrimarySettings) -> None:
        super().__init__(NAME, settings.intermediary_port, parts, settings)
        self._queue = ForeignQueue(parts, int(settings.intermediary_lease_s * SECOND_NS))
        self._numbers = itertools.count()

    async def tick(self, beats: int) -> None:
        await super().tick(beats)
        self._queue.try_again()

    def rules(self) -> AccessRules:
        workers = ("next-image-to-generate", "submit-image", "release-job")
        return AccessRules(
            self.settings.adapters_bind,
            self.parts.longest_upload,
            scopes={"gen-image": Scope.GUEST, **dict.fromkeys(workers, Scope.WORKER)},
            allowed_names=self.settings.allowed_names,
            open_to_all=frozenset({"/"}),
            for_people=frozenset(),
            headers=OPEN_HEADERS,
            any_origin=True,
            longest_query=LONGEST_QUERY,
        )

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", _help),
                Route("/gen-image", self._in_words(self._picture)),
                Route("/next-image-to-generate", self._in_words(self._next), methods=["POST"]),
                Route("/submit-image", self._in_words(self._submit), methods=["POST"]),
                Route("/release-job", self._in_words(self._release), methods=["POST"]),
            ]
        )

    def _in_words(
        self, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Refusals as this protocol knows them: plain text."""

        async def answered(request: Request) -> Response:
            try:
                return await answer(request)
            except NotDoneError as error:
                words, status = str(error), error.status
            except NoSuchStillError:
                words, status = UNKNOWN, HTTPStatus.NOT_FOUND
            except LedgerError as error:
                words, status = str(error), HTTPStatus.SERVICE_UNAVAILABLE
            self.jobs.note_refusal(words)
            return PlainTextResponse(words, status)

        return answered

    async def _picture(self, request: Request) -> Response:
        given = request.query_params.getlist("prompt")
        if len(given) != 1 or not given[0]:
            raise NotDoneError(HTTPStatus.BAD_REQUEST, "?prompt= is required")
        owner = self.jobs.owner(f"{caller_of(request).address} {next(self._numbers)}")
        png = await unless_gone(request, self._made(given[0], owner))
        return Response(png or b"", media_type="image/png")

    async def _made(self, prompt: str, owner: str) -> bytes:
        """The picture that is kept, or a new one."""
        try:
            body = JobBody(prompt=prompt)
        except ValidationError as error:
            sentence = f"?prompt= has at most {LONGEST_PROMPT} characters"
            raise NotDoneError(HTTPStatus.BAD_REQUEST, sentence) from error
        request = await self.jobs.request(body)
        kept = self.parts.ledgers.kept
        if made := await self.parts.ledgers.run(lambda: kept.queue.made(request)):
            with suppress(NotDoneError):  # just forgotten: made again
                return await self._png(made.id)
        job = await self.jobs.ask(request, Asker(owner))
        async with self.jobs.followed(job) as watch:
            await self.jobs.raise_if_not_done(job.id, await watch.end())
        return await self._png(job.id)

    async def _png(self, job: str) -> bytes:
        data = await self.jobs.picture(job)
        if data.startswith(b"\x89PNG"):
            return data
        return await self.parts.decoding.run(lambda: rendition(data, "png"))

    async def _next(self, request: Request) -> Response:
        still = await unless_gone(request, self._queue.claim())
        if still is None:  # it has gone
            return Response(status_code=HTTPStatus.NO_CONTENT)
        prompt = words_of(still)
        return PlainTextResponse(f"{still.number * CLAIMS + still.token}\n{prompt}")

    async def _submit(self, request: Request) -> Response:
        still, _ = await self._claimed(request)
        async with self.parts.bodies.body(request, self.parts.longest_upload) as data:
            return await self._taken(still, data)

    async def _taken(self, still: Still, data: bytes) -> Response:
        if not data.startswith(b"\x89PNG"):
            raise NotDoneError(HTTPStatus.BAD_REQUEST, "the body must be a PNG")
        kept = self.parts.ledgers.kept
        try:
            data, kind = await self.parts.decoding.run(
                partial(handed_in, self.parts.judge, data, still, any_size=True)
            )
            await self.parts.ledgers.run(lambda: kept.leases.finish_any(still.id, data, kind))
        except PictureError as error:
            raise NotDoneError(HTTPStatus.BAD_REQUEST, f"not a PNG to use: {error}") from error
        except UnfitPictureError as error:
            words = f"{error}"
            await self.parts.ledgers.run(lambda: kept.leases.fail(still.id, still.token, words))
            self.parts.hub.poke()
            raise NotDoneError(HTTPStatus.FORBIDDEN, words) from error
        except StaleTokenError as error:
            raise NotDoneError(HTTPStatus.NOT_FOUND, UNKNOWN) from error
        self.parts.hub.poke()
        return PlainTextResponse("good job")

    async def _release(self, request: Request) -> Response:
        still, token = await self._claimed(request)
        kept = self.parts.ledgers.kept
        try:
            await self.parts.ledgers.run(lambda: kept.leases.give_back(still.id, token))
        except StaleTokenError as error:
            raise NotDoneError(HTTPStatus.NOT_FOUND, UNKNOWN) from error
        self.parts.hub.poke()
        return PlainTextResponse("released")

    async def _claimed(self, request: Request) -> tuple[Still, int]:
        """The open job of the claim that the request names, and its token."""
        text = request.query_params.get("id", "")
        if not (text.isascii() and text.isdecimal() and len(text) <= 18):
            raise NotDoneError(HTTPStatus.NOT_FOUND, UNKNOWN)
        number, token = divmod(int(text), CLAIMS)

        def find() -> Still | None:
            found = self.parts.ledgers.kept.stills(number + 1, 1)
            return found[0] if found and found[0].number == number else None

        still = await self.parts.ledgers.run(find)
        if still is None or not still.open or not 1 <= token <= still.token:
            raise NotDoneError(HTTPStatus.NOT_FOUND, UNKNOWN)
        return still, token


class ForeignQueue:
    """Workers that wait for jobs of this protocol; who waits longest is served first. One that is
    answered takes any answer for a job, so when the service ends its connection does."""

    def __init__(self, parts: StillParts, lease_ns: int) -> None:
        self._parts, self._lease_ns = parts, lease_ns
        self._waiting: deque[asyncio.Future[Still]] = deque()
        self._matching: asyncio.Task[None] | None = None
        self._again = self._failed = False

    async def claim(self) -> Still:
        """The next job, however long it takes."""
        one: asyncio.Future[Still] = asyncio.get_running_loop().create_future()
        self._waiting.append(one)
        self._parts.hub.listeners.add(self._wake)
        self._wake()
        try:
            return await asyncio.shield(one)
        except asyncio.CancelledError:  # its connection ended
            if one.done() and not one.cancelled() and (still := one.result()):
                self._parts.claims.give_back(still.id, still.token, "")
            raise
        finally:
            one.cancel()
            with suppress(ValueError):
                self._waiting.remove(one)
            if not self._waiting:
                self._parts.hub.listeners.discard(self._wake)

    def try_again(self) -> None:
        """Where the ledger could not be asked."""
        if self._failed:
            self._wake()

    def _wake(self) -> None:
        self._again = True
        if self._matching is None or self._matching.done():
            self._matching = asyncio.create_task(self._match())

    async def _match(self) -> None:
        while self._again:
            self._again = False
            while self._waiting:
                try:
                    still = await self._parts.ledgers.run(self._lease)
                except LedgerError as error:
                    log.log(logging.DEBUG if self._failed else logging.WARNING,
                            "no job can be given out: %s", error)  # fmt: skip
                    self._failed = True
                    return
                self._failed = False
                if still is None:
                    break
                self._parts.hub.poke()
                if self._waiting:
                    self._waiting.popleft().set_result(still)
                else:
                    self._parts.claims.give_back(still.id, still.token, "")

    def _lease(self) -> Still | None:
        """On a thread of the ledger."""
        worker = StillWorker(
            NAME, kinds=("txt2img",), largest=LARGEST_SIDE, asked_by=f"{NAME} ", name=NAME
        )
        offer = Offer(secrets.token_hex(8), worker, lease_ns=self._lease_ns)
        leases = self._parts.ledgers.kept.leases
        return leases.claim(offer) if leases.has_any(offer) else None


def words_of(still: Still) -> str:
    """The prompt as an engine shall read it, in the lines that it was asked in."""
    body = asked_for(still)
    asked, used = str(body["prompt"]), str(body["params"]["prompt"])
    return asked if asked.split() == used.split() else used


async def _help(_request: Request) -> Response:
    return PlainTextResponse(HELP)
