"""Whose a job is: the owner by a cookie, by a name of a program's own, or by its address.

That decides turns and what a page calls mine; it is no wall between people who hold the same token.
Names and addresses can be anybody's, so a private job is shown to nobody for the sake of one: only
to the browser whose cookie asked for it, or to who shows the secret that its asker was told.
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


def has_own_key(asked: HTTPConnection, own: str = "") -> bool:
    """Whether its owner is known by a key that nobody else can have."""
    return bool(caller_of(asked).owner and not own)


def key_of(asked: HTTPConnection) -> str:
    """The random key in a browser's cookie; empty for a program."""
    return caller_of(asked).owner


def is_operator(asked: HTTPConnection) -> bool:
    """Who holds the control token, or anybody where there is none: then only this machine can
    ask."""
    return caller_of(asked).scope == Scope.CONTROL
