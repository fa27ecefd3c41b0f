"""The protocol runai: JSON in chunks over TCP; pictures come back as base64 of PNG.

Nothing of what is asked for here is kept.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from lib.config.sentences import sentence
from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.core.model_names import meant
from lib.core.still import Keep
from lib.core.still_params import LARGEST_SEED, MOST_SAMPLES, MOST_STEPS, StillKind
from lib.http.bodies import UnreadableError, read_object
from lib.http.tcp_port import ClientLine
from lib.pictures.files import PictureError
from lib.pictures.still_files import encode_png
from lib.stills.adapters.jobs import NotDoneError
from lib.stills.adapters.runai_frames import ChunkReader, ChunkSign, framed
from lib.stills.adapters.shapes import (
    ShapeError,
    image_and_mask,
    inputs_at,
    made_at,
    outputs_at,
)
from lib.stills.adapters.tcp_port import AdapterSession, TcpAdapter
from lib.stills.service.asking import JobBody
from lib.stills.service.parts import StillParts
from lib.stills.service.running import HowFar

NAME = "runai"
FIRST_S = 5.0  # longer that a server waits for its first client
PROGRESS = 4  # its clients' number for that
KINDS = {"txt2img": "txt2img", "img2img": "img2img", "inpaint": "inpaint", "outpaint": "inpaint"}
# A page of another site may send any bytes here behind the head of its request, and a request of
# ours among them.
_http = re.compile(rb"[A-Z]{3,10} \S+ HTTP/1\.")
SCHEDULERS = ("ddpm", "ddim", "plms", "lms", "euler_a", "euler", "dpm")


class RunaiError(ValueError):
    """A request that cannot be read; the text is one sentence."""

    action = ""  # what it asked for, as far as that can be read


@dataclass(frozen=True, slots=True)
class RunaiRequest:
    """One request, with what it leaves out."""

    action: str
    prompt: str
    negative: str
    seed: int
    scale: float
    steps: int
    strength: float
    size: Size
    model: str
    scheduler: str
    version: str
    samples: int
    pos: tuple[object, object]
    pixels: bytes | None
    mask: bytes | None

    @classmethod
    def read(cls, message: bytes) -> RunaiRequest:
        try:
            facts = read_object(message)
        except UnreadableError as error:
            raise RunaiError("this is not a JSON object") from error
        action, options = facts.get("action"), facts.get("options", {})
        if not isinstance(action, str) or action not in (*KINDS, "convert"):
            raise RunaiError(f"action must be one of {', '.join(KINDS)}, convert")
        try:
            if not isinstance(options, dict):
                raise RunaiError("options must be an object")
            return _read_options(action, {"n_samples": facts.get("n_samples"), **options})
        except RunaiError as error:
            error.action = action
            raise


class IdleClock:
    """When a server that serves nobody shall end."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._since_s: float | None = None
        self._had_one = False

    def is_over(self, clients: int, now_s: float) -> bool:
        if clients:
            self._since_s, self._had_one = None, True
            return False
        if self._since_s is None:
            self._since_s = now_s
        wait_s = self._timeout_s + (0 if self._had_one else FIRST_S)
        return now_s - self._since_s >= wait_s


class RunaiServer(TcpAdapter):
    """The port."""

    def __init__(self, parts: StillParts, settings: PrimarySettings) -> None:
        super().__init__(NAME, settings.runai_port, parts, settings)
        self.chunk = settings.runai_message_size
        self._ends = parts.end is not None and settings.runai_auto_shutdown
        self._idle = IdleClock(settings.runai_client_timeout)

    def session(self, line: ClientLine) -> AdapterSession:
        return RunaiSession(self, line)

    async def tick(self, beats: int) -> None:
        await super().tick(beats)
        if self._ends and self._idle.is_over(self.clients, time.monotonic()):
            self.quit()

    def quit(self) -> None:
        """Where this protocol is served alone; else only its connection ends."""
        if self.parts.end:
            self.parts.end()


