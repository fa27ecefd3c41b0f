"""The way from a page to the same page on a phone: its link, and that link as a QR code.

The link holds the token of who asks: it opens for a phone what is open on this page already.
"""

from __future__ import annotations

import fcntl
import socket
import struct
from contextlib import suppress
from enum import Enum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Request, Response
from pydantic import BaseModel, Field

from lib.config.settings import PrimarySettings
from lib.http.bodies import UNCACHED, json_answer
from lib.http.names import EVERYWHERE, name_of
from lib.http.openapi import Refused
from lib.http.rate_limit import is_loopback
from lib.http.token import caller_of, texts_of

CLOSED = "only this machine reaches this page: BIND=0.0.0.0 and a token open it to phones"
NO_NETWORK = "this machine is in no network at the moment"
_SIOCGIFADDR = 0x8915  # Linux: the address of an interface
_ANYWHERE = ("192.0.2.1", 9)  # nobody's; nothing is sent there


class PhoneShape(BaseModel):
    address: str = Field(description="of the page, as others reach it; empty: they do not")
    why_not: str = Field(description="then a sentence on why, else empty")
    has_token: bool = Field(description="whether the code lets in who scans it")


class PhoneLink(NamedTuple):
    address: str
    token: str

    @property
    def whole(self) -> str:
        joint = "&" if "?" in self.address else "?"
        token = quote(self.token, safe="")
        return f"{self.address}{joint}token={token}" if self.token else self.address


def add_phone(app: FastAPI, settings: PrimarySettings, path: str) -> None:
    """`path`: of the page."""
    tags: list[str | Enum] = ["state"]

    @app.get(
        "/phone",
        summary="where a phone reaches this page",
        tags=tags,
        responses={200: {"model": PhoneShape}},
    )
    async def phone(request: Request) -> Response:
        try:
            link, why_not = link_of(settings, request, path), ""
        except ValueError as error:
            link, why_not = PhoneLink("", ""), str(error)
        return json_answer(
            {"address": link.address, "why_not": why_not, "has_token": bool(link.token)}
        )

    @app.get(
        "/phone.svg",
        summary="the same as a QR code, with the token in it",
        tags=tags,
        response_class=Response,
        responses={200: {"content": {"image/svg+xml": {}}}, 409: {"model": Refused}},
    )
    async def code(request: Request) -> Response:
        try:
            link = link_of(settings, request, path)
        except ValueError as error:
            raise HTTPException(409, str(error)) from None
        return Response(drawn(link.whole), media_type="image/svg+xml", headers=UNCACHED)


def link_of(settings: PrimarySettings, request: Request, path: str) -> PhoneLink:
    """With the token of who asks; ValueError with a sentence where no phone reaches this page."""
    host = request.headers.get("host", "")
    name = name_of(host)
    if name == "localhost" or is_loopback(name):
        host = f"{_reached(settings.bind)}:{request.url.port or 80}"
    token = texts_of(settings).get(caller_of(request).scope, "") if settings.control_token else ""
    return PhoneLink(f"{request.url.scheme}://{host}{path}", token)


def _reached(bind: str) -> str:
    """The address at which others reach this machine."""
    address = own_address() if bind in EVERYWHERE else bind
    if not address:
        raise ValueError(NO_NETWORK)
    if address == "localhost" or is_loopback(address):
        raise ValueError(CLOSED)
    return f"[{address}]" if ":" in address else address


def own_address() -> str:
    """Of this machine in the network that it would ask others through, or in its first one where
    it has no way out; empty without any."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        with suppress(OSError):
            asking.connect(_ANYWHERE)
            return str(asking.getsockname()[0])
        for _, name in socket.if_nameindex():
            with suppress(OSError):
                answer = fcntl.ioctl(asking, _SIOCGIFADDR, struct.pack("256s", name.encode()))
                address = socket.inet_ntoa(answer[20:24])
                if not is_loopback(address):
                    return address
    return ""


@lru_cache(maxsize=16)
def drawn(link: str) -> bytes:
    """A QR code as SVG."""
    import segno  # noqa: PLC0415 - 11 MB that a page seldom needs

    # A screen is neither torn nor dirty: the fewest modules, so that a phone may be further away.
    code = segno.make_qr(link, error="l", boost_error=False)
    svg: str = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
    return svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1).encode()
