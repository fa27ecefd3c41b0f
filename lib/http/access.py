"""What decides who may use a service: its rules, a request's head, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from starlette.types import Scope as AsgiScope

from lib.http.rate_limit import network_of
from lib.http.raw_path import TEXT
from lib.http.token import Scope

# Our longest has a token of 200 characters. FastAPI reads all of it for each request, open to all
# or not, in a time that other requests would wait.
LONGEST_QUERY = 4096
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"content-security-policy",
        (
            b"default-src 'none'; img-src 'self' blob:; style-src 'self'; script-src 'self'; "
            b"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
            b"frame-ancestors 'none'"
        ),
    ),
)


@dataclass(frozen=True)
class AccessRules:
    """The properties of a service's addresses that decide who may use them."""

    bind: str  # the address it listens on
    longest: int  # bytes of a body
    # By the first part of a path: bytes of a body where they are other than that.
    longest_at: Mapping[str, int] = field(default_factory=dict)
    # By the first part of a path, "" for the page at /: what opens it where that is not control.
    scopes: Mapping[str, Scope] = field(default_factory=dict)
    allowed_names: str = ""  # of a proxy in front, with commas between
    allowed_origins: str = ""  # of other web sites' pages that are trusted, with commas between
    framable: frozenset[str] = frozenset()  # paths that these may show in a frame
    knows_owners: bool = False  # whether a browser that gets a page is given a key of its own
    changing: frozenset[str] = frozenset()  # first part of each path whose GET changes something
    open_to_all: frozenset[str] = frozenset()  # paths that need no token
    for_people: frozenset[str] = frozenset({"/"})  # paths that a link with a token may lead to
    people_below: frozenset[str] = frozenset()  # the same for all below, by their first part
    endless: frozenset[str] = frozenset()  # paths whose answer does not end
    styles: tuple[str, ...] = ()  # style sheets of the sign-in page
    headers: tuple[tuple[bytes, bytes], ...] = HEADERS  # of every answer
    any_origin: bool = False  # whether other web sites' pages may change something, too
    longest_query: int = LONGEST_QUERY


class Refusal(NamedTuple):
    """The answer to a request that is refused."""

    status: int
    sentence: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    page: str = ""  # for browsers


class Access(NamedTuple):
    """What a request shows, and what comes of it."""

    scope: Scope | None = None  # what it may do; None: nothing
    refusal: Refusal | None = None
    text: str | None = None  # before the token, where that stood at the end of the address


class RequestHead(NamedTuple):
    """The parts of a request that decide whether it is allowed."""

    kind: str  # http or websocket
    scheme: str  # https where a trusted proxy says so
    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    client: str  # the network that its address is counted in
    text: str | None  # the text at the end of the address, if it has one

    @property
    def first(self) -> str:
        """The first part of its path."""
        return self.path.split("/", 2)[1] if "/" in self.path else self.path

    @property
    def wants_page(self) -> bool:
        """Whether it is a browser's that opens a page, and no program's."""
        return "text/html" in self.headers.get("accept", "")


def head_of(scope: AsgiScope) -> RequestHead:
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
    return RequestHead(
        scope["type"],
        scope["scheme"],
        scope.get("method", "GET"),
        scope["path"],
        scope["query_string"],
        headers,
        network_of(scope["client"][0]),
        scope.get(TEXT),
    )


def try_later(reason: str, wait_s: float) -> Refusal:
    seconds = max(1, round(wait_s))
    return Refusal(429, f"{reason}; try again in {seconds} s", ((b"retry-after", b"%d" % seconds),))
