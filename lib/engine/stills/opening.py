"""Opens what makes stills and nothing else, without loading any model."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lib.config.params import Params
from lib.config.settings import WorkerSettings
from lib.core.pixels import Pixels
from lib.core.still_params import StillParams
from lib.engine.engine import Engine, EngineError, Frames, StillOffer, StillProgress
from lib.engine.stills.diffusers_stills import DiffusersStills, FoundShow
from lib.engine.stills.memory_use import loading_target
from lib.engine.stills.registry import ModelRegistry, models_folder
from lib.engine.turbo import weight_files
from lib.engine.turbo.load import choose_device, choose_dtype, device_name

log = logging.getLogger(__name__)


class StillsAlone(Engine):
    """Turbo without a live picture."""

    name = "turbo"

    def __init__(self, settings: WorkerSettings, why: str) -> None:
        device = choose_device(settings.device)
        dtype = choose_dtype(settings.dtype, device)
        target = loading_target(settings.machine, device, dtype)
        registry = ModelRegistry(models_folder(settings))
        show = FoundShow(settings, target) if _has_show(settings) else None
        self._stills = DiffusersStills(settings, registry, show, target)
        self.offer = self._stills.offer()
        if not self.offer.models:
            raise weight_files.missing(settings.model)
        self.device = device_name(device)
        kind = str(dtype).removeprefix("torch.")
        count = len(self.offer.models)
        models = f"{count} models" if count > 1 else self.offer.models[0]
        self.about = f"turbo ({models}, {kind} on {self.device}): {why}"

    def generate(self, frames: Frames, params: Params) -> Frames:  # noqa: ARG002 - as others take it
        raise EngineError("this worker makes stills, and no live picture")

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

    @property
    def is_busy(self) -> bool:
        return self._stills.models.is_busy


def _has_show(settings: WorkerSettings) -> bool:
    """Whether the model of the show is there, or is fetched as soon as a still wants it."""
    if weight_files.find(settings.model) is not None:
        return True
    return weight_files.is_name(settings.model) and not settings.local_files_only
