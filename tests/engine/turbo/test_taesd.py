"""TAESD with its convolutions fused, and the operations that it is made of."""

from __future__ import annotations

import pytest
import torch
from diffusers import AutoencoderTiny
from torch.nn import functional

from bench.cost.checkpoint import TINY_TAESD
from lib.engine.turbo import convolution
from lib.engine.turbo.convolution import conv_add_relu, conv_relu
from lib.engine.turbo.models import Vae
from lib.engine.turbo.taesd import FusedBlock, FusedConvolution

LAST = {"memory_format": torch.channels_last}


def example(device: str = "cpu", dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    """A picture, weights, a bias, and what is added."""
    generator = torch.Generator().manual_seed(0)
    shapes = ((2, 16, 9, 12), (16, 16, 3, 3), (16,), (2, 16, 9, 12))
    made = [torch.randn(shape, generator=generator).to(device, dtype) for shape in shapes]
    return [one.to(**LAST) if one.ndim == 4 else one for one in made]  # type: ignore[call-overload]


def test_on_a_processor_they_are_torchs_own_bit_for_bit() -> None:
    x, weight, bias, added = example()
    plain = functional.conv2d(x, weight, bias, 1, 1)
    assert torch.equal(conv_relu(x, weight, bias, 1), functional.relu(plain))
    assert torch.equal(conv_add_relu(x, weight, bias, added, 1), functional.relu(plain + added))


def test_compilers_see_one_node_of_the_right_shape() -> None:
    x, weight, bias, added = example()
    seen = ("test_schema", "test_faketensor")
    torch.library.opcheck(conv_relu, (x, weight, bias, 1), test_utils=seen)
    torch.library.opcheck(conv_add_relu, (x, weight, bias, added, 1), test_utils=seen)


def test_only_what_cudnn_can_fuse_is_asked_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

    mode = FakeTensorMode()

    def fusible(dtype: torch.dtype, channels: int, device: str) -> bool:
        x, weight = (
            FakeTensor(mode, torch.empty(shape, dtype=dtype, device="meta"), torch.device(device))
            for shape in ((1, channels, 8, 8), (16, channels, 3, 3))
        )
        return convolution._is_fusible(x, weight)

    assert fusible(torch.float16, 16, "cuda")
    assert fusible(torch.bfloat16, 16, "cuda")
    assert not fusible(torch.float16, 4, "cuda")  # its kernels take channels in eights
    assert not fusible(torch.float32, 16, "cuda")
    assert not fusible(torch.float16, 16, "cpu")
    monkeypatch.setattr(torch.version, "hip", "6.4")
    assert not fusible(torch.float16, 16, "cuda")
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.setattr(convolution, "_refused", {(16, 16, 3, 3)})
    assert not fusible(torch.float16, 16, "cuda")


@pytest.mark.parametrize(
    "says",
    ["GET was unable to find an engine to execute this computation", "CUDNN_STATUS_NOT_SUPPORTED"],
)
def test_what_cudnn_does_not_fuse_is_made_plainly(
    monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    """Of one with no kernel it says the same as of short memory."""
    refused: set[tuple[int, ...]] = set()

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError(says)

    monkeypatch.setattr(convolution, "_refused", refused)
    monkeypatch.setattr(convolution, "_is_fusible", lambda *_: True)
    for name in ("cudnn_convolution_relu", "cudnn_convolution_add_relu"):
        monkeypatch.setattr(torch, name, refuse)
    x, weight, bias = torch.randn(1, 8, 4, 4), torch.randn(8, 8, 3, 3), torch.randn(8)
    plain = functional.conv2d(x, weight, bias, 1, 1)
    assert torch.equal(convolution.conv_relu(x, weight, bias, 1), plain.relu())
    assert torch.equal(convolution.conv_add_relu(x, weight, bias, x, 1), (plain + x).relu())
    assert refused == {(8, 8, 3, 3)}


def test_a_fused_taesd_is_the_plain_one() -> None:
    torch.manual_seed(1)
    intact = AutoencoderTiny(**TINY_TAESD).eval().to(**LAST).requires_grad_(False)
    fused, plain = Vae(intact, kernels=True), Vae(intact)
    layers = [*fused.vae.encoder.layers, *fused.vae.decoder.layers]
    assert sum(isinstance(one, FusedBlock) for one in layers) == 20
    assert sum(isinstance(one, FusedConvolution) for one in layers) == 1
    pictures = torch.rand(2, 3, 64, 48).to(**LAST) * 2 - 1
    with torch.no_grad():
        latents = plain.encode(pictures, None)
        assert torch.equal(fused.encode(pictures, None), latents)
        assert torch.equal(fused.decode(latents), plain.decode(latents))
        fused.slice()  # where memory is short
        assert torch.allclose(fused.decode(latents), plain.decode(latents), atol=1e-5)
    assert not intact.use_slicing
    shared = {one.data_ptr() for one in intact.parameters()}
    assert {one.data_ptr() for one in fused.vae.parameters()} == shared


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_cudnn_fuses_them() -> None:
    x, weight, bias, added = example("cuda", torch.float16)
    plain = functional.conv2d(x.float(), weight.float(), bias.float(), 1, 1)
    for made, wanted in (
        (conv_relu(x, weight, bias, 1), plain.relu()),
        (conv_add_relu(x, weight, bias, added, 1), (plain + added).relu()),
    ):
        assert float((made - wanted).abs().max() / wanted.abs().max()) < 2e-3
        assert made.is_contiguous(**LAST)
    assert not convolution._refused
