"""The UNet without the work that only depends on prompt and steps.

Two inputs reach all of its blocks: the time embedding and the prompt's hidden states. Each block
only projects the first, and only makes keys and values of the second. Neither depends on the
frame, so all those projections are fused into two products that are computed when prompt or steps
change. Their results travel through the blocks side by side, and each block takes its slice.
A call keeps no state: several threads may call at once.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from lib.engine.turbo.fused_blocks import FusedNorm
from lib.engine.turbo.fused_path import FusedPath
from lib.engine.turbo.group_norm import compile_ahead
from lib.engine.turbo.twin import join, twin


class TimeEmbeddingSlice(nn.Module):
    """Takes a block's slice of the projected time embedding, where the block would project it."""

    def __init__(self, start: int, end: int) -> None:
        super().__init__()
        self.start, self.end = start, end

    def forward(self, all_of_it: Tensor) -> Tensor:
        return all_of_it[:, self.start : self.end]


class CrossAttention:
    """Attention to a prompt whose keys and values are projected already.

    The prompt is the same for all frames of a batch, so the frames' queries stand in one row:
    nothing is copied for each frame, and one graph serves any prompt.
    """

    def __init__(self, start: int, width: int) -> None:
        self.start, self.width = start, width

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,  # noqa: ARG002 - CLIP's prompts have none
        **_: object,
    ) -> Tensor:
        assert encoder_hidden_states is not None
        rows, length, _width = hidden_states.shape
        sets = encoder_hidden_states.shape[0]  # of words: one, or two with guidance
        middle, end = self.start + self.width, self.start + 2 * self.width
        query = _heads(attn.to_q(hidden_states).view(sets, -1, self.width), attn.heads)
        key = _heads(encoder_hidden_states[..., self.start : middle], attn.heads)
        value = _heads(encoder_hidden_states[..., middle:end], attn.heads)
        made = functional.scaled_dot_product_attention(query, key, value)
        return _out(attn, made.transpose(1, 2).reshape(rows, length, self.width))


class SelfAttention:
    """Attention of a picture to itself; in parts where memory is short, which changes nothing.

    Queries, keys and values come from one product.
    """

    def __init__(self, parts: int = 1) -> None:
        self.parts = parts

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,  # noqa: ARG002 - it looks at itself
        attention_mask: Tensor | None = None,  # noqa: ARG002 - at all of it
        **_: object,
    ) -> Tensor:
        query, key, value = (
            _heads(one, attn.heads) for one in attn.to_q(hidden_states).chunk(3, -1)
        )
        made = [
            functional.scaled_dot_product_attention(some, key, value)
            for some in query.chunk(self.parts, 2)
        ]
        whole = made[0] if len(made) == 1 else torch.cat(made, 2)
        return _out(attn, whole.transpose(1, 2).reshape(hidden_states.shape[0], -1, key_width(key)))


def _joined_linear(layers: list[Any]) -> nn.Linear:
    """One layer that makes what these make, side by side."""
    made = nn.Linear(layers[0].in_features, 1, layers[0].bias is not None, device="meta")
    made.weight = nn.Parameter(join([one.weight for one in layers]), requires_grad=False)
    if layers[0].bias is not None:
        made.bias = nn.Parameter(join([one.bias for one in layers]), requires_grad=False)
    made.out_features = made.weight.shape[0]
    return made


def key_width(key: Tensor) -> int:
    return key.shape[1] * key.shape[3]


def _heads(rows: Tensor, heads: int) -> Tensor:
    return rows.view(*rows.shape[:2], heads, -1).transpose(1, 2)


def _out(attn: Any, made: Tensor) -> Tensor:
    result: Tensor = attn.to_out[0](made)
    return result / attn.rescale_output_factor if attn.rescale_output_factor != 1 else result


