"""Makes a folder of diffusers beside the file of a model, which then takes its place."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import diffusers

from lib.core.model_names import ENDINGS
from lib.engine.engine import EngineError
from lib.engine.stills.checkpoint import StillCheckpoint
from lib.engine.stills.schedulers import scheduler_for

log = logging.getLogger(__name__)

_LEFT_FREE = 1_000_000_000  # bytes of the disk
_LAST = ("unet", "model_index.json")  # without one of them it is no model yet


def target_of(path: Path) -> Path:
    """The folder that it becomes. EngineError where it is one already."""
    if path.suffix.lower() not in ENDINGS or not path.is_file():
        raise EngineError(f"{path} is a folder of diffusers already")
    return path.with_suffix("")


def write_folder(checkpoint: StillCheckpoint, path: Path) -> Path:
    """Under a name of its own until all of it is there, so that an end in the middle leaves no half
    of a model. EngineError where the disk is full or not ours to write to."""
    target = target_of(path)
    half = path.parent / f".{target.name}.converting"
    try:
        free = shutil.disk_usage(path.parent).free
        if free < checkpoint.bytes + _LEFT_FREE:
            raise EngineError(
                f"{path} is not converted: that takes {checkpoint.bytes / 1e9:.1f} GB, and of the "
                f"disk {free / 1e9:.1f} GB are free"
            )
        shutil.rmtree(half, ignore_errors=True)
        _pipeline(checkpoint).save_pretrained(half, safe_serialization=True)
        _move(half, target)
    except OSError as error:
        raise EngineError(f"{path} is not converted: {error.strerror or error}") from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
    log.info("stills: %s is converted to the folder %s", path, target)
    return target


def _move(half: Path, target: Path) -> None:
    """The folder may be there, with the small files that the single one lacked."""
    target.mkdir(exist_ok=True)
    parts = sorted(
        half.iterdir(), key=lambda one: _LAST.index(one.name) if one.name in _LAST else -1
    )
    for part in parts:
        there = target / part.name
        if there.is_dir():
            shutil.rmtree(there)
        part.replace(there)


def _pipeline(checkpoint: StillCheckpoint) -> Any:
    scheduler = scheduler_for("", checkpoint.scheduler)
    if checkpoint.xl:
        return diffusers.StableDiffusionXLPipeline(
            **checkpoint.components,
            scheduler=scheduler,
            force_zeros_for_empty_prompt=checkpoint.zeros,
            add_watermarker=False,
        )
    return diffusers.StableDiffusionPipeline(
        **checkpoint.components,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
