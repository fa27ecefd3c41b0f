"""The models of requests and answers, for the port's description that programs can read."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from lib.config.controls import CONTROLS
from lib.config.params import Played
from lib.config.sentences import must_be
from lib.http.openapi import Refused, schema_of

Value = bool | int | float | str


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
    times: int = Field(1, description="how many equal refusals this stands for")
    saved: dict[str, dict[str, Value] | None] = Field(
        {}, description="presets that it saved, renamed or deleted; null: there is none any more"
    )
    saved_before: dict[str, dict[str, Value] | None] = {}


class ParamsShape(BaseModel):
    """What is played, by field, and the table of all controls."""

    number: int
    params: dict[str, Value]
    table: list[dict[str, Any]]


class SourcesShape(BaseModel):
    sources: list[str] = Field(description="folders and films of the data folder")


class JournalShape(BaseModel):
    entries: list[EntryShape] = Field(description="oldest first")


class PresetRowShape(BaseModel):
    """What a list of presets shows of each."""

    name: str
    parts: list[str] = Field(description="what it holds something of: look, wall, source, signals")
    picture: str = Field(description="the address of its picture; empty: it has none")


class NamesShape(BaseModel):
    names: list[str]
    presets: list[PresetRowShape] = []
    safe: bool = Field(False, description="whether a safe look was set; else that of the start")


class SafeShape(BaseModel):
    own: bool = Field(description="somebody set it; else it is what the show started with")
    values: dict[str, Value]


class PresetShape(BaseModel):
    name: str
    values: dict[str, Value]


class RenameBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, must_be("a text, its new name")]


class MoveBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    before: Annotated[str, must_be("the name of a preset, or null for the last place")] | None = (
        None
    )


class CuesShape(BaseModel):
    sheet: dict[str, Any]
    state: dict[str, Any]
    version: str = Field("", description="of the sheet; for If-Match")
    missing: list[int] = Field([], description="positions of cues whose preset does not exist")
    clashes: list[list[int]] = Field([], description="pairs of positions of cues at the same time")
    due: int | None = Field(None, description="by the clock: the cue that should be on by now")
    coming: list[dict[str, Any]] = Field(
        [], description="by the clock: position and time, in Unix seconds, of the day's cues"
    )


class HealthShape(BaseModel):
    status: str = Field(description="flowing or paused")


class WorkersShape(BaseModel):
    workers: list[dict[str, Any]]


MISSING: dict[int | str, dict[str, Any]] = {
    404: {"model": Refused, "description": "nothing has that name"}
}
UNCONFIRMED: dict[int | str, dict[str, Any]] = {
    428: {"model": Refused, "description": "the public would see it at once: ask once more"}
}
STALE: dict[int | str, dict[str, Any]] = {
    412: {"model": Refused, "description": "somebody else changed the sheet since it was read"}
}
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": Refused, "description": "not possible now"}
}


def value_parameter(name: str) -> dict[str, Any]:
    """The values that the address of a control takes."""
    schema = schema_of(Played)["properties"][CONTROLS[name].field]
    return {
        "parameters": [
            {"name": "value", "in": "path", "required": True, "schema": schema},
        ]
    }


def name_parameter(what: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 64}
    return {"name": "name", "in": "path", "required": True, "schema": schema, "description": what}


def change_schema() -> dict[str, Any]:
    """The body of PATCH /params: some fields of what is played."""
    return {**schema_of(Played), "minProperties": 1}
