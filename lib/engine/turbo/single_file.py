"""Models that come as one .safetensors file, in the layout of those who trained them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderTiny

from lib.engine.engine import EngineError
from lib.engine.turbo import weight_files

_UNET = "model.diffusion_model."
_WORDS = f"{_UNET}input_blocks.{{}}.1.transformer_blocks.0.attn2.to_k.weight"
# Width of the words that a UNet looks at -> a model whose small files (settings, tokenizer) fit.
FAMILIES = {
    768: "stable-diffusion-v1-5/stable-diffusion-v1-5",
    1024: "stabilityai/sd-turbo",
    2048: "stabilityai/sdxl-turbo",
}


def load_single_file(file: Path, dtype: torch.dtype) -> dict[str, Any]:
    """The parts of the model in this file, by the loaders of diffusers."""
    from diffusers import (  # noqa: PLC0415 - needed by few, and seconds to load
        StableDiffusionPipeline,
        StableDiffusionXLPipeline,
    )

    if file.suffix != ".safetensors":
        raise EngineError(f"{file} is no .safetensors file; other kinds can hold programs")
    tensors = weight_files.check_whole(file)
    if not any(name.startswith(_UNET) for name in tensors):
        raise EngineError(f"{file} holds no Stable Diffusion model: no {_UNET} is in it")
    folder = family_folder(file, tensors)
    xl = "XL" in str(weight_files.read_index(folder).get("_class_name"))
    kind = StableDiffusionXLPipeline if xl else StableDiffusionPipeline
    more = {} if xl else {"safety_checker": None, "feature_extractor": None}
    pipeline = kind.from_single_file(
        str(file), config=str(folder), local_files_only=True, torch_dtype=dtype, **more
    )
    parts = {name: part for name, part in pipeline.components.items() if part is not None}
    for name in ("unet", "vae", "text_encoder", "text_encoder_2"):
        if name in parts:
            parts[name] = parts[name].eval()
    scheduler = folder / "scheduler" / "scheduler_config.json"
    parts["scheduler"] = weight_files.read_json(scheduler, f"{folder} is not whole")
    return parts | {"folder": folder, "zeros": xl}


def family_folder(file: Path, tensors: dict[str, weight_files.TensorHeader]) -> Path:
    """Where the small files lie that such a file lacks: beside it, or with its family's model."""
    for folder in (file.with_suffix(""), file.parent):
        if (folder / "model_index.json").is_file():
            return folder
    widths = [tensors[key].shape[-1] for at in (1, 4) if (key := _WORDS.format(at)) in tensors]
    family = FAMILIES.get(widths[0] if widths else 0)
    found = weight_files.cached(family) if family else None
    if found is None:
        raise EngineError(
            f"{file} needs the settings and the tokenizer of its family: put them into the folder "
            f"{file.with_suffix('')}"
            + (f", or fetch them: {weight_files.FETCH} {family}" if family else "")
        )
    return found


def load_single_file_vae(file: Path, dtype: torch.dtype) -> Any:
    """A TAESD in one file, as diffusers writes it."""
    from safetensors.torch import load_file  # noqa: PLC0415 - needed by few

    tensors = weight_files.check_whole(file)
    first = tensors.get("encoder.layers.0.weight")
    last = tensors.get("decoder.layers.0.weight")
    if first is None or last is None:
        raise EngineError(f"{file} holds no TAESD: it has no encoder.layers and decoder.layers")
    vae = AutoencoderTiny(
        encoder_block_out_channels=(first.shape[0],) * 4,
        decoder_block_out_channels=(last.shape[0],) * 4,
    )
    try:
        vae.load_state_dict(load_file(file))
    except RuntimeError as error:
        raise EngineError(f"{file} holds no TAESD that turbo knows") from error
    return vae.to(dtype).eval()
