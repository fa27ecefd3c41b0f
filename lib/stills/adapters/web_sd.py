"""The protocol web_sd: JSON with a length before it, over TCP; pictures are raw pixels in base64.

What a request leaves out is in `WebSdDefaults`, which people change on the page of stills. It has
no message for an error that old clients survive: what goes wrong is counted and told there.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import ValidationError

from lib.config.sentences import sentence
from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.core.length_frames import LengthError, LengthReader, framed
from lib.core.pixels import Pixels
from lib.core.still import Keep
from lib.core.still_params import LARGEST_SEED, LARGEST_SIDE, MOST_SAMPLES, MOST_STEPS
from lib.http.bodies import UnreadableError, read_object
from lib.http.tcp_port import ClientLine
from lib.pictures.files import PictureError
from lib.stills.adapters.jobs import NotDoneError, share_of
from lib.stills.adapters.shapes import ShapeError, grey_like, inputs_at, made_at, outputs_at
from lib.stills.adapters.tcp_port import AdapterSession, TcpAdapter
from lib.stills.adapters.web_sd_defaults import DefaultsFile, WebSdDefaults
from lib.stills.service.asking import JobBody
from lib.stills.service.parts import StillParts
from lib.stills.service.running import HowFar

NAME = "web_sd"
KINDS = ("txt2img", "img2img", "inpaint")
CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}
# Between two messages: a known client loses the second of what it reads at once.
APART_S = 0.02


class WebSdError(ValueError):
    """A request that cannot be read; the text is for the count and the log."""


@dataclass(frozen=True, slots=True)
class WebSdRequest:
    kind: str
    metadata: Mapping[str, object]
    prompt: str
    negative: str
    seed: int
    power: float
    samples: int
    steps: int
    image: Pixels | None
    mask: Pixels | None

    @classmethod
    def read(cls, message: bytes, usual: WebSdDefaults) -> WebSdRequest | None:
        """None for what asks for nothing: a greeting."""
        try:
            facts = read_object(message)
            if "connect" in facts:
                return None
            kind, data = facts.get("type"), facts.get("data")
            if kind not in KINDS or not isinstance(data, str):
                raise WebSdError("unknown type")
            inner = read_object(data).get(str(kind))
        except UnreadableError as error:
            raise WebSdError("not JSON") from error
        if not isinstance(inner, dict):
            raise WebSdError("no object of its type")
        metadata, config = inner.get("metadata", {}), inner.get("config", {})
        bulk = inner.get("bulk", {})
        if not all(isinstance(one, dict) for one in (metadata, config, bulk)):
            raise WebSdError("metadata, config and bulk must be objects")
        return _read(str(kind), metadata, config, bulk, usual)


class WebSdServer(TcpAdapter):
    """The port, and what requests leave out."""

    def __init__(self, parts: StillParts, settings: PrimarySettings) -> None:
        super().__init__(NAME, settings.web_sd_port, parts, settings)
        self.defaults = DefaultsFile(settings, parts.ledgers.kept.book)

    def session(self, line: ClientLine) -> AdapterSession:
        return WebSdSession(self, line)


class WebSdSession(AdapterSession):
    """One client, or one edge as its protocol calls it; its requests are answered in order."""

    def __init__(self, adapter: WebSdServer, line: ClientLine) -> None:
        super().__init__(adapter, line)
        self._port, self._jobs = adapter, adapter.jobs
        self._reader = LengthReader(adapter.longest)
        self._said_s = 0.0

    async def greet(self) -> None:
        await self._say({"connect": 1})

    async def hear(self, data: bytes) -> bool:
        try:
            for message in self._reader.feed(data):
                if _leaves(message):
                    return False
                if not self.wait(message):
                    self._jobs.note_refusal("too many requests wait on one connection")
        except LengthError:
            self._jobs.note_refusal("a length that no message has")
            return False
        return True

    @property
    def part(self) -> int:
        return self._reader.part

    async def answer(self, message: bytes) -> None:
        try:
            usual = self._port.defaults.now
            request = await self._port.parts.decoding.run(lambda: WebSdRequest.read(message, usual))
            if request:
                await self._make(request)
        except ValidationError as error:
            self._jobs.note_refusal(sentence(error.errors()[0]))
        except (WebSdError, ShapeError, PictureError, NotDoneError) as error:
            self._jobs.note_refusal(str(error))

    async def _say(self, facts: Mapping[str, object]) -> None:
        wait_s = self._said_s + APART_S - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        await self.line.write(framed(facts))
        self._said_s = time.monotonic()

    async def _make(self, asked: WebSdRequest) -> None:
        side = self._port.settings.still_side
        size = Size(side, side)
        if asked.image is not None:
            size = Size(asked.image.shape[1], asked.image.shape[0])
        at = made_at(size)
        body: dict[str, Any] = {
            "prompt": asked.prompt, "negative": asked.negative, "kind": asked.kind,
            "seed": asked.seed, "steps": asked.steps, "strength": asked.power,
            "samples": asked.samples, "width": at.width, "height": at.height,
        }  # fmt: skip
        if asked.kind != "txt2img":
            body |= await self._inputs(asked, size)
        request = await self._jobs.request(JobBody(**body))
        told, done = 0.0, 0

        async def tell(value: float) -> None:
            nonlocal told
            if value > told:
                told = value
                progress = {"metadata": asked.metadata, "value": value}
                await self._say({"type": "progress", "data": json.dumps({"progress": progress})})

        async def on_progress(how_far: HowFar) -> None:
            share = min(1.0, how_far.step / how_far.total) if how_far.total else 0.0
            await tell(round(share, 4))

        async def on_sample(sample: int, made: bytes) -> None:
            nonlocal done
            done += 1
            await tell(round(share_of(HowFar(), asked.samples, done), 4))
            pixels = await self._port.parts.decoding.run(lambda: outputs_at(size, made))
            await self._say(_answer(asked, sample, pixels))

        await self._jobs.made(request, self.line.owner, Keep.HISTORY, on_progress, on_sample)

    async def _inputs(self, asked: WebSdRequest, size: Size) -> dict[str, str]:
        if asked.image is None:
            raise WebSdError("no img")
        if asked.kind == "inpaint" and asked.mask is None:
            raise WebSdError("no mask")
        image, mask = asked.image, asked.mask

        def fitted() -> tuple[bytes, bytes | None]:
            inpaints = asked.kind == "inpaint" and mask is not None
            paint = grey_like(mask, image) if inpaints and mask is not None else None
            return inputs_at(size, image, paint)

        picture, paint = await self._port.parts.decoding.run(fitted)
        inputs = {"image": await self._jobs.upload(picture, Keep.HISTORY, "img")}
        if paint is not None:
            inputs["mask"] = await self._jobs.upload(paint, Keep.HISTORY, "mask")
        return inputs


def _leaves(message: bytes) -> bool:
    return b'"disconnect"' in message[:64]


def _answer(asked: WebSdRequest, sample: int, pixels: Pixels) -> dict[str, object]:
    height, width = pixels.shape[:2]
    now_s = time.time()
    config = {"prompt": asked.prompt, "negative_prompt": asked.negative,
              "seed": asked.seed + sample, "power": asked.power, "samples": 1}  # fmt: skip
    image = {"id": sample, "img64": base64.b64encode(pixels.tobytes()).decode(), "x": width,
             "y": height, "mode": "RGB"}  # fmt: skip
    inner = {"config": config, "metadata": {**asked.metadata, "ts": int(now_s), "ts_f": now_s},
             "bulk": {"img": image}}  # fmt: skip
    return {"type": asked.kind, "data": json.dumps({asked.kind: inner})}


def _read(
    kind: str,
    metadata: Mapping[str, object],
    config: Mapping[str, object],
    bulk: Mapping[str, object],
    usual: WebSdDefaults,
) -> WebSdRequest:
    def given(name: str, usual: object) -> object:
        value = config.get(name)
        return usual if value is None else value

    def number(name: str, usual: float, least: float, most: float) -> float:
        value = given(name, usual)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not least <= value <= most
        ):
            raise WebSdError(f"{name} must be {least:g} to {most:g}")
        return value

    def text(name: str, usual: str) -> str:
        value = given(name, usual)
        if not isinstance(value, str):
            raise WebSdError(f"{name} must be a text")
        return value

    seed = given("seed", usual.seed)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise WebSdError("seed must be a whole number")
    return WebSdRequest(
        kind=kind,
        metadata=metadata,
        prompt=text("prompt", usual.prompt),
        negative=text("prompt_negative", usual.negative),
        seed=seed % (LARGEST_SEED + 1 - MOST_SAMPLES),
        power=float(number("power", usual.power, 0, 1)),
        samples=int(number("samples", 4 if kind == "txt2img" else 1, 1, MOST_SAMPLES)),
        steps=int(number("steps", usual.steps, 1, MOST_STEPS)),
        image=_pixels(bulk, "img"),
        mask=_pixels(bulk, "mask"),
    )


def _pixels(bulk: Mapping[str, object], name: str) -> Pixels | None:
    image = bulk.get(name)
    if image is None:
        return None
    if not isinstance(image, dict):
        raise WebSdError(f"{name} must be an object")
    width, height, mode = image.get("x"), image.get("y"), image.get("mode", "RGB")
    sides = [side for side in (width, height) if type(side) is int and 1 <= side <= LARGEST_SIDE]
    channels, text = CHANNELS.get(str(mode)), image.get("img64")
    if len(sides) < 2 or channels is None or not isinstance(text, str):
        raise WebSdError(f"{name} must have x, y, mode and img64")
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise WebSdError(f"img64 of {name} is no base64") from error
    if len(raw) != sides[0] * sides[1] * channels:
        raise WebSdError(f"img64 of {name} has another length than x * y * {channels}")
    pixels = np.frombuffer(raw, np.uint8).reshape(sides[1], sides[0], channels)
    colours = pixels[:, :, :3] if channels > 1 else np.repeat(pixels, 3, axis=2)
    return np.ascontiguousarray(colours)
