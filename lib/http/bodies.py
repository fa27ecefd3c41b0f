"""Reads JSON bodies, bounded in length and strictly, and writes JSON answers.

Our own code reads bodies, not FastAPI: `curl -d` sends them as a form, and none may be longer than
the service's limit.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import NoReturn, TypeVar

from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

LONGEST = "afterimage.longest"  # key in the ASGI scope: how many bytes a body may have
MEGABYTE = 1024 * 1024
UNCACHED = {"Cache-Control": "no-store"}

JsonObject = dict[str, object]
M = TypeVar("M", bound=BaseModel)


class PlainMetrics(Response):
    """Metrics as Prometheus reads them."""

    media_type = "text/plain; version=0.0.4; charset=utf-8"


class UnreadableError(ValueError):
    """Not JSON that is accepted here; the text is a sentence."""


async def read_body(request: Request, longest: int = 0) -> bytes:
    """All of it, up to the service's limit or a smaller one."""
    body, longest = bytearray(), longest or int(request.scope[LONGEST])
    try:
        async for part in request.stream():
            body += part
            if len(body) > longest:
                raise HTTPException(413, too_long(longest))
    except ClientDisconnect as error:
        raise HTTPException(400, "the request ended early") from error
    return bytes(body)


def too_long(longest: int) -> str:
    shown = f"{longest // 1024} kB" if longest < MEGABYTE else f"{longest // MEGABYTE} MB"
    return f"this is too long: at most {shown} are taken"


def read_json(text: str | bytes) -> object:
    """The value of a JSON text; an UnreadableError for anything that a page or a program would not
    send."""
    try:
        value: object = json.loads(text, parse_constant=_no_number, parse_float=_number)
        json.dumps(value, ensure_ascii=False).encode()  # fails for lone surrogates
    except (ValueError, RecursionError) as error:  # UnicodeError is a ValueError
        raise UnreadableError("this is not valid JSON") from error
    return value


def read_object(text: str | bytes) -> JsonObject:
    value = read_json(text)
    if not isinstance(value, dict):
        raise UnreadableError('this must be a JSON object such as {"strength": 0.5}')
    return value


def read_model(model: type[M], text: bytes) -> M:
    """A body as its model; one that does not fit is refused like any other mistake."""
    try:
        return model.model_validate(read_object(text))
    except ValidationError as error:
        # FastAPI's own errors begin with the place of the value, too.
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(found) from error


def write_json(facts: Mapping[str, object]) -> str:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def json_answer(facts: Mapping[str, object], status: int = 200) -> Response:
    """An answer in JSON, serialised once and not validated against a model again."""
    return Response(write_json(facts), status, UNCACHED, media_type="application/json")


def _number(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
