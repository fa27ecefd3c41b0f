"""TAESD with each convolution, its bias, addition and activation as one operation."""

from __future__ import annotations

from typing import Any

from diffusers.models.unets.unet_2d_blocks import AutoencoderTinyBlock
from torch import Tensor, nn

from lib.engine.turbo.convolution import conv_add_relu, conv_relu


class FusedBlock(nn.Module):
    """Three convolutions, and the way around them."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(block.conv[at] for at in (0, 2, 4))
        self.skip = block.skip

    def forward(self, x: Tensor) -> Tensor:
        first, second, third = self.convolutions
        made = conv_relu(conv_relu(x, *_weights(first)), *_weights(second))
        weight, bias, padding = _weights(third)
        last: Tensor = conv_add_relu(made, weight, bias, self.skip(x), padding)
        return last


class FusedConvolution(nn.Module):
    """With the activation behind it."""

    def __init__(self, convolution: Any) -> None:
        super().__init__()
        self.convolution = convolution

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = conv_relu(x, *_weights(self.convolution))
        return made


def fuse_taesd(vae: Any) -> None:
    """Replace the layers of an AutoencoderTiny, which keeps its weights."""
    for half in (vae.encoder, vae.decoder):
        half.layers = nn.Sequential(*_fused(list(half.layers)))


def _fused(layers: list[nn.Module]) -> list[nn.Module]:
    fused: list[nn.Module] = []
    for layer in layers:
        if isinstance(layer, AutoencoderTinyBlock) and isinstance(layer.conv[1], nn.ReLU):
            fused.append(FusedBlock(layer))
        elif isinstance(layer, nn.ReLU) and isinstance(fused[-1], nn.Conv2d):
            fused.append(FusedConvolution(fused.pop()))
        else:
            fused.append(layer)
    return fused


def _weights(convolution: Any) -> tuple[Tensor, Tensor, int]:
    return convolution.weight, convolution.bias, convolution.padding[0]
