"""Results that another server of the protocol sde made, taken into the gallery with their names and
times."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import HTTPException
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from lib.config.params import LONGEST_PROMPT
from lib.core.still import StaleTokenError
from lib.pictures.bare import bare
from lib.pictures.examine import examine
from lib.pictures.files import PictureError
from lib.pictures.xmp import SourceType, marked
from lib.stills.adapters.jobs import AdapterJobs, NotDoneError
from lib.stills.adapters.sde_backup import CREATED
from lib.stills.ledger.errors import KeyTakenError
from lib.stills.ledger.queue import Asker
from lib.stills.service.asking import JobBody
from lib.stills.service.parts import PictureJudge, StillParts, UnfitPictureError

NAME = "sde"
NO_ENGINE = "none"  # of a job that no worker shall make
LONGEST_TIME = 40


def _is_time(text: str) -> str:
    datetime.fromisoformat(text).timestamp()
    return text


class ImportBody(BaseModel):
    """A result as the files of the original have it; its uuid is in the address."""

    model_config = ConfigDict(strict=True, frozen=True)

    prompt: Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT)]
    created_time: Annotated[str, Field(max_length=LONGEST_TIME), AfterValidator(_is_time)]
    data: str = Field(description="base64 of its PNG")


async def import_result(parts: StillParts, uuid: UUID, body: ImportBody) -> dict[str, object]:
    """Into the ledger, as a result that it made; the same again changes nothing."""
    jobs, kept = AdapterJobs(parts, NAME), parts.ledgers.kept
    created_s = max(0, int(datetime.fromisoformat(body.created_time).timestamp()))
    try:
        picture = await parts.decoding.run(partial(_fit, parts.judge, body.data))
    except (PictureError, UnfitPictureError) as error:
        raise HTTPException(422, f"data must be base64 of a PNG to use: {error}") from error
    try:
        asked = await jobs.request(JobBody(prompt=body.prompt, engine=NO_ENGINE))
        asked = replace(asked, body={**asked.body, CREATED: body.created_time})
        job = await jobs.ask(asked, Asker(NAME, own_key=str(uuid), created_s=created_s))
    except NotDoneError as error:
        if isinstance(error.__cause__, KeyTakenError):
            return {"id": "", "new": False}  # made here, or taken in from another file
        raise HTTPException(error.status, str(error)) from error
    if not job.still.open:
        return {"id": job.id, "new": False}
    try:
        await parts.ledgers.run(lambda: kept.leases.finish_any(job.id, picture, "png"))
    except StaleTokenError:  # sent twice at once
        return {"id": job.id, "new": False}
    parts.hub.poke()
    return {"id": job.id, "new": True}


def _fit(judge: PictureJudge | None, text: str) -> bytes:
    """On the thread of pictures: as it is kept."""
    try:
        png = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PictureError("it is no base64") from error
    if not examine(png, ("png",)).upright:
        raise PictureError("its Exif says that it is to be turned")
    if judge:
        judge.check(png)
    return marked(bare(png), SourceType.FROM_WORDS)
