"""The parts of a loaded checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lib.engine.turbo.schedule import DenoisingSchedule
from lib.engine.turbo.taesd import fuse_taesd
from lib.engine.turbo.twin import twin
from lib.engine.turbo.unet import FusedUNet

VAE_SCALE_FACTOR = 8  # a latent is an eighth of the picture's side, in all models served


class Vae:
    """Encodes pictures into latents and back; a small VAE (TAESD) or a model's own.

    It works on a twin, so that what is replaced or sliced here is whole elsewhere.
    """

    def __init__(self, vae: Any, kernels: bool = False) -> None:
        """With `kernels`, what is made for GPUs takes the place of modules of diffusers."""
        self.vae = twin(vae)
        self.small = type(vae).__name__ == "AutoencoderTiny"
        if self.small and kernels:
            fuse_taesd(self.vae)
        self.scale = float(vae.config.scaling_factor)
        self.dtype: torch.dtype = vae.dtype

    def encode(self, pictures: Tensor, noise: Tensor | None) -> Tensor:
        """float32 latents; a model's own VAE draws them, with noise given for it."""
        made = self.vae.encode(pictures.to(self.dtype))
        if noise is None:
            return made.latents.float() * self.scale  # type: ignore[no-any-return] # diffusers' own
        spread = made.latent_dist
        return (spread.mean.float() + spread.std.float() * noise) * self.scale  # type: ignore[no-any-return] # the same

    def decode(self, latents: Tensor) -> Tensor:
        made: Tensor = self.vae.decode((latents / self.scale).to(self.dtype)).sample
        return made

    def slice(self) -> None:
        """Work in parts where memory is short. The small one needs no more than the UNet does."""
        self.vae.enable_slicing()
        if not self.small:
            self.vae.enable_tiling()


@dataclass
class TextEncoder:
    """A tokenizer and its encoder; an XL model has two."""

    tokenizer: Any
    encoder: Any


@dataclass
class Models:
    """A checkpoint, as two trees of modules over the same tensors.

    `parts` are whole, as diffusers' pipelines take them: `pipeline(**models.parts)`. `unet` and
    `vae` are made for frames. Most of their tensors are those of `parts`; others were joined for
    frames, and those of `parts` are views of them.
    """

    name: str
    vae_name: str
    text_encoders: list[TextEncoder]
    unet: FusedUNet
    vae: Vae
    schedule: DenoisingSchedule
    device: torch.device
    zeros_for_empty_prompt: bool  # no prompt is zeros, and not the embedding of ""
    parts: dict[str, Any]

    @property
    def dtype(self) -> torch.dtype:
        dtype: torch.dtype = self.unet.unet.dtype
        return dtype

    @property
    def xl(self) -> bool:
        """Two text encoders, and a picture's size among the words."""
        return self.unet.text_time
