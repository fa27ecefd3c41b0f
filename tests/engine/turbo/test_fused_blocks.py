"""Blocks of the UNet in fewer launches, beside those of diffusers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel

from lib.engine.turbo.fused_blocks import (
    FusedResnet,
    FusedTransformer,
    PendingSum,
    add_product_,
)
from lib.engine.turbo.models import Vae
from lib.engine.turbo.unet import FusedUNet
from tests.engine.turbo.conftest import Opens
from tests.engine.turbo.reference import noise_frames


def rows(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_a_product_is_added_in_place() -> None:
    into, left, weight = rows(6, 8), rows(6, 16, seed=1), rows(8, 16, seed=2)
    wanted = into + left @ weight.t()
    add_product_(into, left, weight)
    assert torch.allclose(into, wanted, atol=1e-5)
    checks = ("test_schema", "test_faketensor")
    torch.library.opcheck(add_product_, (into, left, weight), test_utils=checks)


@pytest.mark.parametrize("linear", [True, False])  # SD 1.5 projects by convolutions
@pytest.mark.parametrize("layers", [1, 3])  # XL has up to ten
def test_attention_over_a_picture(linear: bool, layers: int) -> None:
    torch.manual_seed(1)
    how = {"norm_num_groups": 8, "cross_attention_dim": 24, "use_linear_projection": linear}
    plain: Any = Transformer2DModel(2, 16, 32, num_layers=layers, **how)
    plain = plain.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    x = rows(2, 32, 6, 5).to(memory_format=torch.channels_last)
    kept, hidden = x.clone(), rows(2, 7, 24, seed=1)
    assert FusedTransformer.replaces(plain)
    made = FusedTransformer(plain)(PendingSum(x), hidden)
    (wanted,) = plain(x, encoder_hidden_states=hidden, return_dict=False)
    assert torch.allclose(made, wanted, atol=1e-5)
    assert made.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(x, kept)  # it is read elsewhere, too


@pytest.mark.parametrize("into", [16, 32])  # with a shortcut, and without
def test_a_residual_block(into: int) -> None:
    torch.manual_seed(2)
    plain: Any = ResnetBlock2D(in_channels=into, out_channels=32, temb_channels=12, groups=8)
    plain = plain.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    x, time = rows(2, into, 6, 5).to(memory_format=torch.channels_last), rows(1, 12, seed=1)
    wanted = plain(x, time)
    shift = plain.time_emb_proj(torch.nn.functional.silu(time)) + plain.conv1.bias
    assert FusedResnet.replaces(plain)
    plain.time_emb_proj = torch.nn.Identity()  # as where all of them are one product
    made, whole = FusedResnet(plain)(PendingSum(x * 0.5, x * 0.5), shift)
    assert torch.allclose(made.total(), wanted, atol=1e-5)
    assert torch.equal(whole, x)


def test_what_is_made_otherwise_is_left_as_it_is() -> None:
    scaled = ResnetBlock2D(
        in_channels=32, temb_channels=12, groups=8, time_embedding_norm="scale_shift"
    )
    shrinking = ResnetBlock2D(in_channels=32, temb_channels=12, groups=8, down=True)
    assert not FusedResnet.replaces(scaled)
    assert not FusedResnet.replaces(shrinking)
    gelu = Transformer2DModel(2, 16, 32, norm_num_groups=8, activation_fn="gelu")
    assert not FusedTransformer.replaces(gelu)


def test_the_benchmark_counts_the_same_arithmetic(opens: Opens) -> None:
    """Operations of our own are opaque to torch's counter, which is told what they do."""
    from bench.cost.engine_ground import count_gflop
    from lib.config.params import Params

    engine, params = opens(), Params(prompt="snow", num_inference_steps=2, strength=1.0)
    engine.settle(params)
    frames = noise_frames(1, 256, 256)
    with torch.no_grad():
        plain = count_gflop(engine, frames, params)
        parts = engine.models.parts
        engine.models.unet = FusedUNet(parts["unet"], kernels=True)
        engine.models.vae = Vae(parts["vae"], kernels=True)
        assert count_gflop(engine, frames, params) == plain > 1
