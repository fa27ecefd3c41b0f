"""LoRA files: small changes to a model, merged into its weights when it is loaded."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any, NamedTuple

from lib.config.texts import lora_weights
from lib.engine.engine import EngineError
from lib.engine.turbo import weight_files

log = logging.getLogger(__name__)

# lora_A and lora_B in diffusers' layout, lora_down and lora_up in kohya's, lora.down and so on in
# older ones; alphas and magnitudes belong to a layer that has those, too.
_OF_LAYER = re.compile(r"\.lora(?:_linear_layer)?[._](?:A|B|down|up)\b")
_CHANGED = ("unet", "text_encoder")


class Lora(NamedTuple):
    file: Path
    weight: float


def read_loras(text: str, folder: Path) -> list[Lora]:
    """`ink:0.8,paper` means ink.safetensors at 0.8 and paper.safetensors at 1."""
    loras = []
    for name, weight in lora_weights(text):
        file = folder / f"{name.removesuffix('.safetensors')}.safetensors"
        if Path(name).name != name or not file.is_file():
            there = ", ".join(sorted(one.stem for one in folder.glob("*.safetensors"))) or "nothing"
            raise EngineError(f"LoRA {name!r} is not in the folder {folder}, which has {there}")
        weight_files.check_whole(file)
        loras.append(Lora(file, weight))
    return loras


def merge_loras(text: str, folder: Path, parts: dict[str, Any]) -> None:
    """Afterwards the weights are others, and a frame costs what it cost before."""
    loras = read_loras(text, folder)
    if not loras:
        return
    pipeline = _pipeline(parts)
    names = []
    for number, lora in enumerate(loras):
        names.append(f"lora{number}")
        try:
            pipeline.load_lora_weights(
                lora.file.parent, weight_name=lora.file.name, adapter_name=names[-1]
            )
            asked, found = _layers(lora.file), _changed_layers(pipeline, names[-1])
            if not found:
                raise ValueError("it names no layer of this model")
        except (RuntimeError, ValueError, KeyError, IndexError, TypeError) as error:
            first = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise EngineError(f"LoRA {lora.file} does not fit to the model: {first}") from error
        if found < asked:
            left = f"{asked - found} of its {asked} layers"
            log.warning("LoRA %s: %s are not in this model, and are left out", lora.file.stem, left)
    pipeline.set_adapters(names, [lora.weight for lora in loras])
    pipeline.fuse_lora(adapter_names=names)
    pipeline.unload_lora_weights()
    log.info("LoRA: %s", ", ".join(f"{one.file.stem} at {one.weight:g}" for one in loras))


def _layers(file: Path) -> int:
    """How many layers a file means to change, in any of the usual layouts."""
    names = weight_files.check_whole(file)
    return len({at[0] for name in names if (at := _OF_LAYER.split(name, maxsplit=1))[1:]})


def _changed_layers(pipeline: Any, adapter: str) -> int:
    parts = [one for name, one in pipeline.components.items() if name.startswith(_CHANGED)]
    return sum(
        adapter in getattr(layer, "lora_A", ())
        for part in parts
        if part is not None
        for layer in part.modules()
    )


def _pipeline(parts: dict[str, Any]) -> Any:
    """The loaders of diffusers are methods of a pipeline."""
    from diffusers import (  # noqa: PLC0415 - needed by few, and seconds to load
        StableDiffusionPipeline,
        StableDiffusionXLPipeline,
    )

    names = ("text_encoder", "tokenizer", "unet", "text_encoder_2", "tokenizer_2")
    given = {name: parts[name] for name in names if name in parts}
    scheduler = parts.get("scheduler_made")
    if "text_encoder_2" in parts:
        return StableDiffusionXLPipeline(vae=None, scheduler=scheduler, **given)
    nothing = {"safety_checker": None, "feature_extractor": None}
    return StableDiffusionPipeline(
        vae=None, scheduler=scheduler, requires_safety_checker=False, **nothing, **given
    )
