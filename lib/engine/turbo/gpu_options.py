"""What can be chosen on a GPU: each choice is for a benchmark to measure by itself."""

from __future__ import annotations

import logging
import time
from typing import NamedTuple

import torch
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

log = logging.getLogger(__name__)

BACKENDS = {
    "flash": SDPBackend.FLASH_ATTENTION,
    "cudnn": SDPBackend.CUDNN_ATTENTION,
    "efficient": SDPBackend.EFFICIENT_ATTENTION,
}
REPEATS = 20  # a measurement is the shortest of so many


class GpuOptions(NamedTuple):
    """The defaults are what a show uses."""

    norms: bool = True  # GroupNorm, SiLU and the time embedding as one kernel
    convolutions: bool = True  # TAESD's with bias, addition and ReLU as one kernel
    attention: str = (
        "fastest"  # measured at the start; or one of BACKENDS, or torch's own choice: ""
    )
    # Sums of half-precision products may be rounded to half on their way where a product is cut
    # for speed. How it is cut depends on the size of the batch: frames alternate between sizes, and
    # what differs between them is seen as flicker.
    reduced_precision: bool = False
    half_accumulation: bool = False  # all sums in half: on GeForce twice as fast, and less exact


def apply(
    options: GpuOptions, device: torch.device, dtype: torch.dtype, heads: int, dim: int
) -> None:
    """For this process, once, before anything is compiled or captured. The last two are of the
    attention that costs most."""
    products = torch.backends.cuda.matmul
    products.allow_fp16_reduced_precision_reduction = options.reduced_precision
    products.allow_bf16_reduced_precision_reduction = options.reduced_precision
    products.allow_fp16_accumulation = options.half_accumulation
    name = options.attention
    if name == "fastest":
        times = measured_attention(device, dtype, heads, dim)
        name = min(times, key=lambda one: times[one], default="")
        shown = ", ".join(f"{one} {took:.0f} us" for one, took in times.items())
        log.info("attention by %s (%s)", name or "torch's choice", shown)
    if name:
        prefer(name)


def prefer(name: str) -> None:
    """Torch takes this backend wherever it can; and the others, in their order, where it cannot."""
    first = BACKENDS[name].value
    order = torch._C._get_sdp_priority_order()
    torch._C._set_sdp_priority_order([first, *(one for one in order if one != first)])


def preferred() -> str:
    """What torch takes first, for another process to take as well."""
    first = torch._C._get_sdp_priority_order()[0]
    return next((name for name, backend in BACKENDS.items() if backend.value == first), "")


def measured_attention(
    device: torch.device, dtype: torch.dtype, heads: int, dim: int
) -> dict[str, float]:
    """Microseconds of a 512x512 picture's attention to itself, by each backend that can do it."""
    rows = torch.randn(1, 4096, 3, heads, dim, device=device, dtype=dtype)
    query, key, value = (one.transpose(1, 2) for one in rows.unbind(2))
    times = {}
    for name, backend in BACKENDS.items():
        try:
            with sdpa_kernel(backend), torch.no_grad():
                took = [_took_us(query, key, value) for _ in range(REPEATS)]
        except RuntimeError:  # not for this device, type or width of a head
            continue
        times[name] = min(took)
    return times


def _took_us(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> float:
    torch.cuda.synchronize(query.device)
    started_ns = time.perf_counter_ns()
    functional.scaled_dot_product_attention(query, key, value)
    torch.cuda.synchronize(query.device)
    return (time.perf_counter_ns() - started_ns) / 1000
