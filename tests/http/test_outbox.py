"""What a page is told comes whole and in order, whichever way it goes."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from starlette.websockets import WebSocket
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.protocol import State
from websockets.uri import parse_uri

from lib.http.connections import ABORT, WRITE
from lib.http.outbox import Outbox, frame_of


class Line:
    """A connection that takes ready frames while `reads`, and texts by its app when it is let."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.reads, self.may_send = True, asyncio.Event()
        self.scope: dict[str, Any] = {"extensions": {ABORT: lambda: None, WRITE: self._write}}

    def _write(self, frame: bytes) -> bool:
        if self.reads:
            self.got.append(f"frame {frame[2:].decode()}")
        return self.reads

    async def send_text(self, text: str) -> None:
        await self.may_send.wait()
        self.got.append(text)


def test_a_frame_goes_at_once_where_nothing_waits_and_else_behind_what_does() -> None:
    async def told() -> list[str]:
        line = Line()
        outbox = Outbox(cast("WebSocket", line))
        sending = asyncio.create_task(outbox.send())
        tell = lambda text: outbox.put(text, frame_of(text))  # noqa: E731 # a short name
        tell("a")
        line.reads = False
        tell("b")
        await asyncio.sleep(0)  # it is being sent
        line.reads = True
        tell("c")
        line.may_send.set()
        while len(line.got) < 3:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        tell("d")
        sending.cancel()
        return line.got

    assert asyncio.run(told()) == ["frame a", "b", "c", "frame d"]


def test_a_frame_is_what_a_browser_reads() -> None:
    for text in ("", "héllo", "x" * 200, "y" * 70_000):
        browser = ClientProtocol(parse_uri("ws://here/"), state=State.OPEN)
        browser.receive_data(frame_of(text))
        (frame,) = browser.events_received()
        assert isinstance(frame, Frame) and bytes(frame.data).decode() == text
