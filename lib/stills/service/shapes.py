"""The models of answers, for the port's description that programs can read."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from lib.http.openapi import Refused

State = Literal["queued", "running", "done", "failed", "cancelled"]


class JobShape(BaseModel):
    id: str
    number: int = Field(description="grows with each job; what `before` means")
    state: State
    step: int
    total: int
    phase: str
    preview: bool
    place: int | None = Field(description="how many stand before it, while it waits")
    waits_for: str = Field(description="what is missing for it to begin; empty: only its turn")
    error: str
    engine: str = Field(description="that makes it, or that it asks for")
    memory: str = Field(description="how that engine got by with less memory, which is slower")
    model: str
    lane: str
    keep: str
    private: bool
    tries: int
    waiters: int
    created: int = Field(description="Unix seconds")
    ended: int | None
    estimate_s: float | None
    owner_is_me: bool
    prompt: str = Field(description="as it was asked for")
    prompt_used: str = Field(description="as the engine reads it")
    negative: str
    remark: str = Field(description="about the words: not translated, and so on")
    params: dict[str, Any] | None
    machine_size: str = Field(description="that the size is of; empty where the request named one")
    pictures: list[str]
    image: str
    mask: str


class JobsShape(BaseModel):
    jobs: list[JobShape]
    more: bool = Field(description="whether there are older ones")


class UploadShape(BaseModel):
    id: str
    width: int
    height: int


class ModelsShape(BaseModel):
    models: list[str] = Field(description="names that workers have")
    held: list[str] = Field(description="those that a worker has loaded")
    unguided: list[str] = Field(
        description="those that heed `negative` only with a guidance above 1; empty: where none "
        "is named"
    )
    any_name: bool = Field(description="whether a worker is there that takes any name")
    engines: list[str]
    kinds: list[str]
    largest: int
    machine_size: str
    side: int = Field(description="of a still whose request names no size")


class ServiceHealthShape(BaseModel):
    status: str
    workers: list[dict[str, Any]]
    jobs: dict[str, int]
    oldest_waits_s: float
    kept_bytes: int
    free_bytes: int
    machine_size: str
    adapters: list[dict[str, Any]] = Field(description="older protocols that are spoken")


class AliveShape(BaseModel):
    status: str


class LeaseShape(BaseModel):
    id: str
    token: int
    samples_done: list[int]
    lease_s: float
    params: dict[str, Any]
    image: bool
    mask: bool
    private: bool


class BeatShape(BaseModel):
    cancel: bool
    lease_s: float


class StateShape(BaseModel):
    state: State


class WallShape(BaseModel):
    status: str
    prompt: str
    remark: str


class ImportedShape(BaseModel):
    id: str = Field(description="of its job; empty where this uuid stands for another request")
    new: bool


GONE: dict[int | str, dict[str, Any]] = {
    404: {"model": Refused, "description": "no job or picture has that id"},
    409: {"model": Refused, "description": "not possible now"},
    503: {"model": Refused, "description": "not at the moment"},
    507: {"model": Refused, "description": "the disk is full"},
}
