"""Who may talk to this host: its own page, people and programs; no other web page in a browser.

Every web page that somebody on this machine opens can send requests here. So a changing request
must not come from another site, and the name it was sent to must be one of ours: a stranger's
name that points to our address (DNS rebinding) would make the stranger's page look like ours.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"content-security-policy",
        (
            b"default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
            b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
    ),
]


class Guard:
    """Refuses, with a sentence, what a foreign web page could have sent."""

    def __init__(self, app: ASGIApp, bind: str, changing: Collection[str]) -> None:
        self._app = app
        self._bind = bind
        self._changing = changing  # first part of each path that changes something
        self._names = own_names()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # nothing else is served
            return
        headers = {
            key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
        }
        reason = self._refusal(scope["method"], scope["path"], headers)
        if reason:
            await _refuse(send, reason)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refusal(self, method: str, path: str, headers: Mapping[str, str]) -> str | None:
        host = headers.get("host", "")
        if not self._is_ours(host):
            return f"'{host[:80]}' is not a name of this machine; use its IP address or host name"
        first = path.split("/", 2)[1] if "/" in path else path
        if method in ("GET", "HEAD") and first not in self._changing:
            return None
        site = headers.get("sec-fetch-site", "none")
        if site not in ("same-origin", "none"):
            return "a page of another web site may not change anything here"
        for name in ("origin", "referer"):
            origin = headers.get(name)
            if origin is not None and _place(origin) != host.lower():
                return "a page of another web site may not change anything here"
        if "prefetch" in headers.get("sec-purpose", ""):
            return "a browser that only looks ahead may not change anything here"
        return None

    def _is_ours(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if name in self._names or name == self._bind.lower():
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # A plain address can not be a stranger's name; which of them reach us, `bind` decides.
        return address.is_loopback or self._bind in ("0.0.0.0", "::", "*")


def own_names() -> set[str]:
    name = socket.gethostname().lower()
    return {"localhost", name, f"{name.split('.')[0]}.local"}


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


async def _refuse(send: Send, reason: str) -> None:
    body = json.dumps({"detail": reason}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    start = {"type": "http.response.start", "status": 403, "headers": headers + HEADERS}
    await send(start)
    await send({"type": "http.response.body", "body": body})