class RunaiSession(AdapterSession):
    """One client; its requests are answered in order."""

    def __init__(self, adapter: RunaiServer, line: ClientLine) -> None:
        super().__init__(adapter, line)
        self._port, self._jobs = adapter, adapter.jobs
        self._reader = ChunkReader(adapter.longest, adapter.chunk)

    async def hear(self, data: bytes) -> bool:
        for found in self._reader.feed(data):
            if found is ChunkSign.QUIT:
                self._port.quit()
                return False
            if found is ChunkSign.CANCEL:
                self.cancel()
            elif isinstance(found, ChunkSign):
                await self._refuse(f"a message has at most {self._port.longest} bytes")
            elif _http.match(found):
                self._jobs.note_refusal("a browser's request to the port of runai")
                return False
            elif not self.wait(found):
                await self._refuse("too many requests wait on this connection")
        return True

    async def answer(self, message: bytes) -> None:
        action: object = ""
        try:
            request = await self._port.parts.decoding.run(lambda: RunaiRequest.read(message))
            action = request.action
            await self._make(request)
        except RunaiError as error:
            await self._refuse(str(error), action or error.action)
        except (ShapeError, PictureError, NotDoneError) as error:
            await self._refuse(str(error), action)
        except ValidationError as error:
            await self._refuse(sentence(error.errors()[0]), action)

    @property
    def part(self) -> int:
        return self._reader.part

    async def no_room(self, words: str) -> None:
        await self._refuse(words)

    async def _refuse(self, words: str, action: object = "") -> None:
        self._jobs.note_refusal(words)
        await self._say({"error": words, "reqtype": action})

    async def _say(self, facts: Mapping[str, object]) -> None:
        await self.line.write(framed(facts, self._port.chunk))

    async def _make(self, asked: RunaiRequest) -> None:
        if asked.action == "convert":
            await self._convert(asked)
            return
        model = self._model(asked)
        size = made_at(asked.size)
        body: dict[str, Any] = {
            "prompt": asked.prompt, "negative": asked.negative, "kind": KINDS[asked.action],
            "seed": asked.seed, "steps": asked.steps, "guidance": asked.scale,
            "strength": asked.strength, "samples": asked.samples, "model": model,
            "scheduler": asked.scheduler, "width": size.width, "height": size.height,
            "keep": "none",
        }  # fmt: skip
        if asked.action != "txt2img":
            body |= await self._inputs(asked)
        request = await self._jobs.request(JobBody(**body))
        said = HowFar()
        total = asked.steps * asked.samples

        async def on_progress(how_far: HowFar) -> None:
            nonlocal said
            if how_far.total and (how_far.step, how_far.total) != (said.step, said.total):
                said = how_far
                await self._progress(min(how_far.step, how_far.total), how_far.total, asked)

        async def on_sample(sample: int, made: bytes) -> None:
            if not said.total:  # one at least comes before a picture
                await self._progress(asked.steps * (sample + 1), total, asked)
            pixels = await self._port.parts.decoding.run(lambda: outputs_at(asked.size, made))
            png = await self._port.parts.decoding.run(lambda: encode_png(pixels))
            await self._say({"image": base64.b64encode(png).decode(), "reqtype": asked.action,
                             "pos_x": asked.pos[0], "pos_y": asked.pos[1]})  # fmt: skip

        await self._jobs.made(request, self.line.owner, Keep.NONE, on_progress, on_sample)

    async def _progress(self, step: int, total: int, asked: RunaiRequest) -> None:
        await self._say({"action": PROGRESS, "step": step, "total": total,
                         "reqtype": asked.action})  # fmt: skip

    async def _inputs(self, asked: RunaiRequest) -> dict[str, str]:
        """Image and mask, of the size that it is made at, in the service's memory."""
        if asked.pixels is None:
            raise RunaiError(f"{asked.action} needs pixels")
        pixels = asked.pixels

        def fitted() -> tuple[bytes, bytes | None]:
            image, mask = image_and_mask(pixels, asked.mask)
            return inputs_at(asked.size, image, mask if asked.action != "img2img" else None)

        image, mask = await self._port.parts.decoding.run(fitted)
        if mask is None and asked.action != "img2img":
            raise RunaiError(f"{asked.action} needs a mask, or pixels with transparent parts")
        inputs = {"image": await self._jobs.upload(image, Keep.NONE, "picture")}
        if mask is not None:
            inputs["mask"] = await self._jobs.upload(mask, Keep.NONE, "mask")
        return inputs

    def _model(self, asked: RunaiRequest) -> str:
        """The name that workers know it by. One that no worker there has is an error at once, not a
        job that waits for one."""
        there, known = self._port.parts.workers_there(), self._port.parts.models_there()
        name = meant(asked.model, known, asked.version)
        if not name or not there or name in known:
            return name
        if asked.action != "convert" and any(one.models is None for one in there):
            return name
        names = ", ".join(sorted(known)) or "none"
        raise RunaiError(f"there is no model {asked.model[:80]!r}; there is {names}")

    async def _convert(self, asked: RunaiRequest) -> None:
        kind = str(StillKind.CONVERT)
        if not any(kind in one.kinds for one in self._port.parts.workers_there()):
            raise RunaiError("convert needs a worker with diffusers: transform.py --engine turbo")
        model = self._model(asked)
        if not model:
            raise RunaiError("convert needs the name of a model")
        request = self._jobs.conversion(model)
        await self._jobs.made(request, self.line.owner, Keep.NONE, _nothing, _nothing)
        await self._say({"action": PROGRESS, "step": 1, "total": 1, "reqtype": kind,
                         "model": model})  # fmt: skip


