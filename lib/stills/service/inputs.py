"""Pictures that stills are made from: uploads, by their id or inside a request."""

from __future__ import annotations

import base64
import binascii
import re

from lib.config.controls import RefusedError
from lib.core.still import Keep
from lib.pictures.bare import cleaned
from lib.pictures.examine import PictureFacts, examine
from lib.pictures.files import PictureError
from lib.stills.ledger.errors import NoSuchStillError
from lib.stills.service.asking import Input
from lib.stills.service.parts import StillParts

_id = re.compile(r"[0-9a-f]{16}")
_data_url = re.compile(r"data:image/[a-z+.-]+;base64,")


async def take_upload(
    parts: StillParts, data: bytes, keep: Keep, what: str = "picture", home: str = ""
) -> Input:
    """A picture into the ledger, without what its camera wrote of place, time and owner;
    RefusedError says why not. `home`: the map that it is of."""

    def checked() -> tuple[PictureFacts, bytes]:
        facts = examine(data)
        if parts.judge:
            parts.judge.check(data)
        return facts, cleaned(data)

    try:
        facts, kept = await parts.decoding.run(checked)
    except PictureError as error:
        raise RefusedError(f"the {what} cannot be used: {error}") from error
    ledger = parts.ledgers.keeping(keep)
    picture = await parts.ledgers.run(lambda: ledger.history.upload(kept, facts.kind, keep, home))
    return Input(picture, facts)


async def input_of(
    parts: StillParts, text: str | None, keep: Keep, what: str, person: str | None = None
) -> Input | None:
    """The picture that a request means by an id or holds as base64. `person`: on maps; None for
    an operator, and where the picture's map has been looked at."""
    if text is None:
        return None
    if not _id.fullmatch(text):
        return await take_upload(parts, _decoded(text, parts.longest_upload, what), keep, what)
    ledger, (kept, data) = await parts.ledgers.run(lambda: parts.ledgers.picture(text))
    if await parts.ledgers.run(lambda: parts.locks.closes_picture(text, kept.home, person)):
        raise NoSuchStillError(f"There is no picture {text[:40]!r}.")
    if ledger.private and keep != Keep.NONE:
        raise RefusedError(f"the {what} is kept for private jobs only; upload it once more")
    return Input(text, await parts.decoding.run(lambda: head_of(data)))


def head_of(data: bytes) -> PictureFacts:
    """Of a picture that was examined when it came."""
    return examine(data, whole=False)


def _decoded(text: str, most: int, what: str) -> bytes:
    found = _data_url.match(text)
    try:
        data = base64.b64decode(text[found.end() if found else 0 :], validate=True)
    except (binascii.Error, ValueError):
        raise RefusedError(f"the {what} must be an id or a picture in base64") from None
    if len(data) > most:
        raise RefusedError(f"the {what} is too large: at most {most // 1024 // 1024} MB are taken")
    return data
