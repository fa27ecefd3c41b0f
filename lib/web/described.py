"""Shapes of answers, for the description of this port that programs can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from lib.config.controls import CONTROLS
from lib.config.params import Played

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
    schema = schema_of(Played)["properties"][CONTROLS[name].field]
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
    """The body of PATCH /params: some fields of what is played."""
    return {**schema_of(Played), "minProperties": 1}


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """What a model takes, in one piece and without what only its code needs.

    FastAPI gathers the definitions of bodies that it reads itself. Ours are read by hand: with
    `curl -d` they come as a form, and none may be longer than the settings allow.
    """
    whole = model.model_json_schema()
    described: dict[str, Any] = _described(whole, whole.get("$defs", {}))
    return described


SAID = {"type", "properties", "required", "additionalProperties", "items", "enum", "pattern"}
SAID |= {"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "examples"}


def _described(schema: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return _described(known[schema["$ref"].rpartition("/")[2]], known)
    if "anyOf" in schema:  # something or null
        one = _described(schema["anyOf"][0], known)
        return {**one, "type": [one["type"], "null"]}
    told = {key: value for key, value in schema.items() if key in SAID}
    if "items" in told:
        told["items"] = _described(told["items"], known)
    if "properties" in told:
        fields = told["properties"].items()
        told["properties"] = {name: _described(field, known) for name, field in fields}
    return told
