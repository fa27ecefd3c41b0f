"""GroupNorm as one operation, and its kernel without a GPU."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import torch
from torch.nn import functional

from lib.config.settings import ROOT
from lib.engine.turbo import group_norm as module
from lib.engine.turbo.group_norm import (
    NormInput,
    NormKind,
    by_kernel,
    compile_ahead,
    group_norm,
    plain_group_norm,
    sum_group_norm,
)

needs_triton = "triton is not installed, which requirements-dev.txt pins for Linux on x86-64"


def example(device: str = "cpu", dtype: torch.dtype = torch.float32) -> tuple[object, ...]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 32, 6, 5, generator=generator).to(memory_format=torch.channels_last)
    of_channels = [torch.randn(rows, 32, generator=generator) for rows in (2, 1, 1)]
    shift, weight, bias = (one.to(device, dtype) for one in of_channels)
    return x.to(device, dtype), shift, weight[0], bias[0], 8, 1e-5, True


def test_on_a_processor_it_is_torchs_own_bit_for_bit() -> None:
    x, shift, weight, bias, groups, eps, _ = example()
    moved = x + shift[:, :, None, None]  # type: ignore[operator,index]
    for silu, shifted, seen in ((True, shift, moved), (False, None, x)):
        wanted = functional.group_norm(seen, groups, weight, bias, eps)  # type: ignore[arg-type]
        wanted = functional.silu(wanted) if silu else wanted
        made = group_norm(x, shifted, weight, bias, groups, eps, silu)
        assert torch.equal(made, wanted)
        assert made.is_contiguous(memory_format=torch.channels_last)


def test_compilers_see_one_node_of_the_right_shape() -> None:
    checks = ("test_schema", "test_faketensor")
    torch.library.opcheck(group_norm, example(), test_utils=checks)
    x, shift, weight, bias, *how = example()
    torch.library.opcheck(
        sum_group_norm, (x, x, shift, None, weight, weight, bias, *how), test_utils=checks
    )
    half, joined = x[:, :24], x[:, 24:]  # type: ignore[index]
    torch.library.opcheck(
        sum_group_norm, (half, None, None, joined, None, weight, bias, *how), test_utils=checks
    )


def test_a_sum_is_what_torch_adds_joins_and_normalises() -> None:
    x, shift, weight, bias, groups, eps, silu = example()
    first, last = x[:, :24], x[:, 24:]  # type: ignore[index]
    made, whole = sum_group_norm(
        first,
        first,
        shift[:, :24],
        last,
        weight,
        weight,
        bias,
        groups,
        eps,
        silu,  # type: ignore[index]
    )
    seen = torch.cat([first + first + shift[:, :24, None, None], last], 1)  # type: ignore[index]
    assert torch.equal(whole, seen + weight[:, None, None])  # type: ignore[index]
    wanted = functional.silu(functional.group_norm(seen, groups, weight, bias, eps))  # type: ignore[arg-type]
    assert torch.equal(made, wanted)
    # What is given back is never what was given: it is written to later.
    made, whole = sum_group_norm(x, None, None, None, None, weight, bias, groups, eps, silu)
    assert torch.equal(whole, x) and whole.data_ptr() != x.data_ptr()  # type: ignore[arg-type,attr-defined]


@pytest.mark.slow
def test_the_kernel_makes_what_torch_makes() -> None:
    """All of it but the GPU: Triton's interpreter runs it on the processor."""
    pytest.importorskip("triton", reason=needs_triton)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.engine.turbo.interpreted"],
        cwd=ROOT,
        env={**os.environ, "TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    furthest = json.loads(ran.stdout)
    assert len(furthest) >= 9
    assert max(furthest) < 1e-3  # half a step of float16 at 1, twice


@pytest.mark.parametrize("architecture", [75, 90])
def test_the_kernel_becomes_machine_code(architecture: int) -> None:
    """For GPUs that are not here: the compiler and ptxas come with triton."""
    pytest.importorskip("triton", reason=needs_triton)
    # Python 3.13 says so of triton's own code.
    warnings.filterwarnings("ignore", "AnnAssign.__init__", DeprecationWarning)
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource, compile

    from lib.engine.turbo import group_norm_kernel

    halves = ("x", "added", "skip", "shift", "weight", "bias", "extra", "out", "whole")
    signature = dict.fromkeys(halves, "*fp16")
    numbers = ("rows", "channels", "others", "shift_step", "chunk", "chunks")
    signature |= dict.fromkeys(numbers, "i32") | {"sums": "*fp32", "eps": "fp32"}
    for reads, writes, more in ((True, True, False), (True, False, True), (False, True, True)):
        sizes = {"WIDTH": 10, "COLUMNS": 16, "ROWS": 256}
        sizes |= dict.fromkeys(("ADDED", "JOINED", "EXTRA", "WHOLE"), more)
        sizes |= {"SHIFTED": True, "SILU": True, "READS": reads, "WRITES": writes}
        types = signature | dict.fromkeys(sizes, "constexpr")
        made = compile(
            ASTSource(group_norm_kernel._normalize, types, sizes),
            target=GPUTarget("cuda", architecture, 32),
            options={"num_warps": group_norm_kernel.WARPS},
        )
        assert made.asm["cubin"]


def test_where_the_kernel_cannot_be_made_torchs_own_takes_its_place(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a worker without a C compiler; here there is no GPU to compile for."""
    monkeypatch.setattr(module, "_failed", [])
    with caplog.at_level(logging.WARNING):
        assert by_kernel(NormInput(*example())) is None  # type: ignore[arg-type]
        assert by_kernel(NormInput(*example())) is None  # type: ignore[arg-type]
    assert caplog.text.count("a frame takes longer") == 1


def test_no_size_of_picture_needs_another_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each needs a second of the compiler, and a frame would wait for it."""
    pytest.importorskip("triton", reason=needs_triton)
    from lib.engine.turbo import group_norm_kernel

    compiled: list[set[tuple[object, ...]]] = []

    class Kernel:
        """Notes by what Triton would tell two kernels apart."""

        params = group_norm_kernel._normalize.params

        def __getitem__(self, _grid: object) -> Callable[..., None]:
            return self.launch

        def launch(self, *given: object, **sizes: object) -> None:
            kinds = [
                (one, one % 16 == 0, one == 1)
                for one, param in zip(given, self.params, strict=False)
                if isinstance(one, int) and not param.do_not_specialize
            ]
            compiled[-1].add((*kinds, *sizes.items()))

    monkeypatch.setattr(group_norm_kernel, "_normalize", Kernel())
    weight = torch.ones(320)
    kind = NormKind(320, 32, silu=True, shifted=True)
    joined = kind._replace(added=True, skip=120, whole=True)

    def play(kind: NormKind) -> None:
        for pictures, high, wide in ((1, 1, 1), (3, 9, 13), (1, 64, 64), (2, 130, 144)):
            x = torch.ones(pictures, 320 - kind.skip, high, wide)
            shift = weight[None, : 320 - kind.skip]
            what = NormInput(x, shift, weight, weight, 32, 1e-5, True)
            if kind.whole:
                skip = torch.ones(pictures, kind.skip, high, wide)
                what = what._replace(added=x, skip=skip, whole=True)
            by_kernel(what)

    for ask in (
        lambda: [compile_ahead(weight, one) for one in (kind, joined)],
        lambda: [play(one) for one in (kind, joined)],
    ):
        compiled.append(set())
        ask()
    ahead, played = compiled
    assert len(ahead) == 6  # of each: whole; cut, and reading or writing
    assert played == ahead


def test_ahead_it_is_compiled_on_the_gpu_that_has_the_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Triton launches on the current device: with DEVICE=cuda:1 the first would be given pointers
    into the second's memory."""
    current: list[torch.Tensor] = []
    launched: list[torch.Tensor] = []

    @contextmanager
    def device_of(tensor: torch.Tensor) -> Iterator[None]:
        current.append(tensor)
        yield
        current.pop()

    monkeypatch.setattr(torch.cuda, "device_of", device_of)
    monkeypatch.setattr(module, "by_kernel", lambda *_: launched.extend(current))
    weight = torch.ones(32)
    compile_ahead(weight, NormKind(32, 8, silu=True, shifted=True))
    assert [one is weight for one in launched] == [True, True]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("shape", [(1, 320, 64, 64), (8, 960, 64, 64), (1, 320, 128, 128)])
@pytest.mark.parametrize("shifted", [False, True])
def test_the_kernel_on_a_gpu(shape: tuple[int, ...], shifted: bool) -> None:
    half = {"device": "cuda", "dtype": torch.float16}
    x = torch.randn(shape, **half).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    shift = torch.randn(1, shape[1], **half) if shifted else None  # type: ignore[call-overload]
    weight, bias = torch.randn(2, shape[1], **half).unbind()  # type: ignore[call-overload]
    given = NormInput(x, shift, weight, bias, 32, 1e-5, True)
    if shifted:  # and added to, and kept
        given = given._replace(added=x.flip(0), extra=weight, whole=True)
    found = by_kernel(given)
    assert found is not None, module._failed
    exact = [one.float() if torch.is_tensor(one) else one for one in given]
    for made, wanted in zip(found, plain_group_norm(NormInput(*exact)), strict=True):  # type: ignore[arg-type]
        assert float((made - wanted).abs().max() / wanted.abs().max()) < 2e-3
