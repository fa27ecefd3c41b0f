"""Clients and workers of the service of stills, as benchmarks need them: what is asked, over which
lines, and the service itself."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from typing import Any, TypeAlias

from PIL import Image
from websockets.asyncio.client import ClientConnection, connect

from bench.asking import Asker
from bench.ports import LOCAL
from bench.processes import Program, Programs

SIDE = 64
STARTS_S = 30
Question: TypeAlias = tuple[str, object]  # path and body of a POST


def still(prompt: str, owner: str, side: int = SIDE) -> Question:
    return "/jobs", {"prompt": prompt, "width": side, "height": side, "owner": owner}


def claim(number: int, worker: str = "bench") -> Question:
    offer = {"claim": f"{number:016x}", "engine": "painter", "kinds": ["txt2img"]}
    return "/work/claim", {**offer, "worker": worker, "wait_s": 5}


def beat(lease: Any, step: int, total: int = 1000) -> Question:
    said = {"id": lease["id"], "token": lease["token"], "step": step % total, "total": total}
    return "/work/beat", said


def finish(lease: Any, picture: bytes) -> Question:
    return f"/work/finish?id={lease['id']}&token={lease['token']}&sample=0", picture


def give_back(lease: Any) -> Question:
    return "/work/give_back", {"id": lease["id"], "token": lease["token"], "error": ""}


class Line(Asker):
    def __init__(self, port: int) -> None:
        super().__init__(port, timeout_s=60)

    def post(self, path: str, body: object) -> Any:
        return self.ask("POST", path, body)


class AsyncLine:
    """The same for hundreds at a time, and so no more than it must be."""

    async def open(self, port: int) -> None:
        self._port = port
        self._reader, self._writer = await asyncio.open_connection(LOCAL, port)

    async def post(self, path: str, body: object) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if self._reader.at_eof():  # the service lets a line go that says nothing for seconds
            await self.open(self._port)
        head = f"POST {path} HTTP/1.1\r\nHost: {LOCAL}\r\nContent-Length: {len(data)}\r\n\r\n"
        self._writer.write(head.encode() + data)
        said = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(said.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        answer = await self._reader.readexactly(length)
        status = int(said.split()[1])
        if status >= 300:
            raise RuntimeError(f"{path}: {status} {answer[:200]!r}")
        return json.loads(answer) if answer else None

    def close(self) -> None:
        self._writer.close()


async def open_page(port: int) -> ClientConnection:
    """A page that listens to what happens."""
    url = f"ws://{LOCAL}:{port}/events"
    return await connect(url, proxy=None, compression=None, max_size=1 << 24)


async def reads(page: ClientConnection, told: list[int]) -> None:
    """Counts messages and bytes."""
    async for message in page:
        told[0] += 1
        told[1] += len(message)


async def waits(port: int, job: str) -> None:
    """A client that asks again and again to be told of the end."""
    while True:
        reader, writer = await asyncio.open_connection(LOCAL, port)
        head = f"GET /jobs/{job}?wait_s=60 HTTP/1.1\r\nHost: {LOCAL}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        try:
            await reader.read()
        finally:
            writer.close()


def noise(side: int = SIDE) -> bytes:
    """A PNG that hardly compresses."""
    with tempfile.SpooledTemporaryFile() as file:
        Image.effect_noise((side, side), 80).convert("RGB").save(file, "PNG")
        file.seek(0)
        return file.read()


def start_service(programs: Programs, port: int, state: str, *flags: str) -> Program:
    """Returns when it answers."""
    words = ["--stills_port", str(port), "--state_dir", state, *flags]
    own = {"ENV_FILE": os.devnull}
    program = programs.start("app.py", "--role", "stills", *words, environment=own)
    until_served(port)
    return program


def until_served(port: int) -> None:
    end_s = time.monotonic() + STARTS_S
    while not Line(port).answers():
        if time.monotonic() > end_s:
            raise RuntimeError("the service did not start")
        time.sleep(0.1)
