"""What a request over HTTP brings along: who asks, and a body of bounded length."""

from __future__ import annotations

from typing import TypeVar

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from lib.control.journal import By
from lib.web.shapes import read_object

M = TypeVar("M", bound=BaseModel)
LONGEST = "control.longest"  # where it stands how many bytes a body may have
CHAT = "input-publisher"  # how the chat of this project names itself


def by(request: Request) -> By:
    """Through which door, and from which address."""
    who = request.client.host if request.client else ""
    if request.headers.get("sec-fetch-site") == "same-origin":
        return By("page", who)
    is_chat = request.headers.get("user-agent", "").startswith(CHAT)
    return By("chat" if is_chat else "http", who)


async def read_body(request: Request) -> bytes:
    body, longest = bytearray(), int(request.scope[LONGEST])
    try:
        async for part in request.stream():
            body += part
            if len(body) > longest:
                raise HTTPException(413, f"this is too long: at most {longest // 1024} kB are read")
    except ClientDisconnect as error:
        raise HTTPException(400, "the request ended before all of it was here") from error
    return bytes(body)


def read_model(model: type[M], text: bytes) -> M:
    """A body as the model has it; what does not fit is refused like any other mistake."""
    try:
        return model.model_validate(read_object(text))
    except ValidationError as error:
        # FastAPI's own errors begin with where the value stood, too.
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(found) from error
