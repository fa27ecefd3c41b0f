"""What a request over HTTP brings along: who asks, and a body of bounded length."""

from __future__ import annotations

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from lib.control.desk import By

LONGEST = "control.longest"  # where it stands how many bytes a body may have
CHAT = "input-publisher"  # how the chat of this project names itself


def by(request: Request) -> By:
    """Through which door, and from which address."""
    who = request.client.host if request.client else ""
    if request.headers.get("sec-fetch-site") == "same-origin":
        return By("page", who)
    is_chat = request.headers.get("user-agent", "").startswith(CHAT)
    return By("chat" if is_chat else "http", who)


async def read_body(request: Request) -> bytes:
    body, longest = bytearray(), int(request.scope[LONGEST])
    try:
        async for part in request.stream():
            body += part
            if len(body) > longest:
                raise HTTPException(413, f"this is too long: at most {longest // 1024} kB are read")
    except ClientDisconnect as error:
        raise HTTPException(400, "the request ended before all of it was here") from error
    return bytes(body)
