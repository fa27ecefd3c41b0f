"""What takes the place of the UNet's blocks on a GPU: the same arithmetic in fewer launches."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from lib.engine.turbo.group_norm import NormKind, group_norm, sum_group_norm


@torch.library.custom_op("afterimage::add_product_", mutates_args={"into"})
def add_product_(into: Tensor, rows: Tensor, weight: Tensor) -> None:
    """A product that is added where it is needed, in the launch that computes it."""
    into.addmm_(rows, weight.t())


@add_product_.register_fake
def _(into: Tensor, rows: Tensor, weight: Tensor) -> None:
    assert into.shape == (rows.shape[0], weight.shape[0])


class PendingSum(NamedTuple):
    """x + added + offset, of which the last is a number for each channel. Whatever normalises it
    next adds it up as well."""

    x: Tensor
    added: Tensor | None = None
    offset: Tensor | None = None

    def total(self) -> Tensor:
        whole = self.x if self.added is None else self.x + self.added
        return whole if self.offset is None else whole + self.offset[:, None, None]


class FusedNorm(nn.Module):
    """GroupNorm, with what stands around it, in one kernel."""

    def __init__(self, norm: Any, silu: bool, shifted: bool = False) -> None:
        super().__init__()
        self.weight, self.bias = norm.weight, norm.bias
        self.groups, self.eps, self.silu = norm.num_groups, norm.eps, silu
        self.kind = NormKind(norm.num_channels, norm.num_groups, silu, shifted)

    def forward(self, x: Tensor, shift: Tensor | None = None) -> Tensor:
        how = (self.groups, self.eps, self.silu)
        made: Tensor = group_norm(x, shift, self.weight, self.bias, *how)
        return made

    def of_sum(
        self, given: PendingSum, skip: Tensor | None = None, extra: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Normalised, and what was, with `extra` added."""
        x, added, offset = given
        if added is None and offset is None and skip is None and extra is None:
            return self(x), x
        offset = None if offset is None else offset[None]
        what = (x, added, offset, skip, extra, self.weight, self.bias)
        made: tuple[Tensor, Tensor] = sum_group_norm(*what, self.groups, self.eps, self.silu)
        return made

    def expect(self, given: PendingSum, skip: int = 0, extra: bool = False) -> None:
        """What `of_sum` will be given, so that it can be compiled ahead; of `given` it counts what
        is there."""
        added, offset = given.added is not None, given.offset is not None
        whole = added or offset or bool(skip) or extra
        self.kind = self.kind._replace(
            shifted=offset, added=added, skip=skip, extra=extra, whole=whole
        )


class FusedResnet(nn.Module):
    """A residual block. Its first convolution's bias comes with the time embedding, and the others'
    with the sum that it gives."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        self.norm1, self.norm2 = FusedNorm(block.norm1, True), FusedNorm(block.norm2, True, True)
        self.conv1, self.conv2, self.shortcut = block.conv1, block.conv2, block.conv_shortcut
        self.time_slice, self.factor = block.time_emb_proj, block.output_scale_factor
        offset = self.conv2.bias
        if self.shortcut is not None and self.shortcut.bias is not None:
            offset = nn.Parameter(offset + self.shortcut.bias, requires_grad=False)
        self.offset = offset

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

    def forward(
        self, given: PendingSum, times: Tensor, skip: Tensor | None = None
    ) -> tuple[PendingSum, Tensor]:
        """Behind what it makes, what it was given: the sum, with `skip` joined."""
        made, whole = self.norm1.of_sum(given, skip)
        made = self.norm2(without_bias(self.conv1, made), self.time_slice(times))
        change = without_bias(self.conv2, made)
        kept = whole if self.shortcut is None else without_bias(self.shortcut, whole)
        result = PendingSum(kept, change, self.offset)
        return result if self.factor == 1 else PendingSum(result.total() / self.factor), whole


def without_bias(layer: Any, x: Tensor) -> Tensor:
    return functional.conv2d(x, layer.weight, None, layer.stride, layer.padding)


class FusedSampler(nn.Module):
    """Half the size or twice the size, by a convolution whose bias comes with the sum it gives."""

    def __init__(self, sampler: Any) -> None:
        super().__init__()
        self.convolution, self.up = sampler.conv, type(sampler).__name__ == "Upsample2D"

    @staticmethod
    def replaces(sampler: Any) -> bool:
        by_convolution = isinstance(sampler.conv, nn.Conv2d) and sampler.norm is None
        if type(sampler).__name__ == "Upsample2D":
            interpolates = sampler.interpolate and not sampler.use_conv_transpose
            return by_convolution and interpolates and sampler.name == "conv"
        return by_convolution and type(sampler).__name__ == "Downsample2D" and sampler.padding > 0

    def forward(self, x: Tensor, size: torch.Size | None = None) -> PendingSum:
        if self.up:
            how: dict[str, Any] = {"scale_factor": 2.0} if size is None else {"size": size}
            x = functional.interpolate(x, mode="nearest", **how)
        return PendingSum(without_bias(self.convolution, x), None, self.convolution.bias)


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
            and model.proj_out.bias is not None
            and all(
                block.norm_type == "layer_norm"
                and block.pos_embed is None
                and block.attn2 is not None
                and not block.only_cross_attention
                and type(block.ff.net[0]).__name__ == "GEGLU"
                for block in model.transformer_blocks
            )
        )

    def forward(self, given: PendingSum, encoder_hidden_states: Tensor) -> Tensor:
        pictures, _channels, height, width = given.x.shape
        made, x = self.norm.of_sum(given, extra=self.proj_out.bias)
        made = made.permute(0, 2, 3, 1).flatten(1, 2)
        # A projection by a convolution of one pixel is a product like any other.
        rows = functional.linear(made, self.proj_in.weight.flatten(1), self.proj_in.bias)
        whole = x.permute(0, 2, 3, 1).flatten(0, 2)
        for block in self.blocks:
            rows = rows + block.attn1(block.norm1(rows))
            rows = rows + block.attn2(block.norm2(rows), encoder_hidden_states)
            gated, last = block.ff.net[0](block.norm3(rows)), block.ff.net[2]
            added = (rows + last.bias).flatten(0, 1)
            add_product_(added, gated.flatten(0, 1), last.weight)
            rows = added.view_as(rows)
        add_product_(whole, rows.flatten(0, 1), self.proj_out.weight.flatten(1))
        return whole.view(pictures, height, width, -1).permute(0, 3, 1, 2)
