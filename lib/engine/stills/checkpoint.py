"""A model that is loaded for stills: its modules as diffusers' pipelines take them."""

from __future__ import annotations

import copy
import logging
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from lib.config.settings import WorkerSettings
from lib.engine.engine import EngineError
from lib.engine.stills.model_files import ModelFacts, is_distilled, trails
from lib.engine.turbo import weight_files
from lib.engine.turbo.library_logs import libraries_muted
from lib.engine.turbo.load import MODULES, in_a_sentence, load_folder, load_vae
from lib.engine.turbo.lora import merge_loras
from lib.engine.turbo.models import Models
from lib.engine.turbo.single_file import load_single_file, read_single_file

log = logging.getLogger(__name__)

GUIDANCE, GUIDANCE_XL = 7.5, 5.0  # diffusers' own, where neither the still nor the model says


@dataclass(eq=False)
class StillCheckpoint:
    name: str
    components: dict[str, Any]  # modules and tokenizers, by what pipelines call them
    scheduler: Mapping[str, Any]  # the settings of its own
    zeros: bool  # no words are zeros, and not the embedding of ""
    distilled: bool
    device: torch.device
    shared: bool = False  # its tensors are those of the live picture
    bytes: int = field(init=False)
    largest_part: int = field(init=False)  # its bytes

    def __post_init__(self) -> None:
        parts = [
            sum(one.numel() * one.element_size() for one in part.parameters())
            for part in self.components.values()
            if isinstance(part, torch.nn.Module)
        ]
        self.bytes, self.largest_part = sum(parts), max(parts)

    @property
    def xl(self) -> bool:
        return "text_encoder_2" in self.components

    @property
    def guidance(self) -> float:
        """What it was made for, where a still asks for none."""
        if self.distilled:
            return 0.0
        return GUIDANCE_XL if self.xl else GUIDANCE


@dataclass(frozen=True, slots=True)
class LoadingTarget:
    """Where a model goes, and in what numbers."""

    device: torch.device
    dtype: torch.dtype
    stays: bool = False  # in the host's memory, from where each part is fetched when it is needed

    @property
    def place(self) -> torch.device:
        return torch.device("cpu") if self.stays else self.device


def load_checkpoint(facts: ModelFacts, target: LoadingTarget) -> StillCheckpoint:
    """A model of the folder; EngineError in one sentence where it cannot be loaded."""
    with _told(facts.model.name, target):
        path = facts.model.path
        if facts.model.is_folder:
            parts = _whole_folder(path, target.dtype)
        else:
            with _readable(path) as file:
                parts = read_single_file(file, facts.settings, facts.family == "xl", target.dtype)
        scheduler = _schedule(facts, parts["scheduler"])
        return _assembled(facts.model.name, parts, scheduler, facts.distilled, target)


def load_show_model(
    name: str, found: Path, settings: WorkerSettings, target: LoadingTarget
) -> StillCheckpoint:
    """The show's model, where no live picture has it; with the show's LoRA."""
    with _told(name, target):
        if found.is_file():
            parts = load_single_file(found, target.dtype)
        else:
            parts = _whole_folder(found, target.dtype)
        merge_loras(settings.lora, Path(settings.lora_dir), parts)
        distilled = is_distilled(settings.model) or trails(parts["folder"])
        return _assembled(name, parts, parts["scheduler"], distilled, target)


def share_with_live(name: str, models: Models, settings: WorkerSettings) -> StillCheckpoint:
    """The live picture's model: nothing is loaded again but a VAE, where frames have another."""
    target = LoadingTarget(models.device, models.dtype)
    found = weight_files.find(settings.model)
    if found is None:
        raise EngineError(f"the model {settings.model} is no longer there")
    folder = found
    if found.is_file():
        folder = weight_files.family_folder(found, weight_files.check_whole(found))
    scheduler = weight_files.read_json(
        folder / "scheduler" / "scheduler_config.json", f"{folder} is not whole"
    )
    with _told(name, target):
        components = dict(models.parts)
        for one in [key for key in components if key.startswith("tokenizer")]:
            # Prompts of frames are read with them on another thread, which they do not bear.
            components[one] = copy.deepcopy(components[one])
        components["vae"] = _vae_beside_live(models, found, folder, target.dtype)
        distilled = is_distilled(settings.model) or trails(folder)
        zeros = models.zeros_for_empty_prompt
        device = models.device
        return StillCheckpoint(name, components, scheduler, zeros, distilled, device, shared=True)


def _vae_beside_live(models: Models, found: Path, folder: Path, dtype: torch.dtype) -> Any:
    """The model's own, which frames may not use, or not in these numbers: a still is worth the
    better one. It stays the frames' own where it has none."""
    played = models.parts["vae"]
    if not models.vae.small and played.dtype == dtype and not played.config.force_upcast:
        return played
    if found.is_file():
        made = read_single_file(found, folder, models.xl, dtype)["vae"]
    elif weight_files.weights_file(found / "vae"):
        made = load_vae(found / "vae", f"the VAE of {found.name}", dtype, upcasts=False)
    else:
        return played
    return made.to(models.device).requires_grad_(False)


def _whole_folder(path: Path, dtype: torch.dtype) -> dict[str, Any]:
    parts = load_folder(path, dtype)
    # The pipelines compute it in twice the precision where it says that half is too little.
    parts["vae"] = load_vae(path / "vae", f"the VAE of {path.name}", dtype, upcasts=False)
    return parts


def _assembled(
    name: str,
    parts: dict[str, Any],
    scheduler: Mapping[str, Any],
    distilled: bool,
    target: LoadingTarget,
) -> StillCheckpoint:
    components = {one: parts[one] for one in MODULES if one in parts}
    for part in components.values():
        if isinstance(part, torch.nn.Module):
            part.to(target.place).requires_grad_(False)
    for one in ("unet", "vae"):
        components[one].to(memory_format=torch.channels_last)
    zeros = bool(parts["zeros"])
    return StillCheckpoint(name, components, scheduler, zeros, distilled, target.device)


def _schedule(facts: ModelFacts, known: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that are its family's are those of a turbo model, and of one that predicts noise."""
    config = dict(known)
    if facts.settings_are_own:
        return config
    if not facts.distilled and config.get("timestep_spacing") == "trailing":
        config |= {"timestep_spacing": "leading", "steps_offset": 1}
        config |= {"_class_name": "EulerDiscreteScheduler"}
    if facts.family == "v2" and "768" in facts.model.path.name:
        config |= {"prediction_type": "v_prediction"}
    return config


@contextmanager
def _readable(file: Path) -> Iterator[Path]:
    """Under a name that the libraries know: they go by the ending."""
    if file.suffix != ".safetensor":
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="afterimage-model-") as folder:
        linked = Path(folder) / f"{file.stem}.safetensors"
        linked.symlink_to(file.resolve())
        yield linked


@contextmanager
def _told(name: str, target: LoadingTarget) -> Iterator[None]:
    """Says what is loaded and how long it took; whatever fails is one sentence."""
    log.info("stills: loading %s to %s", name, target.place)
    started_s = time.monotonic()
    try:
        with libraries_muted():
            yield
    except EngineError:
        raise
    except Exception as error:  # the libraries have no end of ways to fail on a bad file
        raise in_a_sentence(f"the model {name}", target.device, error) from error
    log.info("stills: %s loaded in %.1f s", name, time.monotonic() - started_s)
