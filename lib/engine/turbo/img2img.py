"""The work of a frame, in three functions: encode, one step, decode.

They are compiled one by one, once for each batch and size, and a graph is captured over all of
them, with as many steps as are played. Between them the latents have one layout, channels last,
so that none of the three is ever compiled for another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from lib.engine.turbo.models import Vae
from lib.engine.turbo.unet import FusedUNet

SCALE, KEEP, ADD, FRESH = range(4)  # a step's coefficients
NOISE, GUIDANCE = range(2)  # what stands in `start`


def encode(vae: Vae, frames: Tensor, noise: Tensor, start: Tensor) -> Tensor:
    """Latents in float32 to start from. A draw of noise goes into them, another into the VAE if it
    draws too."""
    # Frames come channels last, and so they stay.
    pixels = frames.permute(0, 3, 1, 2).float().mul(1 / 127.5).sub(1).to(vae.dtype)
    latents = vae.encode(pixels, None if vae.small else noise[0])
    return _channels_last(latents + start[NOISE] * noise[-1])


class StepInputs(NamedTuple):
    """What a step is made with, each in a buffer."""

    keys_values: Tensor
    times: Tensor
    coefficients: Tensor
    start: Tensor
    fresh: Tensor | None  # noise that an ancestral step adds


def denoise(unet: FusedUNet, x: Tensor, step: StepInputs) -> Tensor:
    """The latents after one step."""
    seen = (x * step.coefficients[SCALE]).to(step.keys_values.dtype)
    if step.keys_values.shape[0] == 2:
        made = unet(torch.cat([seen, seen]), step.times, step.keys_values).float()
        conditional, unconditional = made.chunk(2)
        predicted = unconditional + step.start[GUIDANCE] * (conditional - unconditional)
    else:
        predicted = unet(seen, step.times, step.keys_values).float()
    x = x * step.coefficients[KEEP] + predicted * step.coefficients[ADD]
    return _channels_last(x if step.fresh is None else x + step.coefficients[FRESH] * step.fresh)


def decode(vae: Vae, x: Tensor) -> tuple[Tensor, Tensor]:
    """uint8 pictures, and which of them are finite everywhere."""
    made = vae.decode(x).float()
    whole = torch.isfinite(made).flatten(1).all(1)
    pixels = made.mul(127.5).add(127.5).clamp(0, 255).round()
    return torch.nan_to_num(pixels).to(torch.uint8).permute(0, 2, 3, 1), whole


def _channels_last(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)


class FrameFunctions(NamedTuple):
    """The three functions, plain or compiled."""

    encode: Callable[..., Tensor]
    denoise: Callable[..., Tensor]
    decode: Callable[..., tuple[Tensor, Tensor]]


PLAIN = FrameFunctions(encode, denoise, decode)
