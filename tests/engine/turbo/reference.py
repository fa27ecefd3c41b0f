"""What diffusers makes of the same, by its own pipelines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lib.config.params import Params
from lib.engine.engine import Frames
from lib.engine.turbo.library_logs import libraries_muted

if TYPE_CHECKING:
    from lib.engine.turbo.turbo import Turbo


def pipeline(model: Path, taesd: Path | None) -> Any:
    from diffusers import (
        AutoencoderTiny,
        StableDiffusionImg2ImgPipeline,
        StableDiffusionXLImg2ImgPipeline,
    )

    with libraries_muted():
        if "XL" in (model / "model_index.json").read_text():
            made = StableDiffusionXLImg2ImgPipeline.from_pretrained(model, add_watermarker=False)
        else:
            made = StableDiffusionImg2ImgPipeline.from_pretrained(
                model, safety_checker=None, feature_extractor=None, requires_safety_checker=False
            )
        if taesd:
            made.vae = AutoencoderTiny.from_pretrained(taesd)
        made.set_progress_bar_config(disable=True)
    return made


def of_diffusers(made: Any, frames: Frames, params: Params) -> torch.Tensor:
    """Pictures from 0 to 1, each with the noise of the same seed."""
    with libraries_muted(), torch.no_grad():
        pictures: torch.Tensor = made(
            [params.prompt] * len(frames),
            image=torch.from_numpy(frames).permute(0, 3, 1, 2) / 255,
            strength=params.strength,
            num_inference_steps=params.num_inference_steps,
            guidance_scale=params.guidance_scale,
            generator=[torch.Generator().manual_seed(params.seed) for _ in frames],
            output_type="pt",
        ).images
    return pictures


def of_turbo(engine: Turbo, frames: Frames, params: Params) -> torch.Tensor:
    """The same from the lean path, before it is rounded to bytes."""
    from lib.engine.turbo.img2img import PLAIN

    last = []

    def decode(vae: Any, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        last.append(vae.decode(x).float())
        return PLAIN.decode(vae, x)

    engine.settle(params)
    with torch.no_grad():
        buffers = engine._fill_buffers(len(frames), frames.shape[1:3], params)
        buffers.frames.copy_(torch.from_numpy(frames))
        buffers.make(PLAIN._replace(decode=decode))
    return (last[0] / 2 + 0.5).clamp(0, 1)


def noise_frames(count: int, height: int, width: int, seed: int = 0) -> Frames:
    return np.random.default_rng(seed).integers(0, 256, (count, height, width, 3), np.uint8)
