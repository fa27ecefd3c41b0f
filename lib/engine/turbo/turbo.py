"""The engine turbo: what its thread does for each batch of frames."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lib.config.params import Params
from lib.config.settings import WorkerSettings
from lib.config.version import VERSION
from lib.core.pixels import Pixels
from lib.core.still_params import StillParams
from lib.engine.engine import (
    Batch,
    BegunBatch,
    Engine,
    EngineError,
    Frames,
    SpoiltError,
    StillOffer,
    StillProgress,
    first_line,
)
from lib.engine.stills.diffusers_stills import DiffusersStills, LoadedShow
from lib.engine.stills.memory_use import loading_target
from lib.engine.stills.registry import registry_beside_live
from lib.engine.turbo.cache_warmer import CacheWarmer
from lib.engine.turbo.compiling import cache_folder, compiled_functions
from lib.engine.turbo.cuda import CudaStreams
from lib.engine.turbo.gpu_options import GpuOptions, preferred
from lib.engine.turbo.graph_buffers import GraphBuffers, GraphShape
from lib.engine.turbo.graph_cache import MOST_SHAPES, GraphCache
from lib.engine.turbo.load import DEFAULTS, load_models
from lib.engine.turbo.load import device_name as _device_name
from lib.engine.turbo.memory import is_out_of_memory, on_gpu, out_of_memory
from lib.engine.turbo.models import VAE_SCALE_FACTOR, Models
from lib.engine.turbo.noise import Noise
from lib.engine.turbo.prompt_cache import PromptCache
from lib.engine.turbo.prompt_encoder import PromptEncoder
from lib.engine.turbo.schedule import effective_steps, lacks_a_step
from lib.engine.turbo.shape_compiler import ShapeCompiler
from lib.engine.turbo.shape_history import ShapeHistory

log = logging.getLogger(__name__)

LARGEST_BATCH = 16
LEAST_RESERVED = 1_000_000_000  # bytes that stills leave to the live picture
SLICES = 4  # of self-attention, where memory is short
GUIDED = 2.0  # any that means guidance


class FinishedBatch:
    """A batch that is ready: on a CPU nothing overlaps."""

    def __init__(self, pictures: Frames, whole: NDArray[np.bool_]) -> None:
        self._made = pictures, whole

    def wait(self) -> tuple[Frames, NDArray[np.bool_]]:
        return self._made


class Turbo(Engine):
    name = "turbo"

    def __init__(self, settings: WorkerSettings, why: str, options: GpuOptions = DEFAULTS) -> None:
        self._models = load_models(settings, options)
        device = self._models.device
        self.device = _device_name(device)
        self.about = f"turbo ({_about(self._models)} on {self.device}): {why}"
        encoder = PromptEncoder(self._models)
        with torch.no_grad():
            self._unconditional = encoder.unconditional()
        self._streams = CudaStreams(device) if on_gpu(device) else None
        if self._streams is not None:
            torch.cuda.synchronize(device)  # from here on each thread has a stream of its own
        self.prompt_cache = PromptCache(encoder.encode, device)
        self.noise = Noise(device)
        self.graph_cache = self._make_graph_cache(settings, options)
        self._largest_batch, self._sliced = LARGEST_BATCH, False
        self._warm_batches: list[int] = []  # those that a show's frames will come in
        self._warned_steps: set[tuple[int, float]] = set()
        self._weights_bytes = torch.cuda.memory_allocated(device) if on_gpu(device) else 0
        self._stills = DiffusersStills(
            settings,
            registry_beside_live(settings),
            LoadedShow(settings, self._models),
            loading_target(settings.machine, device, self._models.dtype),
            self._reserved_bytes,
        )
        self.offer = self._stills.offer()

    def _reserved_bytes(self) -> int:
        """For the live picture, beside what it has: as much as it computes in now. A new size may
        ask for that once more."""
        device = self._models.device
        if not on_gpu(device):
            return LEAST_RESERVED
        used = torch.cuda.memory_reserved(device) - self._weights_bytes
        return max(LEAST_RESERVED, used - self._stills.models.held.bytes)

    def _make_graph_cache(self, settings: WorkerSettings, options: GpuOptions) -> GraphCache:
        device = self._models.device
        compiling = _compiling(settings, device)
        if compiling == "off":
            self._history = ShapeHistory(cache_folder() if on_gpu(device) else None)
            return GraphCache(self._models, history=self._history)
        weights_gb = torch.cuda.memory_allocated(device) / 1e9 if on_gpu(device) else 0.0
        chosen = settings.model_copy(update={"device": str(device)})
        # Beside a show another backend might win, and what it compiled would be of no use here.
        settled = options._replace(attention=preferred())
        warmer = CacheWarmer(chosen, settled, device, weights_gb)
        made_from = f"{VERSION}, torch {torch.__version__}, {self.device}, {warmer.made_from}"
        self._history = ShapeHistory(cache_folder(), made_from)
        tuned = compiled_functions(tunes=True) if compiling == "max" else None
        compiler = ShapeCompiler(compiled_functions(), warmer, tuned)
        return GraphCache(self._models, compiler, self._history)

    @property
    def models(self) -> Models:
        return self._models

    def warm_up(self, batch: int, height: int, width: int) -> None:
        """All sizes of batch up to this one, so that none of them waits when it comes."""
        _check(height, width)
        batches = sorted({self._padded_batch(count) for count in range(1, batch + 1)})
        params = Params()
        steps = effective_steps(params.num_inference_steps, params.strength)
        usual = GraphShape(batches[0], height, width, steps, guided=False)
        plans = self._plans_to_warm_up(usual, len(batches))
        with self.graph_cache.captures_only():
            self._warm_batches = self._warm_up_batches(batches, usual, params)
            for plan in [one for one in plans if one != usual]:
                if not all(self._has_room(plan._replace(batch=one)) for one in self._warm_batches):
                    self._history.forget(plan)
                    plans.remove(plan)
                    self.graph_cache.clear()
                    self._warm_batches = self._warm_up_batches(batches, usual, params)
        shapes = [plan._replace(batch=one) for plan in plans for one in self._warm_batches]
        self.graph_cache.tune(shapes)
        self.graph_cache.get(shapes[0], self._beside(shapes[0]))  # to be compiled, and this first
        self.prompt_cache.forget()  # the show's first prompt is waited for

    def _plans_to_warm_up(self, usual: GraphShape, batches: int) -> list[GraphShape]:
        """Those of the last shows, the latest first, and the usual one, as many as are kept."""
        played = [one._replace(batch=usual.batch) for one in self._history.played]
        most = MOST_SHAPES // batches
        if usual in played[:most]:
            return played[:most]
        return [*played[: most - 1], usual]

    def _has_room(self, shape: GraphShape) -> bool:
        """Get ready for what was played before. It may have been on another GPU."""
        guidance = GUIDED if shape.guided else 0
        params = Params(num_inference_steps=shape.steps, strength=1, guidance_scale=guidance)
        frames = np.zeros((shape.batch, shape.height, shape.width, 3), np.uint8)
        try:
            self._on_compute_stream(self.graph_cache.prepare_usable, shape)
            self.begin(frames, params).wait()
        except (RuntimeError, MemoryError) as error:
            log.warning("%s, played before, is not warmed up: %s", shape, first_line(error))
            return False
        return True

    def _warm_up_batches(self, batches: list[int], usual: GraphShape, params: Params) -> list[int]:
        """All of them that there is memory for."""
        memory, done = self._memory_used, list[int]()
        while left := [one for one in batches if one <= self._largest_batch if one not in done]:
            self._warm_up_shape(usual._replace(batch=left[0]), params)
            if memory != self._memory_used:  # it was short, and all of them were dropped
                memory, done = self._memory_used, []
            else:
                done.append(left[0])
        return done

    def _warm_up_shape(self, shape: GraphShape, params: Params) -> None:
        frames = np.zeros((shape.batch, shape.height, shape.width, 3), np.uint8)
        try:
            self._on_compute_stream(self.graph_cache.prepare_usable, shape)
            self.generate(frames, params)
        except SpoiltError:
            log.warning("a black frame gives no picture: is %s whole?", self._models.name)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise EngineError(f"engine turbo cannot run here: {first_line(error)}") from error
            text = f"a frame of {shape.width}x{shape.height} does not fit"
            raise out_of_memory(self._models.device, text, error) from error

    def generate(self, frames: Frames, params: Params) -> Frames:
        """SpoiltError when some of the pictures are no pictures."""
        _check(*frames.shape[1:3])
        while (made := self._made(frames, params)) is None:
            self._step_down(len(frames))
        pictures = made[0][0] if len(made) == 1 else np.concatenate([one for one, _ in made])
        whole = made[0][1] if len(made) == 1 else np.concatenate([one for _, one in made])
        if not whole.all():
            spoilt = frozenset(int(at) for at in np.flatnonzero(~whole))
            raise SpoiltError("not all of the picture is numbers", pictures, spoilt)
        return pictures

    def _made(
        self, frames: Frames, params: Params
    ) -> list[tuple[Frames, NDArray[np.bool_]]] | None:
        """None when memory is short and less of it can be used. The error is gone by then: its
        traceback would hold the very buffers that are to be given back."""
        most = self._largest_batch
        try:
            parts = [frames[at : at + most] for at in range(0, len(frames), most)]
            return [one.wait() for one in [self.begin(part, params) for part in parts]]
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if self._sliced and min(most, len(frames)) == 1:
                self.graph_cache.clear()
                raise
        return None

    def overlaps(self, frames: Batch, params: Params) -> bool:
        """A graph is launched at once; the plain function is launched for longer than it runs."""
        if self._streams is None or len(frames) > self._largest_batch:
            return False
        return self.graph_cache.has_graph(self._shape(len(frames), frames[0].shape, params))

    def begin(self, frames: Batch, params: Params) -> BegunBatch:
        """Set off. A caller that begins the next batch before it waits for this one keeps the GPU
        busy."""
        begun: BegunBatch = self._on_compute_stream(self._begin, frames, params)
        return begun

    def offered(self) -> StillOffer:
        return self._stills.offer()

    def make(
        self,
        params: StillParams,
        image: Pixels | None,
        mask: NDArray[np.uint8] | None,
        progress: StillProgress,
    ) -> Iterator[Pixels]:
        return self._stills.make(params, image, mask, progress)

    def settle(self, params: Params) -> None:
        """Wait for all that these parameters need and that would otherwise come later."""
        self.prompt_cache.settle(params.prompts)

    def interrupt(self) -> None:
        self.graph_cache.interrupt()

    def close(self) -> None:
        self.prompt_cache.close()
        self.graph_cache.close()

    @property
    def is_busy(self) -> bool:
        return self.prompt_cache.is_busy or self.graph_cache.is_busy

    def _on_compute_stream(self, call: Callable[..., Any], *args: object) -> Any:
        if self._streams is None:
            with torch.no_grad():
                return call(*args)
        with torch.no_grad(), torch.cuda.stream(self._streams.work):
            return call(*args)

    def _begin(self, frames: Batch, params: Params) -> BegunBatch:
        count = len(frames)
        buffers = self._fill_buffers(count, frames[0].shape, params)
        if self._streams is not None:
            return self._streams.start(buffers, frames)
        for place, frame in zip(buffers.frames.numpy(), frames, strict=False):
            np.copyto(place, frame)
        buffers.run()
        return FinishedBatch(
            buffers.pictures.numpy()[:count].copy(), buffers.whole.numpy()[:count].copy()
        )

    def _fill_buffers(self, count: int, size: tuple[int, ...], params: Params) -> GraphBuffers:
        """The buffers of this shape, with these parameters written into them."""
        steps, strength = params.num_inference_steps, params.strength
        if lacks_a_step(steps, strength):
            self._say_raised(steps, strength)
        shape = self._shape(count, size, params)
        buffers = self.graph_cache.get(shape, self._beside(shape))
        buffers.set_plan(self._models.schedule.plan(steps, strength))
        buffers.set_prompt(self.prompt_cache.get(params.prompts), self._unconditional)
        if shape.guided:
            buffers.set_guidance(params.guidance_scale)
        if params.fixed_seed:
            buffers.set_noise(self.noise, params.noise)
        else:
            buffers.set_fresh_noise(self.noise)
        return buffers

    def _beside(self, shape: GraphShape) -> list[GraphShape]:
        """The same in the other sizes of batch that were warmed up: frames will come in them."""
        most, own = self._largest_batch, shape.batch
        return [shape._replace(batch=one) for one in self._warm_batches if own != one <= most]

    def _shape(self, count: int, size: tuple[int, ...], params: Params) -> GraphShape:
        steps = effective_steps(params.num_inference_steps, params.strength)
        guided = params.guidance_scale > 1
        return GraphShape(self._padded_batch(count), size[0], size[1], steps, guided)

    def _padded_batch(self, count: int) -> int:
        """The batch that so many frames travel in. A GPU has graphs for powers of two only: a
        graph for each number would double what there is to get ready, and keep."""
        if self._streams is None or count > self._largest_batch:
            return min(count, self._largest_batch)
        return min(1 << (count - 1).bit_length(), LARGEST_BATCH)

    @property
    def _memory_used(self) -> tuple[int, bool]:
        return self._largest_batch, self._sliced

    def _step_down(self, count: int) -> None:
        """Use less memory from now on than for so many frames."""
        self.graph_cache.clear()
        most = min(self._largest_batch, count)
        if most > 1:
            self._largest_batch = most // 2
            frames = "1 frame" if self._largest_batch == 1 else f"{self._largest_batch} frames"
            log.warning("memory is short: at most %s at once from now on", frames)
            return
        self._sliced = True
        self._models.unet.slice_attention(SLICES)
        self._models.vae.slice()
        log.warning("memory is short: a frame is made in slices from now on, which is slower")

    def _say_raised(self, steps: int, strength: float) -> None:
        if (steps, strength) not in self._warned_steps and len(self._warned_steps) < 100:
            self._warned_steps.add((steps, strength))
            log.warning("strength %g of %d steps is no step: one step is made", strength, steps)


def _check(height: int, width: int) -> None:
    if height % VAE_SCALE_FACTOR or width % VAE_SCALE_FACTOR:
        raise EngineError(f"sides must be multiples of {VAE_SCALE_FACTOR}, not {width}x{height}")


def _compiling(settings: WorkerSettings, device: torch.device) -> str:
    if settings.compile == "auto":
        return "on" if on_gpu(device) else "off"
    return settings.compile


def _about(models: Models) -> str:
    short = models.name.rstrip("/").rsplit("/", 1)[-1].removesuffix(".safetensors")
    kind = str(models.dtype).removeprefix("torch.")
    vae = models.vae_name.rstrip("/").rsplit("/", 1)[-1].removesuffix(".safetensors")
    return f"{short}, {kind}" + ("" if vae == "model" else f", {vae}")
