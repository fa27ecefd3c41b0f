"""Shapes of answers, for the description of this port that programs can read."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from lib.control.params_table import CONTROLS
from lib.web.shapes import KINDS

Value = bool | int | float | str


class Refused(BaseModel):
    """Nothing was changed."""

    detail: str = Field(description="one sentence")


class EntryShape(BaseModel):
    """What came of one request: a line of the journal."""

    number: int = Field(description="of what is played after it")
    time: float = Field(description="Unix seconds")
    door: str
    who: str
    action: str
    change: dict[str, Value]
    before: dict[str, Value]
    refused: str
    remark: str


class ParamsShape(BaseModel):
    """What is played, by field, and the table of all controls."""

    number: int
    params: dict[str, Value]
    table: list[dict[str, Any]]


class JournalShape(BaseModel):
    entries: list[EntryShape] = Field(description="oldest first")


class NamesShape(BaseModel):
    names: list[str]


class PresetShape(BaseModel):
    name: str
    values: dict[str, Value]


class CuesShape(BaseModel):
    sheet: dict[str, Any]
    state: dict[str, Any]


class HealthShape(BaseModel):
    status: str = Field(description="flowing or paused")


class WorkersShape(BaseModel):
    workers: list[dict[str, Any]]


REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Refused, "description": "needs the token"},
    403: {"model": Refused, "description": "from another web site, or to a name not ours"},
    413: {"model": Refused, "description": "too long"},
    422: {"model": Refused, "description": "not allowed: one sentence says what is"},
    429: {"model": Refused, "description": "too many requests from this address"},
}

MISSING: dict[int | str, dict[str, Any]] = {
    404: {"model": Refused, "description": "there is none of that name"}
}
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": Refused, "description": "there is nothing to do it to"}
}


def value_parameter(name: str) -> dict[str, Any]:
    """What may stand in the address of a control."""
    control = CONTROLS[name]
    schema: dict[str, Any] = {"text": {"type": "string"}, "bool": {"type": "boolean"}}.get(
        KINDS[control.kind], {"type": "integer" if control.kind is int else "number"}
    )
    limits = {"minimum": control.least, "maximum": control.most, "maxLength": control.longest}
    schema |= {key: limit for key, limit in limits.items() if limit is not None}
    return {
        "parameters": [
            {"name": "value", "in": "path", "required": True, "schema": schema},
        ]
    }


def name_parameter(what: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 64}
    return {"name": "name", "in": "path", "required": True, "schema": schema, "description": what}


def body(schema: dict[str, Any], required: bool = True) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"content": content, "required": required}}


def change_schema() -> dict[str, Any]:
    """The body of PATCH /params."""
    properties = {
        control.field: value_parameter(name)["parameters"][0]["schema"]
        for name, control in CONTROLS.items()
    }
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
    }
