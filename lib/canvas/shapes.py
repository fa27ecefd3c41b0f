"""The models of answers, for the port's description that programs can read."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class MapShape(BaseModel):
    id: str
    name: str
    created: int = Field(description="Unix seconds")
    changed: int
    locked: bool = Field(description="whether it has a password")
    open: bool = Field(description="whether you may open it now")
    mine: bool = Field(description="whether you made it")
    nodes: int
    cover: list[str] = Field(description="its newest pictures, where it is open to you")
    here: int = Field(description="people who look at it now")
    deleted: int | None = Field(description="when it went into the bin")


class MapsShape(BaseModel):
    maps: list[MapShape]
    you: dict[str, Any]
    live_port: int = Field(description="of the live page; 0 where it is not yours")
    signals_port: int = Field(description="of the page of signals, likewise; 0: there is none")


class MapNodeShape(BaseModel):
    map: MapShape
    node: str


class DeviceShape(BaseModel):
    address: str = Field(description="to be opened on the other device; empty: it reaches none")
    why_not: str
    code: str
    seconds: int = Field(description="that it is valid")


class PersonShape(BaseModel):
    name: str
