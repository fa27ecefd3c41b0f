"""A UNet's whole way on a GPU, from its first convolution to its last.

The blocks of diffusers add up what a layer makes before they hand it on. Here the sum is left to
the next norm, which reads all of it anyway: so is the joining of what was kept on the way down.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import torch
from torch import Tensor, nn

from lib.engine.turbo.fused_blocks import (
    FusedNorm,
    FusedResnet,
    FusedSampler,
    FusedTransformer,
    PendingSum,
    without_bias,
)


class Way(Enum):
    DOWN = ("DownBlock2D", "CrossAttnDownBlock2D")
    MIDDLE = ("UNetMidBlock2DCrossAttn",)
    UP = ("UpBlock2D", "CrossAttnUpBlock2D")


class FusedPath(nn.Module):
    def __init__(self, unet: Any) -> None:
        super().__init__()
        self.conv_in, self.conv_out = unet.conv_in, unet.conv_out
        self.norm_out = FusedNorm(unet.conv_norm_out, True)
        self.blocks = nn.ModuleList(_FusedBlock(block, way) for block, way in _blocks(unet))
        given, widths = PendingSum(_ONE, None, _ONE), list[int]()
        for block in self.blocks:
            assert isinstance(block, _FusedBlock)
            given = block.expect(given, widths)
        self.norm_out.expect(given)

    @staticmethod
    def replaces(unet: Any) -> bool:
        """Whether it makes the same as this UNet, which it does of those of all models served."""
        return (
            unet.mid_block is not None
            and isinstance(unet.conv_norm_out, nn.GroupNorm)
            and isinstance(unet.conv_act, nn.SiLU)
            and all(_FusedBlock.replaces(block, way) for block, way in _blocks(unet))
        )

    def forward(self, x: Tensor, times: Tensor, keys_values: Tensor, odd: bool) -> Tensor:
        """Where sides are odd somewhere on the way, it comes back by the sizes it went."""
        given = PendingSum(without_bias(self.conv_in, x), None, self.conv_in.bias)
        kept: list[Tensor] = []
        for block in self.blocks:
            given = block(given, (times, keys_values), kept, odd)
        made: Tensor = self.conv_out(self.norm_out.of_sum(given)[0])
        return made


def _blocks(unet: Any) -> list[tuple[Any, Way]]:
    down = [(block, Way.DOWN) for block in unet.down_blocks]
    return [*down, (unet.mid_block, Way.MIDDLE), *((block, Way.UP) for block in unet.up_blocks)]


def _layers(block: Any, way: Way) -> list[Any]:
    """Resnets and transformers in the order in which they are played."""
    resnets, attentions = list(block.resnets), list(getattr(block, "attentions", None) or ())
    if way is Way.MIDDLE:
        pairs = zip(attentions, resnets[1:], strict=True)
        return [resnets[0], *(layer for pair in pairs for layer in pair)]
    if not attentions:
        return resnets
    return [layer for pair in zip(resnets, attentions, strict=True) for layer in pair]


def _sampler(block: Any) -> Any:
    found = getattr(block, "downsamplers", None) or getattr(block, "upsamplers", None)
    return found[0] if found else None


_ONE = torch.empty(0)  # where only what is there counts


class _FusedBlock(nn.Module):
    def __init__(self, block: Any, way: Way) -> None:
        super().__init__()
        self.way = way
        self.layers = nn.ModuleList(
            FusedResnet(one) if FusedResnet.replaces(one) else FusedTransformer(one)
            for one in _layers(block, way)
        )
        sampler = _sampler(block)
        self.sampler = None if sampler is None else FusedSampler(sampler)

    @staticmethod
    def replaces(block: Any, way: Way) -> bool:
        kinds = FusedResnet, FusedTransformer
        if type(block).__name__ not in way.value:
            return False
        sampler = _sampler(block)
        return (sampler is None or FusedSampler.replaces(sampler)) and all(
            any(kind.replaces(one) for kind in kinds) for one in _layers(block, way)
        )

    def forward(
        self, given: PendingSum, seen: tuple[Tensor, Tensor], kept: list[Tensor], odd: bool
    ) -> PendingSum:
        times, keys_values = seen
        for at, layer in enumerate(self.layers):
            if isinstance(layer, FusedTransformer):
                given = PendingSum(layer(given, keys_values))
                continue
            skip = kept.pop() if self.way is Way.UP else None
            given, whole = layer(given, times, skip)
            if self._keeps(at):
                kept.append(whole)
        if self.sampler is None:
            return given
        x = given.total()
        if self.way is Way.DOWN:
            kept.append(x)
        made: PendingSum = self.sampler(x, kept[-1].shape[2:] if odd and kept else None)
        return made

    def expect(self, given: PendingSum, widths: list[int]) -> PendingSum:
        """Tell each norm what it will be given: the same way, without a picture."""
        for at, layer in enumerate(self.layers):
            if isinstance(layer, FusedTransformer):
                layer.norm.expect(given, extra=True)
                given = PendingSum(_ONE)
                continue
            assert isinstance(layer, FusedResnet)
            layer.norm1.expect(given, widths.pop() if self.way is Way.UP else 0)
            given = PendingSum(_ONE, _ONE, _ONE) if layer.factor == 1 else PendingSum(_ONE)
            if self._keeps(at):
                widths.append(layer.conv1.in_channels)
        if self.sampler is None:
            return given
        if self.way is Way.DOWN:
            widths.append(self.sampler.convolution.in_channels)
        return PendingSum(_ONE, None, _ONE)

    def _keeps(self, at: int) -> bool:
        """What a layer was given, for the way up: the middle's first is given the lowest."""
        return self.way is Way.DOWN or (self.way is Way.MIDDLE and not at)
