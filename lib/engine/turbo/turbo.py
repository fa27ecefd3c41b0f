"""Frames through Stable Diffusion: what the engine's thread does for each batch."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lib.config.params import Params
from lib.config.settings import Worker
from lib.engine.engine import Engine, EngineError, Frames, SpoiltError
from lib.engine.turbo.graph import Lanes
from lib.engine.turbo.load import load_models
from lib.engine.turbo.memory import give_back, is_short, no_memory
from lib.engine.turbo.models import BLOCK, Models
from lib.engine.turbo.noise import Noise
from lib.engine.turbo.plate import Plate, Shape
from lib.engine.turbo.press import Press
from lib.engine.turbo.reader import Reader
from lib.engine.turbo.schedule import effective_steps, lacks_a_step
from lib.engine.turbo.words import Words

log = logging.getLogger(__name__)

LARGEST_BATCH = 16
SLICES = 4  # of what a picture's attention looks at, where memory is short


class Done:
    """A batch that is made already: a CPU has nothing to overlap."""

    def __init__(self, pictures: Frames, whole: NDArray[np.bool_]) -> None:
        self._made = pictures, whole

    def wait(self) -> tuple[Frames, NDArray[np.bool_]]:
        return self._made


class Turbo(Engine):
    name = "turbo"

    def __init__(self, settings: Worker, why: str) -> None:
        self._models = load_models(settings)
        device = self._models.device
        self.device = _device_name(device)
        self.about = f"turbo ({_about(self._models)} on {self.device}): {why}"
        reader = Reader(self._models)
        with torch.no_grad():
            self._nothing = reader.no_words()
        self._lanes = Lanes(device) if device.type == "cuda" else None
        if self._lanes is not None:
            torch.cuda.synchronize(device)  # from here on each thread has a stream of its own
        self.words = Words(reader.read, device)
        self.noise = Noise(device)
        self.press = Press(self._models, _compiling(settings, device))
        self._most, self._sliced = LARGEST_BATCH, False
        self._said: set[tuple[int, float]] = set()

    @property
    def models(self) -> Models:
        return self._models

    def warm_up(self, batch: int, height: int, width: int) -> None:
        """All sizes of batch up to this one, so that none of them waits when it comes."""
        _check(height, width)
        frames = np.zeros((1, height, width, 3), np.uint8)
        rooms = sorted({self._room(count) for count in range(1, batch + 1)})
        for room in rooms:
            params = Params()
            steps = effective_steps(params.num_inference_steps, params.strength)
            shape = Shape(room, height, width, steps, guided=False)
            try:
                self._in_lane(self.press.prepare, shape)
                if room <= self._most:
                    self.generate(np.repeat(frames, room, 0), params)
            except SpoiltError:
                log.warning("a black frame gives no picture: is %s whole?", self._models.name)
            except (RuntimeError, MemoryError) as error:
                if not is_short(error):
                    raise
                text = f"a frame of {width}x{height} does not fit"
                raise no_memory(self._models.device, text, error) from error
        self.words.forget()  # the show's first prompt is waited for

    def generate(self, frames: Frames, params: Params) -> Frames:
        """SpoiltError when some of the pictures are no pictures."""
        _check(*frames.shape[1:3])
        while True:
            most = self._most
            try:
                parts = [frames[at : at + most] for at in range(0, len(frames), most)]
                made = [one.wait() for one in [self.begin(part, params) for part in parts]]
                break
            except (RuntimeError, MemoryError) as error:
                if not is_short(error) or not self._step_down(len(frames)):
                    raise
        pictures = made[0][0] if len(made) == 1 else np.concatenate([one for one, _ in made])
        whole = made[0][1] if len(made) == 1 else np.concatenate([one for _, one in made])
        if not whole.all():
            spoilt = frozenset(int(at) for at in np.flatnonzero(~whole))
            raise SpoiltError("not all of the picture is numbers", pictures, spoilt)
        return pictures

    def begin(self, frames: Frames, params: Params) -> Any:
        """Set off; `.wait()` on what comes back gives pictures, and which of them are whole.

        A caller that begins the next batch before it waits for this one keeps the GPU busy.
        """
        return self._in_lane(self._begin, frames, params)

    def settle(self, params: Params) -> None:
        """Wait for all that these parameters need and that would otherwise come later."""
        self.words.settle(params.prompts)

    def close(self) -> None:
        self.words.close()
        self.press.close()

    def _in_lane(self, call: Callable[..., Any], *args: object) -> Any:
        if self._lanes is None:
            with torch.no_grad():
                return call(*args)
        with torch.no_grad(), torch.cuda.stream(self._lanes.work):
            return call(*args)

    def _begin(self, frames: Frames, params: Params) -> Any:
        plate = self._set(len(frames), frames.shape[1:3], params)
        if self._lanes is not None:
            return self._lanes.start(plate, frames)
        count = len(frames)
        plate.frames[:count].copy_(torch.from_numpy(np.ascontiguousarray(frames)))
        plate.run()
        return Done(plate.pictures.numpy()[:count].copy(), plate.whole.numpy()[:count].copy())

    def _set(self, count: int, size: tuple[int, ...], params: Params) -> Plate:
        """The plate of this shape, with these parameters in its buffers."""
        steps, strength = params.num_inference_steps, params.strength
        if lacks_a_step(steps, strength):
            self._say_raised(steps, strength)
        guided = params.guidance_scale > 1
        made = effective_steps(steps, strength)
        shape = Shape(self._room(count), size[0], size[1], made, guided)
        plate = self.press.plate(shape)
        plate.set_plan(self._models.schedule.plan(steps, strength))
        plate.set_words(self.words.look(params.prompts), self._nothing)
        if guided:
            plate.set_guidance(params.guidance_scale)
        if params.fixed_seed:
            plate.set_noise(self.noise, params.noise)
        else:
            plate.set_fresh_noise(self.noise)
        return plate

    def _room(self, count: int) -> int:
        """The batch that so many frames travel in. A GPU has graphs for powers of two only: a
        graph for each number would double what there is to get ready, and keep."""
        if self._lanes is None or count > self._most:
            return min(count, self._most)
        return min(1 << (count - 1).bit_length(), LARGEST_BATCH)

    def _step_down(self, count: int) -> bool:
        """Use less memory from now on than for so many frames; False when there is no less."""
        self.press.clear()
        most = min(self._most, count)
        if most > 1:
            self._most = most // 2
            frames = "1 frame" if self._most == 1 else f"{self._most} frames"
            log.warning("memory is short: at most %s at once from now on", frames)
            return True
        if not self._sliced:
            self._sliced = True
            self._models.network.slice_attention(SLICES)
            self._models.vae.slice()
            log.warning("memory is short: a frame is made in slices from now on, which is slower")
            return True
        give_back(self._models.device)
        return False

    def _say_raised(self, steps: int, strength: float) -> None:
        if (steps, strength) not in self._said and len(self._said) < 100:
            self._said.add((steps, strength))
            log.warning("strength %g of %d steps is no step: one step is made", strength, steps)


def _check(height: int, width: int) -> None:
    if height % BLOCK or width % BLOCK:
        raise EngineError(f"sides must be multiples of {BLOCK}, not {width}x{height}")


def _compiling(settings: Worker, device: torch.device) -> str:
    if settings.compile == "auto":
        return "on" if device.type == "cuda" else "off"
    return settings.compile


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"


def _about(models: Models) -> str:
    short = models.name.rstrip("/").rsplit("/", 1)[-1].removesuffix(".safetensors")
    kind = str(models.dtype).removeprefix("torch.")
    vae = models.vae_name.rstrip("/").rsplit("/", 1)[-1].removesuffix(".safetensors")
    return f"{short}, {kind}" + ("" if vae == "model" else f", {vae}")
