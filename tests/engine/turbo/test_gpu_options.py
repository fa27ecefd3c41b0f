"""What is chosen on a GPU, as far as a processor can tell."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import torch

from lib.engine.turbo import gpu_options
from lib.engine.turbo.gpu_options import BACKENDS, GpuOptions, apply
from tests.engine.turbo.conftest import Opens

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    products = torch.backends.cuda.matmul
    order = torch._C._get_sdp_priority_order()
    flags = (
        products.allow_fp16_reduced_precision_reduction,
        products.allow_bf16_reduced_precision_reduction,
        products.allow_fp16_accumulation,
    )
    yield
    torch._C._set_sdp_priority_order(order)
    (
        products.allow_fp16_reduced_precision_reduction,
        products.allow_bf16_reduced_precision_reduction,
        products.allow_fp16_accumulation,
    ) = flags


def chosen(options: GpuOptions) -> list[int]:
    apply(options, CPU, torch.float16, 5, 64)
    return list(torch._C._get_sdp_priority_order())


@pytest.mark.parametrize("name", sorted(BACKENDS))
def test_attention_by_the_backend_that_is_asked_for_and_then_by_the_others(name: str) -> None:
    before = torch._C._get_sdp_priority_order()
    order = chosen(GpuOptions(attention=name))
    assert order[0] == BACKENDS[name].value
    assert sorted(order) == sorted(before)
    assert [one for one in order if one != order[0]] == [one for one in before if one != order[0]]


def test_the_fastest_is_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    times = {"flash": 31.0, "cudnn": 18.2, "efficient": 50.0}
    monkeypatch.setattr(gpu_options, "measured_attention", lambda *_: times)
    with caplog.at_level(logging.INFO):
        assert chosen(GpuOptions())[0] == BACKENDS["cudnn"].value
    assert "attention by cudnn (flash 31 us, cudnn 18 us, efficient 50 us)" in caplog.text


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch imports parts of its own
def test_what_was_measured_once_holds_for_the_process_that_compiles(opens: Opens) -> None:
    """Attention is part of what is compiled: by another backend it would be another cache."""
    chosen(GpuOptions(attention="efficient"))
    engine = opens(compile="on")
    try:
        _, options = json.loads(engine.graph_cache._compiler.warmer.made_from)  # type: ignore[union-attr] # it compiles
    finally:
        engine.close()
    assert GpuOptions(*options).attention == "efficient"


def test_it_is_the_device_asked_for_that_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the times of a second GPU would be those of launches alone."""
    waited: list[object] = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device=None: waited.append(device))
    row = torch.zeros(1, 1, 2, 8)
    gpu_options._took_us(row, row, row)
    assert waited == [CPU, CPU]


def test_a_device_that_no_backend_serves_keeps_torchs_order() -> None:
    before = torch._C._get_sdp_priority_order()
    assert chosen(GpuOptions(attention="")) == before


def test_half_precision_sums_are_exact_unless_asked_otherwise() -> None:
    products = torch.backends.cuda.matmul
    chosen(GpuOptions(attention=""))
    assert not products.allow_fp16_reduced_precision_reduction
    assert not products.allow_bf16_reduced_precision_reduction
    assert not products.allow_fp16_accumulation
    chosen(GpuOptions(attention="", reduced_precision=True, half_accumulation=True))
    assert products.allow_fp16_reduced_precision_reduction
    assert products.allow_bf16_reduced_precision_reduction
    assert products.allow_fp16_accumulation


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_backends_are_measured_on_a_gpu() -> None:
    times = gpu_options.measured_attention(torch.device("cuda"), torch.float16, 5, 64)
    assert len(times) >= 2
    assert all(1 < took < 10_000 for took in times.values())
