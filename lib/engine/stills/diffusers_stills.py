"""Makes stills with diffusers: the model, then its samples one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lib.config.settings import WorkerSettings
from lib.core.pixels import Pixels
from lib.core.still_params import LARGEST_SIDE, StillKind, StillParams
from lib.engine.engine import StillOffer, StillProgress
from lib.engine.stills.checkpoint import (
    LoadingTarget,
    StillCheckpoint,
    load_show_model,
    share_with_live,
)
from lib.engine.stills.held import WORK_BYTES, HeldModels, too_little
from lib.engine.stills.memory_use import MemoryUse, free_bytes, memory_use
from lib.engine.stills.model_files import is_distilled
from lib.engine.stills.pipelines import OnStep, StillInputs, StillPipeline, inputs_for
from lib.engine.stills.registry import ModelRegistry
from lib.engine.stills.still_models import ShowModel, StillModels
from lib.engine.turbo import weight_files
from lib.engine.turbo.download import locate
from lib.engine.turbo.library_logs import disable_progress_bars, libraries_muted
from lib.engine.turbo.memory import (
    ShortOfMemoryError,
    empty_cache,
    is_out_of_memory,
    on_gpu,
    out_of_memory,
)
from lib.engine.turbo.models import Models

RANK = 2  # above the painter
LARGEST_ON_CPU = 1024


def show_name(model: str) -> str:
    """The show's model by the last part of its name or path."""
    path = Path(model.rstrip("/"))
    return path.stem if path.suffix == ".safetensors" else path.name


class LoadedShow:
    """The model of a live picture, which is in memory."""

    def __init__(self, settings: WorkerSettings, models: Models) -> None:
        self._settings, self._models = settings, models
        self.name = show_name(settings.model)

    def needed_bytes(self) -> int:
        return 0

    def load(self) -> StillCheckpoint:
        return share_with_live(self.name, self._models, self._settings)


class FoundShow:
    """The same where there is no live picture: loaded with the first still that asks for it."""

    def __init__(self, settings: WorkerSettings, target: LoadingTarget) -> None:
        self._settings, self._target = settings, target
        self.name = show_name(settings.model)

    def needed_bytes(self) -> int:
        return weight_files.size_of(self._found())

    def load(self) -> StillCheckpoint:
        return load_show_model(self.name, self._found(), self._settings, self._target)

    def _found(self) -> Path:
        return locate(self._settings.model, self._settings.local_files_only)


class DiffusersStills:
    """Used by one thread, that of MakeStills or of the live picture."""

    def __init__(
        self,
        settings: WorkerSettings,
        registry: ModelRegistry,
        show: ShowModel | None,
        target: LoadingTarget,
        reserved: Callable[[], int] = lambda: 0,
    ) -> None:
        """`reserved`: bytes of the device's memory that are left for the live picture."""
        place, self._device = target.place, target.device
        self._free_bytes = partial(free_bytes, target.device, reserved)
        free = partial(free_bytes, place, lambda: 0) if target.stays else self._free_bytes
        self.models = StillModels(
            registry, show, HeldModels(place, free, settings.models_gb), target
        )
        self.memory = memory_use(settings.machine, target.device)
        # The frames' work goes before what is on this stream, from one kernel to the next.
        self._stream = torch.cuda.Stream(target.device) if on_gpu(target.device) else None
        self._sliced: set[int] = set()
        disable_progress_bars()

    def offer(self) -> StillOffer:
        largest = LARGEST_SIDE if on_gpu(self._device) else LARGEST_ON_CPU
        names, held = self.models.names(), self.models.held.names
        is_held_so = self.models.held.is_distilled
        unguided = tuple(one for one in names if is_distilled(one) or is_held_so(one))
        if names[:1] == unguided[:1] != ():  # what a still gets that names none
            unguided = ("", *unguided)
        return StillOffer(tuple(StillKind), names, held, largest, RANK, unguided, str(self.memory))

    def make(
        self,
        params: StillParams,
        image: Pixels | None,
        mask: NDArray[np.uint8] | None,
        progress: StillProgress,
    ) -> Iterator[Pixels]:
        if params.kind is StillKind.CONVERT:
            self.models.convert(params.model, progress)
            progress.step(1, 1)
            return
        checkpoint = self.models.get(params.model, progress)
        progress.piece()
        inputs = inputs_for(params, image, mask)
        with libraries_muted():
            pipeline = self._pipeline(checkpoint, params)
        for sample in range(params.samples):
            yield self._sample(pipeline, params, inputs, sample, progress)

    def _sample(
        self,
        pipeline: StillPipeline,
        params: StillParams,
        inputs: StillInputs,
        sample: int,
        progress: StillProgress,
    ) -> Pixels:
        on_step = self._reports(sample, params.samples, progress)
        try:
            with torch.no_grad(), self._on_stream(), libraries_muted():
                picture = pipeline.made(inputs, params.seed + sample, on_step)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            what = f"a still of {params.width}x{params.height} does not fit"
            short = out_of_memory(self._device, what, error)
        else:
            return picture
        empty_cache(self._device)  # the error is gone, and what its traceback held with it
        raise short

    def _reports(self, sample: int, samples: int, progress: StillProgress) -> OnStep:
        def on_step(done: int, total: int, preview: Callable[[], Pixels]) -> None:
            self._settle()
            progress.step(sample * total + done, samples * total, preview)

        return on_step

    def _settle(self) -> None:
        """Until the GPU has made the step: what is launched before that would hold up frames, and
        the time of a piece could not be told."""
        if self._stream is not None:
            made = torch.cuda.Event(blocking=True)
            made.record(self._stream)
            made.synchronize()

    def _on_stream(self) -> AbstractContextManager[object]:
        return nullcontext() if self._stream is None else torch.cuda.stream(self._stream)

    def _pipeline(self, checkpoint: StillCheckpoint, params: StillParams) -> StillPipeline:
        if self.memory and id(checkpoint) not in self._sliced:
            # The frames' twin has an attention of its own.
            checkpoint.components["unet"].set_attention_slice("auto")
            self._sliced = {id(checkpoint)}
        offloads = self.memory is MemoryUse.OFFLOADED and not checkpoint.shared
        if offloads:
            self._ask_for(checkpoint)
        return StillPipeline(checkpoint, params, offloads)

    def _ask_for(self, checkpoint: StillCheckpoint) -> None:
        """ShortOfMemoryError where not even its largest part has room beside the live picture."""
        free, needed = self._free_bytes(), checkpoint.largest_part
        if free is not None and needed + WORK_BYTES > free:
            name = f"a part of the model {checkpoint.name}"
            raise ShortOfMemoryError(too_little(name, needed, free, self._device))
