"""Models that come as one .safetensors file, in the layout of those who trained them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderTiny

from lib.engine.engine import EngineError
from lib.engine.turbo import weight_files


def load_single_file(file: Path, dtype: torch.dtype) -> dict[str, Any]:
    """The parts of the model in this file, by the loaders of diffusers."""
    if file.suffix != ".safetensors":
        raise EngineError(f"{file} is no .safetensors file; other kinds can hold programs")
    tensors = weight_files.check_whole(file)
    unet = weight_files.UNET_IN_FILE
    if not any(name.startswith(unet) for name in tensors):
        raise EngineError(f"{file} holds no Stable Diffusion model: no {unet} is in it")
    folder = weight_files.family_folder(file, tensors)
    xl = "XL" in str(weight_files.read_index(folder).get("_class_name"))
    return read_single_file(file, folder, xl, dtype)


def read_single_file(file: Path, folder: Path, xl: bool, dtype: torch.dtype) -> dict[str, Any]:
    """The same of a file that was looked at, with the small files of this folder."""
    from diffusers import (  # noqa: PLC0415 - needed by few, and seconds to load
        StableDiffusionPipeline,
        StableDiffusionXLPipeline,
    )

    kind = StableDiffusionXLPipeline if xl else StableDiffusionPipeline
    more = {} if xl else {"safety_checker": None, "feature_extractor": None}
    pipeline = kind.from_single_file(
        str(file), config=str(folder), local_files_only=True, torch_dtype=dtype, **more
    )
    parts = {name: part for name, part in pipeline.components.items() if part is not None}
    for name in ("unet", "vae", "text_encoder", "text_encoder_2"):
        if name in parts:
            parts[name] = parts[name].eval()
            # What the file lacks has a shape and no content.
            if lacking := sum(one.is_meta for one in parts[name].parameters()):
                raise EngineError(f"{file} cannot be loaded: it lacks {lacking} weights of {name}")
    scheduler = folder / "scheduler" / "scheduler_config.json"
    parts["scheduler"] = weight_files.read_json(scheduler, f"{folder} is not whole")
    return parts | {"folder": folder, "zeros": xl}


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
