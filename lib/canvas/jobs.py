"""What people ask of a node: to be made, to stop, to become another picture, to go to the wall.

A node's job is a row in the ledger like any other; what becomes of it is written into the node by
the service alone. Used on the loop's thread.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from fastapi import HTTPException
from pydantic import ValidationError

from lib.canvas.inbox import RoomEndedError
from lib.canvas.live import LivePicture
from lib.canvas.messages import AskedFor
from lib.canvas.page import CanvasPage
from lib.canvas.room import CanvasRoom
from lib.config.controls import RefusedError
from lib.config.sentences import sentence
from lib.core.canvas.document import EDGE, CanvasOp, Fields, Value, ends_of
from lib.core.still import Keep, Still, StillState
from lib.core.still_params import StillParamsError
from lib.http.bodies import JsonObject
from lib.stills.ledger.errors import LedgerError, NoSuchStillError
from lib.stills.service.asking import JobBody, asked_for
from lib.stills.service.inputs import head_of, take_upload
from lib.stills.service.parts import StillParts
from lib.stills.service.routes_jobs import submit
from lib.stills.service.routes_wall import played
from lib.stills.service.views import Viewer, owners_of
from lib.stills.service.watch import CLOSING

log = logging.getLogger(__name__)

AWAY_S = 30 * 86400  # nodes of whoever has not come for so long can be taken over
# What decides the picture, and by which name the job knows it.
ASKED = ("prompt", "negative", "kind", "seed", "steps", "guidance", "power", "width", "height",
         "count", "model", "engine", "scheduler", "reference", "mask", "left", "top")  # fmt: skip
_RENAMED = {"count": "samples", "reference": "image"}
OPEN = (StillState.QUEUED, StillState.RUNNING)

Doing = Callable[[CanvasRoom, CanvasPage, Viewer, AskedFor, Fields], Awaitable[None]]


class NodeRefusedError(Exception):
    """What was asked for is not done; the text is a sentence."""


class NodeJobs:
    def __init__(self, parts: StillParts, live: LivePicture) -> None:
        self._parts, self._live = parts, live
        self._followed: dict[tuple[str, str], tuple[CanvasRoom, str, asyncio.Task[None]]] = {}
        self._do: dict[str, Doing] = {
            "generate": self._generate, "retry": self._generate, "cancel": self._cancel,
            "show": self._show, "capture": self._capture, "to_wall": self._to_wall,
            "take": self._take,
        }  # fmt: skip

    async def ask(
        self, room: CanvasRoom, page: CanvasPage, viewer: Viewer, asked: AskedFor
    ) -> JsonObject:
        """The answer, whatever comes of it."""
        try:
            node = room.node(asked.node)
            if node is None:
                raise NodeRefusedError("this node is not there any more")
            if asked.do != "take" and not room.may_change(page, node) and asked.do != "to_wall":
                raise NodeRefusedError("this node is somebody else's")
            await self._do[asked.do](room, page, viewer, asked, dict(node))
        except NodeRefusedError as error:
            return {"ok": False, "detail": str(error)}
        except (RefusedError, LedgerError, StillParamsError, HTTPException) as error:
            return {"ok": False, "detail": _words_of(error)}
        return {"ok": True, "detail": ""}

    # --- making

    async def _generate(
        self, room: CanvasRoom, page: CanvasPage, viewer: Viewer, asked: AskedFor, node: Fields
    ) -> None:
        del page
        if node.get("state") in OPEN:
            raise NodeRefusedError("it is being made already")
        words = node
        if asked.do == "retry" and isinstance(node.get("asked"), dict):
            words = node["asked"]  # type: ignore[assignment] # a dict
        wanted = {name: words[name] for name in ASKED if name in words}
        fresh: dict[str, Value] = {"asked": wanted, "error": None, "remark": None}
        try:
            body = _job_body(wanted, f"canvas {asked.node} {asked.ask}")
            told = await submit(self._parts, body, viewer, room.id)
        except (RefusedError, LedgerError, StillParamsError, HTTPException) as error:
            state: dict[str, Value] = {"job": None, "state": "failed", "error": _words_of(error)}
            await room.write(asked.node, fresh | state)
            return
        job = str(told["id"])
        await room.write(
            asked.node, fresh | {"job": job, "state": str(told["state"]), "chosen": None}
        )
        self.follow(room, asked.node, job)

    async def _cancel(
        self, room: CanvasRoom, page: CanvasPage, viewer: Viewer, asked: AskedFor, node: Fields
    ) -> None:
        job = str(node.get("job") or "")
        if not job or node.get("state") not in OPEN:
            raise NodeRefusedError("nothing of it is being made")

        def leave() -> Still:
            ledger = self._parts.ledgers.kept
            if viewer.owner in owners_of(ledger, job):
                return ledger.queue.leave(job, viewer.owner, stop=True)
            why = "The operator cancelled it." if page.operator else "It was cancelled."
            return ledger.queue.cancel(job, why)

        with suppress(NoSuchStillError):
            await self._parts.ledgers.run(leave)
        self._let_go(room, asked.node)
        self._parts.hub.poke()
        await room.write(asked.node, {"state": "cancelled", "error": None})

    def follow(self, room: CanvasRoom, node: str, job: str) -> None:
        """Write into the node what becomes of its job, until it has ended."""
        self._let_go(room, node)
        room.jobs += 1
        task = asyncio.create_task(self._follow(room, node, job))
        self._followed[room.id, node] = room, job, task

    def resume(self, room: CanvasRoom) -> None:
        """In a room that was just opened: jobs that were on their way when it was last read."""
        for node, fields in room.loaded.order.document.nodes.items():
            if fields.get("state") in OPEN and (job := fields.get("job")):
                self.follow(room, node, str(job))

    def _let_go(self, room: CanvasRoom, node: str) -> None:
        if found := self._followed.pop((room.id, node), None):
            found[2].cancel()

    async def _follow(self, room: CanvasRoom, node: str, job: str) -> None:
        try:
            with self._parts.hub.watch(job) as watch, suppress(RoomEndedError):
                while not await self._settled(room, node, job):
                    news = await watch.next()
                    while news.what == "progress":
                        self._tell(room, node, job, {"state": "running", **news.how_far._asdict()})
                        news = await watch.next()
                    if news.what == CLOSING:
                        return
        except LedgerError as error:
            log.warning("a job of the map %s is not followed: %s", room.id, error)
        finally:
            room.jobs -= 1
            room.tell_progress(node, None)
            there = self._followed.get((room.id, node))
            if there and there[1] == job and there[2] is asyncio.current_task():
                del self._followed[room.id, node]

    async def _settled(self, room: CanvasRoom, node: str, job: str) -> bool:
        """Write the state of the job; whether that was its last."""
        try:
            still = await self._parts.ledgers.run(lambda: self._parts.ledgers.kept.still(job))
        except NoSuchStillError:
            await room.write(node, {"state": "failed", "error": "This job is not kept any more."})
            return True
        if still.open:
            self._tell(room, node, job, {"state": str(still.state)})
            await room.write(node, {"state": str(still.state)})
            return False
        room.tell_progress(node, None)
        if still.state == StillState.DONE:
            await room.write(node, await self._made(still))
        else:
            error = still.error if still.state == StillState.FAILED else None
            await room.write(node, {"state": str(still.state), "error": error})
        return True

    async def _made(self, still: Still) -> dict[str, Value]:
        ledgers = self._parts.ledgers

        def read() -> tuple[list[str], bytes]:
            pictures = [one.id for one in ledgers.kept.history.pictures_of(still.id)]
            return pictures, ledgers.kept.history.picture(pictures[0]).data

        pictures, data = await ledgers.run(read)
        facts = await self._parts.decoding.run(lambda: head_of(data))
        body = asked_for(still)
        samples: list[Value] = list(pictures)
        made: dict[str, Value] = {
            "state": str(still.state), "error": None, "samples": samples,
            "shape": list(facts.size),
            "used": _used(body), "used_seed": body["params"]["seed"],
            "remark": body["remark"] or None,
        }  # fmt: skip
        return made | ({"picture": pictures[0]} if len(pictures) == 1 else {})

    def _tell(self, room: CanvasRoom, node: str, job: str, facts: JsonObject) -> None:
        running = self._parts.progress.of(job)
        facts = {**(running.how_far._asdict() if running else {}), **facts}
        if running and running.preview:
            facts["preview"] = running.preview_ns // 1_000_000
        room.tell_progress(node, {**facts, "job": job})

    async def tell_places(self) -> None:
        """Once a second: how many stand before each, and what it waits for."""
        waiting = [
            (room, node, job)
            for (_, node), (room, job, _) in self._followed.items()
            if room.progress.get(node, {}).get("state") == "queued"
        ]
        if not waiting:
            return
        viewer = self._parts.hub.viewer
        ledger = self._parts.ledgers.kept

        def places() -> list[JsonObject]:
            told = []
            for _, _, job in waiting:
                with suppress(NoSuchStillError):
                    facts = viewer.job(ledger, ledger.still(job))
                    names = ("state", "place", "estimate_s", "waits_for")
                    told.append({"job": job, **{name: facts[name] for name in names}})
            return told

        with suppress(LedgerError):
            by_job = {str(one["job"]): one for one in await self._parts.ledgers.run(places)}
            for room, node, job in waiting:
                if (facts := by_job.get(job)) and facts["state"] == "queued":
                    room.tell_progress(node, facts)

    def close(self) -> None:
        for _, _, task in tuple(self._followed.values()):
            task.cancel()

    # --- other pictures, and the wall

    async def _show(
        self, room: CanvasRoom, page: CanvasPage, viewer: Viewer, asked: AskedFor, node: Fields
    ) -> None:
        del page, node
        await room.write(asked.node, await self.shown(asked.picture, viewer.person))

    async def of_gallery(self, viewer: Viewer, picture: str, job: str) -> dict[str, Value]:
        """The fields of a new node with a picture of the ledger and the words that it was made
        from; of a job its first one."""
        ledgers = self._parts.ledgers

        def read() -> tuple[str, Still | None]:
            found, history = picture, ledgers.kept.history
            if not found:
                pictures = history.pictures_of(ledgers.kept.still(job).id)
                if not pictures:
                    raise NoSuchStillError("This job has no picture.")
                found = pictures[0].id
            kept = history.picture(found).kept
            return found, ledgers.kept.still(kept.job) if kept.job else None

        found, still = await ledgers.run(read)
        fields = await self.shown(found, viewer.person)
        if still is None:
            return fields
        if viewer.is_shut_out(still):
            raise NoSuchStillError(f"There is no picture {found!r}.")
        body = asked_for(still)
        params = body["params"]
        fields |= {"prompt": body["prompt"], "negative": body["negative"] or None,
                   "seed": params["seed"], "steps": params["steps"], "used": _used(body),
                   "used_seed": params["seed"]}  # fmt: skip
        if body["image"]:
            fields |= {"reference": body["image"], "power": round(1 - params["strength"], 4)}
        return fields

    async def shown(self, picture: str, person: str | None) -> dict[str, Value]:
        """The fields of a node that shows a picture of the ledger."""
        ledgers, locks = self._parts.ledgers, self._parts.locks

        def read() -> bytes:
            kept, data = ledgers.kept.history.picture(picture)
            if locks.closes_picture(picture, kept.home, person):
                raise NoSuchStillError(f"There is no picture {picture!r}.")
            return data

        data = await ledgers.run(read)
        facts = await self._parts.decoding.run(lambda: head_of(data))
        return {"picture": picture, "samples": [picture], "shape": list(facts.size), "state": "",
                "error": None, "remark": None, "used": None, "used_seed": None}  # fmt: skip

    async def _capture(
        self, room: CanvasRoom, page: CanvasPage, viewer: Viewer, asked: AskedFor, node: Fields
    ) -> None:
        del node
        if not page.operator:
            raise NodeRefusedError("the wall is the operator's: this needs the control token")
        data = await self._live.now()
        taken = await take_upload(self._parts, data, Keep.CANVAS, home=room.id)
        await room.write(asked.node, await self.shown(taken.id, viewer.person))

    async def _to_wall(
        self, room: CanvasRoom, page: CanvasPage, viewer: Viewer, asked: AskedFor, node: Fields
    ) -> None:
        del room, viewer
        if not page.operator:
            raise NodeRefusedError("the wall is the operator's: this needs the control token")
        used = node.get("used")
        used = used if isinstance(used, dict) else {}
        prompt = used.get("prompt") or node.get("prompt")
        if not prompt:
            raise NodeRefusedError("this node has no prompt")
        change: JsonObject = {"prompt": prompt}
        seed = used.get("seed", node.get("seed"))
        if asked.seed and isinstance(seed, int):
            change["seed"] = seed % 2**31
        settings = self._parts.settings
        await self._parts.wall.run(lambda: played(settings, change, asked.glide_s))

    async def _take(
        self, room: CanvasRoom, page: CanvasPage, viewer: Viewer, asked: AskedFor, node: Fields
    ) -> None:
        del viewer
        if not page.person:
            raise NodeRefusedError("open the page first: this browser has no key yet")
        owner = room.people.find(str(node.get("owner")))
        here = any(one.person == node.get("owner") for one in room.pages)
        if here or (owner and time.time() - owner.seen_s < AWAY_S and not page.operator):
            raise NodeRefusedError("whoever made it was here in the last 30 days")
        changes = [CanvasOp("node", asked.node, "owner", page.person)]
        changes += [
            CanvasOp(EDGE, edge, "owner", page.person)
            for edge, fields in room.loaded.order.document.edges.items()
            if ends_of(fields)[1:] == [asked.node]
        ]
        await room.write_ops(changes)


def _job_body(wanted: dict[str, Value], key: str) -> JobBody:
    """RefusedError says what does not go together."""
    if not wanted.get("prompt"):
        raise RefusedError("write a prompt first")
    body = {_RENAMED.get(name, name): value for name, value in wanted.items() if value is not None}
    power = body.pop("power", None)
    if isinstance(power, int | float):
        body["strength"] = round(1 - power, 4)
    if body.get("kind") == "txt2img" or "image" not in body:
        for name in ("image", "mask"):
            body.pop(name, None)
    elif body.get("kind") == "img2img":
        body.pop("mask", None)
    body = {name: float(value) if name in ("strength", "guidance") else value  # type: ignore[arg-type] # numbers
            for name, value in body.items()}  # fmt: skip
    try:
        return JobBody.model_validate({**body, "keep": "canvas", "key": key[:100]})
    except ValidationError as error:
        raise RefusedError(sentence(error.errors()[0])) from error


def _used(body: JsonObject) -> dict[str, Value]:
    """What a picture was made from, for copying."""
    params: dict[str, Value] = body["params"]  # type: ignore[assignment] # as it was kept
    used = {name: params.get(name) for name in ("seed", "steps", "width", "height", "kind")}
    power = round(1 - float(str(params["strength"])), 4)
    words: dict[str, Value] = {name: str(body[name]) for name in ("prompt", "negative")}
    return used | words | {"power": power}


def _words_of(error: Exception) -> str:
    return str(error.detail) if isinstance(error, HTTPException) else str(error)