def _read_options(action: str, options: Mapping[str, object]) -> RunaiRequest:
    def option(name: str, usual: object) -> object:
        found = (options.get(f"{action}_{name}"), options.get(name))
        return next((value for value in found if value is not None), usual)

    def number(name: str, usual: float, least: float, most: float) -> float:
        value = option(name, usual)
        try:
            found = float(value)  # type: ignore[arg-type] # what is none is refused below
        except (TypeError, ValueError, OverflowError):
            found = math.nan
        if not least <= found <= most:  # false for what is no number
            raise RunaiError(f"{action}_{name} must be {least:g} to {most:g}")
        return found

    def whole(name: str, usual: int, least: int, most: int) -> int:
        value = option(name, usual)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value  # exactly: a seed may have more digits than a float
        return int(number(name, usual, least, most))

    def text(name: str) -> str:
        value = option(name, "")
        if not isinstance(value, str):
            raise RunaiError(f"{action}_{name} must be a text")
        return value

    return RunaiRequest(
        action=action,
        prompt=text("prompt"),
        negative=text("negative_prompt"),
        seed=whole("seed", 42, 0, LARGEST_SEED),
        scale=number("scale", 7.5, 0, 100),
        steps=whole("steps", 50, 1, MOST_STEPS),
        strength=number("strength", 0.8, 0, 1),
        size=Size(whole("width", 512, 1, 2048), whole("height", 512, 1, 2048)),
        model=text("model"),
        scheduler=_scheduler(text("scheduler")),
        version=_version(options.get("version")),
        samples=whole("n_samples", 1, 1, MOST_SAMPLES),
        pos=(options.get("pos_x", 0), options.get("pos_y", 0)),
        pixels=_bytes(options, "pixels"),
        mask=_bytes(options, "mask"),
    )


async def _nothing(*_: object) -> None:
    """What is converted has neither steps worth telling nor pictures."""


def _version(value: object) -> str:
    """v1, v2 or xl, in the ways that its clients write them."""
    if value in (None, ""):
        return ""
    name = str(value).strip().lower().removeprefix("v")
    found = {"1": "v1", "2": "v2", "xl": "xl"}.get(name.partition(".")[0])
    if found is None:
        raise RunaiError("version must be v1, v2 or xl")
    return found


def _scheduler(name: str) -> str:
    if name and name not in SCHEDULERS:
        raise RunaiError(f"scheduler must be one of {', '.join(SCHEDULERS)}")
    return name


def _bytes(options: Mapping[str, object], name: str) -> bytes | None:
    value = options.get(name)
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise RunaiError(f"{name} must be a PNG in base64")
    try:
        return base64.b64decode(value.partition("base64,")[2] or value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RunaiError(f"{name} must be a PNG in base64") from error
