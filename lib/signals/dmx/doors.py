"""The addresses of the light output: which fixtures show which areas of the picture."""

from __future__ import annotations

from enum import Enum

from fastapi import FastAPI, HTTPException, Request, Response

from lib.http.bodies import json_answer, read_body, read_model
from lib.http.openapi import json_body, schema_of
from lib.signals.dmx.fixtures import Patch
from lib.signals.dmx.patch_file import PatchError, load_patch, patch_path, save_patch
from lib.signals.parts import Doors, SignalParts

LIGHT: list[str | Enum] = ["light"]
LONGEST = 256 * 1024  # of a patch: 680 fixtures take 90 kB


def light_doors(parts: SignalParts) -> Doors:
    path = patch_path(parts.settings)

    def add(app: FastAPI) -> None:
        @app.get("/fixtures", summary="the lamps, and the areas that they show", tags=LIGHT)
        def fixtures() -> Response:
            try:
                return json_answer(load_patch(path).model_dump())
            except PatchError as error:
                raise HTTPException(500, str(error)) from error

        @app.put(
            "/fixtures",
            summary="show these areas on these lamps, in place of all others",
            tags=LIGHT,
            openapi_extra=json_body(schema_of(Patch)),
        )
        async def put_fixtures(request: Request) -> Response:
            patch = read_model(Patch, await read_body(request))
            try:
                await parts.away.run(lambda: save_patch(path, patch))
            except PatchError as error:
                raise HTTPException(500, str(error)) from error
            return json_answer(patch.model_dump())

    return Doors(add=add, longest={"fixtures": LONGEST})
