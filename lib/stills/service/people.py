"""Whose a job is: the owner by a cookie, by a name of a program's own, or by its address.

That decides turns and what a page calls mine; it is no wall between people who hold the same token.
"""

from __future__ import annotations

from starlette.requests import HTTPConnection

from lib.http.token import Scope, caller_of


def owner_of(asked: HTTPConnection, own: str = "") -> str:
    """`own` is what a program calls itself."""
    caller = caller_of(asked)
    if own:
        return f"program {own}"
    return f"browser {caller.owner}" if caller.owner else f"address {caller.address}"


def is_operator(asked: HTTPConnection) -> bool:
    """Who holds the control token, or anybody where there is none: then only this machine can
    ask."""
    return caller_of(asked).scope == Scope.CONTROL
