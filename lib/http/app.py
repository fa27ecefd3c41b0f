"""The app of every service: every refusal is one sentence, and none reveals internals."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match

from lib.config.sentences import sentence
from lib.http.bodies import UnreadableError
from lib.http.openapi import REFUSALS


def new_app(title: str, about: str) -> FastAPI:
    # FastAPI's interactive documentation is off, since it loads scripts from other hosts.
    app = FastAPI(
        title=title,
        description=about,
        version="1",
        docs_url=None,
        redoc_url=None,
        responses=REFUSALS,
        redirect_slashes=False,
    )
    app.add_exception_handler(RequestValidationError, _invalid)  # type: ignore[arg-type] # Starlette types them all alike
    app.add_exception_handler(UnreadableError, _unreadable)
    app.add_exception_handler(HTTPException, _other)  # type: ignore[arg-type] # the same
    app.add_exception_handler(Exception, _broken)
    return app


def refusal(status: int, words: str) -> Response:
    return JSONResponse({"detail": words}, status)


async def _invalid(_request: Request, error: RequestValidationError) -> Response:
    """Answer every validation error, of queries and bodies alike."""
    first = error.errors()[0]
    _where, *field = first["loc"]  # query or body, the field, and perhaps a place in it
    return refusal(422, sentence({**first, "loc": field}))


async def _unreadable(_request: Request, error: Exception) -> Response:
    return refusal(422, str(error))


async def _other(request: Request, error: HTTPException) -> Response:
    words, headers = str(error.detail), error.headers
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        methods = ", ".join(_methods(request))
        words = f"this address does not take {request.method} but {methods}"
        headers = {"Allow": methods}
    elif words == HTTPStatus.NOT_FOUND.phrase:
        words = "nothing is at this address; the page is at /"
    return JSONResponse({"detail": words}, error.status_code, headers=headers)


async def _broken(_request: Request, _error: Exception) -> Response:
    return refusal(500, "this failed on the server; its log says why")


def _methods(request: Request) -> list[str]:
    """The methods of all routes at this address; FastAPI makes a route for each method."""
    there = (route for route in request.app.routes if isinstance(route, APIRoute))
    fitting = (route for route in there if route.matches(request.scope)[0] != Match.NONE)
    return sorted({method for route in fitting for method in route.methods or ()})
