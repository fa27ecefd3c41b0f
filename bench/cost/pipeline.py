"""The peer: the img2img pipeline of diffusers, as its documentation has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch

from bench.cost.clock import Frames
from lib.engine.turbo.load import choose_device, choose_dtype
from lib.engine.turbo.quiet import no_bars, quiet


def plain(
    settings: Mapping[str, str], prompt: str, steps: int, compiled: bool
) -> Callable[[Frames], Frames]:
    """uint8 in the host's memory to the same, with the small VAE and ready embeddings."""
    from diffusers import AutoencoderTiny, StableDiffusionImg2ImgPipeline  # noqa: PLC0415

    device = choose_device(settings["device"])
    dtype = choose_dtype(settings["dtype"], device)
    no_bars()
    with quiet():
        vae = AutoencoderTiny.from_pretrained(settings["vae"], torch_dtype=dtype)
        made = StableDiffusionImg2ImgPipeline.from_pretrained(
            settings["model"],
            vae=vae,
            torch_dtype=dtype,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        ).to(device)
        made.set_progress_bar_config(disable=True)
        if compiled:
            made.unet = torch.compile(made.unet)
            made.vae.encoder = torch.compile(made.vae.encoder)
            made.vae.decoder = torch.compile(made.vae.decoder)
        with torch.no_grad():
            embeds = made.encode_prompt(prompt, device, 1, False)[0]

    def step(frames: Frames) -> Frames:
        pictures = torch.from_numpy(frames).to(device).permute(0, 3, 1, 2).to(dtype) / 255
        with quiet():
            painted = made(
                prompt_embeds=embeds.repeat(len(frames), 1, 1),
                image=pictures,
                strength=1.0,
                num_inference_steps=steps,
                guidance_scale=0.0,
                generator=torch.Generator(device).manual_seed(0),
                output_type="pt",
            ).images
        pixels = painted.mul(255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
        return np.ascontiguousarray(pixels)

    return step