class FusedUNet(nn.Module):
    """A twin of a UNet of diffusers, taken apart.

    The UNet itself stays whole; what is joined here of its weights becomes views of the joined.
    """

    def __init__(self, unet: Any, kernels: bool = False) -> None:
        """With `kernels`, what is made for GPUs takes the place of modules of diffusers."""
        super().__init__()
        self.unet = twin(unet)
        self.text_time: bool = unet.config.addition_embed_type == "text_time"
        self.upscalings = unet.num_upsamplers
        kernels = kernels and FusedPath.replaces(self.unet)
        self._time_weight, self._time_bias = self._fuse_time_projections(kernels)
        self._key_value_weight = self._fuse_attention_projections()
        self.path: FusedPath | None = None
        if kernels:
            self.path = FusedPath(self.unet)
            self.unet.down_blocks = self.unet.up_blocks = nn.ModuleList()
            self.unet.mid_block = self.unet.conv_norm_out = None

    def _fuse_time_projections(self, kernels: bool) -> tuple[Tensor, Tensor]:
        """The projections of the time embedding, out of all blocks into one."""
        projections, added, at = [], [], 0
        for block in self.unet.modules():  # in which resnets alone have one
            if not isinstance(getattr(block, "time_emb_proj", None), nn.Linear):
                continue
            projections.append(block.time_emb_proj)
            end = at + projections[-1].out_features
            block.time_emb_proj, block.skip_time_act, at = TimeEmbeddingSlice(at, end), True, end
            if kernels:
                added.append(block.conv1.bias.detach())
            else:
                added.append(torch.zeros_like(projections[-1].bias))
        weight, bias = (
            join([getattr(one, name) for one in projections]) for name in ("weight", "bias")
        )
        return weight, bias + torch.cat(added) if kernels else bias

    def _fuse_attention_projections(self) -> Tensor:
        """The key and value projections of all cross-attention, out of all layers into one; and in
        each layer of self-attention one product for its three."""
        weights, at = [], 0
        for name, attn in self.unet.named_modules():
            if name.endswith(".attn1"):
                attn.set_processor(SelfAttention())
                attn.to_q = _joined_linear([attn.to_q, attn.to_k, attn.to_v])
                attn.to_k = attn.to_v = None
            elif name.endswith(".attn2"):
                width = attn.to_k.weight.shape[0]
                weights += [attn.to_k.weight, attn.to_v.weight]
                attn.set_processor(CrossAttention(at, width))
                attn.to_k, attn.to_v, at = None, None, at + 2 * width
        return join(weights)

    def compile_norms(self) -> None:
        """Once for each kind of norm, before there are frames to wait."""
        norms = [one for one in self.modules() if isinstance(one, FusedNorm)]
        for kind in sorted({one.kind for one in norms}):
            compile_ahead(norms[0].weight, kind)

    def first_heads(self) -> tuple[int, int]:
        """How many heads the attention at full size has, and how wide each is."""
        names = self.named_modules()
        first = next(attn for name, attn in names if name.endswith(".attn1"))
        return first.heads, first.to_q.out_features // 3 // first.heads

    def slice_attention(self, parts: int) -> None:
        for name, attn in self.named_modules():
            if name.endswith(".attn1"):
                attn.set_processor(SelfAttention(parts))

    def project_prompt(self, hidden: Tensor) -> Tensor:
        """The keys and values of all cross-attention layers, from a prompt's hidden states."""
        return functional.linear(hidden.to(self._key_value_weight.dtype), self._key_value_weight)

    def project_times(self, times: Tensor, added: Tensor | None = None) -> Tensor:
        """The projected time embeddings of all blocks: a row, or a set of rows, for each step."""
        unet = self.unet
        dtype = self._time_weight.dtype
        embedded = unet.time_embedding(unet.time_proj(times).to(dtype))
        if added is not None:  # what an XL model wants to know beside: all of the text, the size
            embedded = embedded[:, None] + unet.add_embedding(added.to(dtype))
        return functional.linear(functional.silu(embedded), self._time_weight, self._time_bias)

    def added_conditions(self, pooled: Tensor, height: int, width: int) -> Tensor:
        """An XL model's further conditions: the pooled text and the picture's size."""
        sizes = torch.tensor([height, width, 0, 0, height, width], device=pooled.device)
        told = self.unet.add_time_proj(sizes).reshape(1, -1).expand(pooled.shape[0], -1)
        return torch.cat([pooled.to(self._time_weight.dtype), told.to(self._time_weight.dtype)], -1)

    @property
    def prompt_width(self) -> int:
        return self._key_value_weight.shape[0]

    @property
    def times_width(self) -> int:
        return self._time_weight.shape[0]

    def forward(self, sample: Tensor, times: Tensor, keys_values: Tensor) -> Tensor:
        """As the UNet's own, for the rows of one prompt after the other."""
        if 1 < times.shape[0] < sample.shape[0]:  # an XL model with guidance
            times = times.repeat_interleave(sample.shape[0] // times.shape[0], 0)
        odd = any(side % 2**self.upscalings for side in sample.shape[-2:])
        if self.path is not None:
            fused: Tensor = self.path(sample, times, keys_values, odd)
            return fused
        unet = self.unet
        sample = unet.conv_in(sample)
        kept: tuple[Tensor, ...] = (sample,)
        for block in unet.down_blocks:
            sample, more = block(sample, times, **_cross_attention_input(block, keys_values))
            kept += more
        if unet.mid_block is not None:
            sample = unet.mid_block(
                sample, times, **_cross_attention_input(unet.mid_block, keys_values)
            )
        for block in unet.up_blocks:
            count = len(block.resnets)
            used, kept = kept[-count:], kept[:-count]
            size = kept[-1].shape[2:] if odd and kept else None
            sample = block(
                sample,
                used,
                times,
                upsample_size=size,
                **_cross_attention_input(block, keys_values),
            )
        if unet.conv_norm_out is not None:
            sample = unet.conv_act(unet.conv_norm_out(sample))
        made: Tensor = unet.conv_out(sample)
        return made


def _cross_attention_input(block: Any, keys_values: Tensor) -> dict[str, Tensor]:
    attends = getattr(block, "has_cross_attention", False)
    return {"encoder_hidden_states": keys_values} if attends else {}
