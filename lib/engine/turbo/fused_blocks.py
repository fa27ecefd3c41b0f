"""What takes the place of the UNet's blocks on a GPU: the same arithmetic in fewer launches."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from lib.engine.turbo.group_norm import group_norm


@torch.library.custom_op("afterimage::add_product_", mutates_args={"into"})
def add_product_(into: Tensor, rows: Tensor, weight: Tensor) -> None:
    """A product that is added where it is needed, in the launch that computes it."""
    into.addmm_(rows, weight.t())


@add_product_.register_fake
def _(into: Tensor, rows: Tensor, weight: Tensor) -> None:
    assert into.shape == (rows.shape[0], weight.shape[0])


class FusedNorm(nn.Module):
    """GroupNorm, with what stands around it, in one kernel."""

    def __init__(self, norm: Any, silu: bool, shifted: bool = False) -> None:
        super().__init__()
        self.shifted = shifted
        self.weight, self.bias = norm.weight, norm.bias
        self.groups, self.eps, self.silu = norm.num_groups, norm.eps, silu

    def forward(self, x: Tensor, shift: Tensor | None = None) -> Tensor:
        how = (self.groups, self.eps, self.silu)
        made: Tensor = group_norm(x, shift, self.weight, self.bias, *how)
        return made


class FusedResnet(nn.Module):
    """A residual block. Its first convolution's bias comes with the time embedding."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        self.norm1, self.norm2 = FusedNorm(block.norm1, True), FusedNorm(block.norm2, True, True)
        self.conv1, self.conv2, self.shortcut = block.conv1, block.conv2, block.conv_shortcut
        self.time_slice, self.factor = block.time_emb_proj, block.output_scale_factor

    @staticmethod
    def replaces(block: Any) -> bool:
        """Whether it makes the same as this block, which it does of those in all models served."""
        return (
            type(block).__name__ == "ResnetBlock2D"
            and block.time_embedding_norm == "default"
            and block.upsample is None
            and block.downsample is None
            and isinstance(block.nonlinearity, nn.SiLU)
        )

    def forward(self, x: Tensor, times: Tensor) -> Tensor:
        first = self.conv1
        made = functional.conv2d(self.norm1(x), first.weight, None, first.stride, first.padding)
        change = self.conv2(self.norm2(made, self.time_slice(times)))
        whole: Tensor = (x if self.shortcut is None else self.shortcut(x)) + change
        return whole if self.factor == 1 else whole / self.factor


class FusedTransformer(nn.Module):
    """Attention over a picture. What a feed-forward and the last projection make is added by their
    products; their biases are in what it is added to, where another kernel is writing anyway."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.norm, self.blocks = FusedNorm(model.norm, False), model.transformer_blocks
        self.proj_in, self.proj_out = model.proj_in, model.proj_out

    @staticmethod
    def replaces(model: Any) -> bool:
        """Whether it makes the same as this one, which it does of those in all models served."""
        return (
            type(model).__name__ == "Transformer2DModel"
            and model.is_input_continuous
            and all(
                block.norm_type == "layer_norm"
                and block.pos_embed is None
                and block.attn2 is not None
                and not block.only_cross_attention
                and type(block.ff.net[0]).__name__ == "GEGLU"
                for block in model.transformer_blocks
            )
        )

    def forward(self, x: Tensor, encoder_hidden_states: Tensor, **_: object) -> tuple[Tensor]:
        pictures, _channels, height, width = x.shape
        made = self.norm(x).permute(0, 2, 3, 1).flatten(1, 2)
        # A projection by a convolution of one pixel is a product like any other.
        rows = functional.linear(made, self.proj_in.weight.flatten(1), self.proj_in.bias)
        whole = x.permute(0, 2, 3, 1).flatten(0, 2) + self.proj_out.bias
        for block in self.blocks:
            rows = rows + block.attn1(block.norm1(rows))
            rows = rows + block.attn2(block.norm2(rows), encoder_hidden_states)
            gated, last = block.ff.net[0](block.norm3(rows)), block.ff.net[2]
            added = (rows + last.bias).flatten(0, 1)
            add_product_(added, gated.flatten(0, 1), last.weight)
            rows = added.view_as(rows)
        add_product_(whole, rows.flatten(0, 1), self.proj_out.weight.flatten(1))
        return (whole.view(pictures, height, width, -1).permute(0, 3, 1, 2),)
