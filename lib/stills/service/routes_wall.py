"""Between stills and the wall, by the control port: the words of a still become those of the wall,
and the picture that is on the wall becomes one to start from."""

from __future__ import annotations

import json
import time
from enum import Enum
from http import HTTPStatus
from typing import Annotated, NamedTuple

from fastapi import FastAPI, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from lib.config.controls import RefusedError
from lib.config.settings import PrimarySettings
from lib.core.still import Keep, Still
from lib.http.away import AwayWork
from lib.http.bodies import MEGABYTE, JsonObject, json_answer, read_model
from lib.http.openapi import json_body, schema_of
from lib.http_client.service_url import ServiceError, ServiceUrl
from lib.stills.ledger.ledger import Ledger
from lib.stills.service.asking import asked_for
from lib.stills.service.inputs import take_upload
from lib.stills.service.parts import StillParts
from lib.stills.service.shapes import GONE, UploadShape, WallShape
from lib.wire.ports import local_name

ANSWERS_WITHIN_NS = 8_000_000_000  # a prompt that is checked takes five seconds
LONGEST_SAID = 4096


class ToWallBody(BaseModel):
    """A job, or a picture of one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    job: Annotated[str, Field(max_length=40)] = ""
    picture: Annotated[str, Field(max_length=40)] = ""
    glide_s: Annotated[float, Field(ge=0, le=600)] = 2.0
    seed: bool = False  # whether the wall takes its seed, too

    @model_validator(mode="after")
    def _one(self) -> ToWallBody:
        if bool(self.job) == bool(self.picture):
            raise ValueError("either job or picture is needed")
        return self


def add_wall(app: FastAPI, parts: StillParts, away: AwayWork) -> None:
    tags: list[str | Enum] = ["wall"]

    @app.post(
        "/to-wall",
        summary="the words of this still become the wall's, with a glide",
        tags=tags,
        responses={200: {"model": WallShape}, **GONE},
        openapi_extra=json_body(schema_of(ToWallBody)),
    )
    async def to_wall(request: Request) -> Response:
        body = read_model(ToWallBody, await parts.bodies.read(request, LONGEST_SAID))
        # Only the control token opens this address, and with it every map.
        ledger, still = await parts.ledgers.run(lambda: _meant(parts, body))
        if ledger.private:
            raise HTTPException(403, "the words of a private job stay private")
        asked = asked_for(still)
        change: JsonObject = {"prompt": asked["prompt"]}
        if body.seed:
            change["seed"] = asked["params"]["seed"] % 2**31
        answer = await away.run(lambda: played(parts.settings, change, body.glide_s))
        return json_answer(answer)

    @app.post(
        "/from-wall",
        summary="take the picture that is on the wall now, to make stills from",
        tags=tags,
        responses={200: {"model": UploadShape}, **GONE},
    )
    async def from_wall() -> Response:
        shown = await away.run(lambda: captured(parts.settings))
        taken = await take_upload(parts, shown.picture, Keep.HISTORY)
        facts = taken.facts
        return json_answer({"id": taken.id, "width": facts.width, "height": facts.height})


def _meant(parts: StillParts, body: ToWallBody) -> tuple[Ledger, Still]:
    job = body.job
    if body.picture:
        job = parts.ledgers.picture(body.picture)[1].kept.job
        if not job:
            raise HTTPException(422, "this picture was uploaded and has no prompt")
    return parts.ledgers.still(job)


def played(settings: PrimarySettings, change: JsonObject, glide_s: float) -> JsonObject:
    """What the control port makes of it; RefusedError with its sentence where it refuses."""
    path = f"/params?glide_ms={glide_s * 1000:.0f}"
    (answer,) = _asked(settings, ("PATCH", path, json.dumps(change).encode()))
    said = json.loads(answer)
    prompt = said["change"].get("prompt", change["prompt"])
    return {"status": "updated", "prompt": prompt, "remark": said["remark"]}


class WallPicture(NamedTuple):
    picture: bytes  # a JPEG, before the screen darkens it
    light: float  # how bright the screen is: 0 is black, 1 the picture as it is


def captured(settings: PrimarySettings) -> WallPicture:
    """The picture that goes out now; never that of the source itself."""
    params = ("GET", "/params", b"")
    before, picture, after = _asked(settings, params, ("GET", "/picture.jpg", b""), params)
    played = json.loads(after)["params"]
    # It may have been switched on or off while the picture was on its way.
    if json.loads(before)["params"]["passthrough"] or played["passthrough"]:
        raise RefusedError("the raw source is on the wall, and stills are not made from it")
    return WallPicture(picture, 0.0 if played["black"] else float(played["opacity"]))


def _asked(settings: PrimarySettings, *asked: tuple[str, str, bytes]) -> list[bytes]:
    """What the control port answers to each method, path and body."""
    from lib.http_client.deadline_http import HttpLine, Question  # noqa: PLC0415 - see there

    where = ServiceUrl(False, local_name(settings.bind), settings.settings_port, "")
    headers = {"Content-Type": "application/json", "User-Agent": "afterimage-stills"}
    if settings.control_token:
        headers["Authorization"] = f"Bearer {settings.control_token}"
    until_ns = time.monotonic_ns() + ANSWERS_WITHIN_NS
    largest = settings.max_jpeg_mb * MEGABYTE
    try:
        with HttpLine(where) as line:
            answers = [
                line.ask(Question(method, path, headers, body), until_ns, largest)
                for method, path, body in asked
            ]
    except ServiceError as error:
        raise HTTPException(503, "the wall does not answer at the moment") from error
    for answer in answers:
        if answer.status != HTTPStatus.OK:
            raise RefusedError(_sentence(answer.body))
    return [answer.body for answer in answers]


def _sentence(body: bytes) -> str:
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return "the wall refused it"
