"""Addresses that end in a text: everything after `/prompt/` is the prompt, whatever it holds.

A phone's browser or curl sends `/prompt/why not? a/b #2 猫` partly escaped or not at all. HTTP
would end the path at `?`, drop a last `?`, and refuse what is not ASCII. So the rest of the line
is escaped before it is parsed as HTTP, and decoded again before it is routed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

TEXT = "afterimage.text"  # the text's key in the ASGI scope

_unsafe = re.compile(rb"[^\x21\x22\x24-\x3e\x40-\x7e]")  # all but visible ASCII without # and ?


@dataclass(frozen=True)
class TextPaths:
    """The addresses of a service that end in a text, by their first part."""

    names: frozenset[str] = frozenset()  # `/name/{text}`
    typed: frozenset[str] = frozenset()  # those that people type, which are escaped here
    # `/name/{text}` that may go on after the text, as in `/presets/{text}/recall`
    inside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def _request(self) -> re.Pattern[bytes]:
        names = "|".join(map(re.escape, sorted(self.typed)))
        return re.compile(f"GET (?:https?://[^/ ]+)?/(?:{names})/".encode())

    def escape(self, data: bytes) -> bytes:
        """The same request, with the text in its first line percent-encoded where it must be."""
        if not self.typed or not self._request.match(data):
            return data
        line, end, rest = data.partition(b"\r\n")
        target, space, version = line[4:].rpartition(b" HTTP/")
        if not end or not space:
            return data
        escaped = _unsafe.sub(lambda found: b"%%%02X" % found[0][0], target)
        return b"GET " + escaped + b" HTTP/" + version + end + rest

    def take(self, scope: Scope) -> Scope:
        """The request with its text taken out of the path, where `_` replaces it."""
        raw = scope["raw_path"].decode("ascii")
        first, slash, text = raw.removeprefix("/").partition("/")
        name = unquote(first)
        if slash and name in self.names:
            if scope["query_string"]:
                text += "?" + scope["query_string"].decode("ascii")
            return {**scope, "path": f"/{name}/_", "query_string": b"", TEXT: unquote(text)}
        if slash and name in self.inside:
            after = next((one for one in self.inside[name] if text.endswith(one)), "")
            before = text.removesuffix(after)
            path = f"/{name}/_{text[len(before) :]}"
            return {**scope, "path": path, TEXT: unquote(before)}
        if self._needs_text(scope["path"]):
            # An escaped slash, as in `/prompt%2Fx`, does not separate a name from its text.
            # Decoded, it would be routed as if it did; as it was sent, it is no known address.
            return {**scope, "path": raw}
        return scope

    def _needs_text(self, path: str) -> bool:
        name, slash, _ = path.removeprefix("/").partition("/")
        return bool(slash) and (name in self.names or name in self.inside)


class TextPathsMiddleware:
    """Takes the text out of an address before any other code reads the path."""

    def __init__(self, app: ASGIApp, paths: TextPaths) -> None:
        self._app, self._paths = app, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = self._paths.take(scope)
        await self._app(scope, receive, send)
