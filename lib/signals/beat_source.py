"""The beat as signals: where in the beat and the bar it is, and a pulse that falls after each."""

from __future__ import annotations

import time
from contextlib import ExitStack
from enum import Enum

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from lib.core.beat import FASTEST_BPM, SLOWEST_BPM
from lib.http.bodies import json_answer, read_body, read_model
from lib.http.openapi import json_body, schema_of
from lib.signals.pace import Pace
from lib.signals.parts import Doors, SignalParts
from lib.signals.source import SignalSource

BAR = 4  # beats


class BeatSource(SignalSource):
    name = "beat"

    def __init__(self, parts: SignalParts) -> None:
        super().__init__(parts)
        self._pace = Pace(self)

    def open(self, resources: ExitStack) -> None:
        """It needs nothing; who taps comes by the page, and MIDI's clock by its own source."""

    def step(self) -> None:
        for name, value in beat_signals(self.parts.beat.position(time.monotonic_ns())).items():
            self.put(name, value)
        self._pace.wait()

    def describe(self) -> str:
        bpm = self.parts.beat.bpm()
        return f"{bpm:.1f} beats a minute" if bpm else "tap a beat, or send MIDI's clock"


def beat_signals(position: float | None) -> dict[str, float]:
    if position is None:
        return {}
    part = position % 1.0
    return {
        "phase": part,
        "pulse": (1.0 - part) ** 2,
        "swing": 1.0 - abs(2.0 * (position / 2 % 1.0) - 1.0),
        "bar": position / BAR % 1.0,
    }


class TempoBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    bpm: float = Field(ge=SLOWEST_BPM, le=FASTEST_BPM)


def beat_doors(parts: SignalParts) -> Doors:
    def add(app: FastAPI) -> None:
        tags: list[str | Enum] = ["sources"]

        @app.post("/beat/tap", summary="this is a beat", tags=tags)
        async def tap() -> Response:
            parts.beat.tap(time.monotonic_ns())
            parts.switched.add(BeatSource.name)
            return json_answer({"bpm": round(parts.beat.bpm(), 1)})

        @app.post(
            "/beat/tempo",
            summary="go on at so many beats a minute",
            tags=tags,
            openapi_extra=json_body(schema_of(TempoBody)),
        )
        async def tempo(request: Request) -> Response:
            body = read_model(TempoBody, await read_body(request))
            parts.beat.set_bpm(body.bpm, time.monotonic_ns())
            parts.switched.add(BeatSource.name)
            return json_answer({"bpm": round(parts.beat.bpm(), 1)})

    return Doors(add)
