"""What stands in the address after `/prompt/` is the prompt, whatever characters it holds.

A phone's browser or curl sends `/prompt/why not? a/b #2 猫` half escaped or not at all. HTTP would
end the path at `?`, drop a last `?`, and refuse what is not ASCII; so the rest of the line is
escaped before it is parsed as HTTP, and read back as text before it is routed.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

VALUE = "control.value"  # where the text stands in the ASGI scope
PRESETS, RECALL = "presets", "/recall"

_texts = re.compile(rb"GET /(?:prompt|prompt2|directory|preset)/")
_unsafe = re.compile(rb"[^\x21\x22\x24-\x3e\x40-\x7e]")  # all but visible ASCII without # and ?


def escape_text(data: bytes) -> bytes:
    """The same request, with everything behind `GET /prompt/` percent-encoded where it must be."""
    if not _texts.match(data):
        return data
    line, end, rest = data.partition(b"\r\n")
    target, space, version = line[4:].rpartition(b" HTTP/")
    if not end or not space:
        return data
    escaped = _unsafe.sub(lambda found: b"%%%02X" % found[0][0], target)
    return b"GET " + escaped + b" HTTP/" + version + end + rest


class Values:
    """Takes the value out of `/name/value` before anything else reads the path.

    The name of a preset may hold a slash too, so `/presets/{name}` is taken apart here as well.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            raw: bytes = scope["raw_path"]
            first, slash, value = raw.decode("ascii").removeprefix("/").partition("/")
            name = unquote(first)
            if slash and name in self._names:
                if scope["query_string"]:
                    value += "?" + scope["query_string"].decode("ascii")
                scope = {**scope, "path": f"/{name}/_", "query_string": b"", VALUE: unquote(value)}
            elif slash and name == PRESETS:
                one = value.removesuffix(RECALL)
                path = f"/{PRESETS}/_{RECALL if one != value else ''}"
                scope = {**scope, "path": path, VALUE: unquote(one)}
            elif self._has_value(scope["path"]):
                # An escaped slash, as in `/prompt%2Fx`, parts no name from its value. Read as text
                # it would be routed as if it did; as it was sent it is an address of nothing.
                scope = {**scope, "path": raw.decode("ascii")}
        await self._app(scope, receive, send)

    def _has_value(self, path: str) -> bool:
        name, slash, _ = path.removeprefix("/").partition("/")
        return bool(slash) and (name in self._names or name == PRESETS)
