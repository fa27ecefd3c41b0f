"""What this GPU does with the operations that the engine is made of, each by itself and without a
compiler: a minute of it says which changes can pay. On a CPU in small, to see that it runs."""

from __future__ import annotations

import math
import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import conv2d, linear, scaled_dot_product_attention
from torch.utils.flop_counter import FlopCounterMode

from bench.cost.engine_peers import Frames
from bench.cost.parts import Question
from lib.config.params import Params
from lib.engine.turbo.graph_buffers import GraphBuffers
from lib.engine.turbo.turbo import Turbo

# Side, channels in and out of the UNet's 3x3 convolutions at 512x512.
CONVOLUTIONS = (
    *((64, 320, 320), (64, 640, 320), (64, 960, 320), (64, 640, 640)),
    *((32, 640, 640), (32, 1280, 640), (32, 1920, 640), (32, 1280, 1280)),
    *((16, 1280, 1280), (16, 2560, 1280), (8, 1280, 1280), (8, 2560, 1280)),
)
ATTENTION = ((1, 5, 4096, 4096), (8, 5, 4096, 4096), (1, 10, 1024, 1024), (1, 5, 4096, 77))
BACKENDS = ("FLASH_ATTENTION", "CUDNN_ATTENTION", "EFFICIENT_ATTENTION")
FUSED: Any = torch  # its types of these have no lists
# TAESD's convolution: alone, with what follows, and with that in the same kernel.
SMALL_VAE: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "convolution": lambda x, w, _: conv2d(x, w, None, 1, 1),
    "and bias, ReLU": lambda x, w, b: conv2d(x, w, b, 1, 1).relu_(),
    "the same, fused": lambda x, w, b: FUSED.cudnn_convolution_relu(x, w, b, *[[1, 1]] * 3, 1),
    "and an addition, fused": lambda x, w, b: FUSED.cudnn_convolution_add_relu(
        x, w, x, 1.0, b, *[[1, 1]] * 3, 1
    ),
}


def timed_us(call: Callable[[], object], cuda: bool, times: int = 30) -> float:
    """Microseconds of each call, on the current stream."""
    for _ in range(3):
        call()
    if not cuda:
        started_s = time.perf_counter()
        call()
        return round((time.perf_counter() - started_s) * 1e6, 2)
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    begin.record()
    for _ in range(times):
        call()
    end.record()
    torch.cuda.synchronize()
    return float(round(begin.elapsed_time(end) / times * 1000, 2))


class Ground:
    def __init__(self, cuda: bool, tiny: bool) -> None:
        self._cuda, self._smaller = cuda, 16 if tiny else 1
        dtype = torch.half if cuda else torch.float32
        self._random = partial(torch.randn, device="cuda" if cuda else "cpu", dtype=dtype)

    def questions(self) -> Iterator[Question]:
        """Nothing is made before it is asked, so that what fails is one answer."""
        versions = (torch.__version__, torch.version.cuda, torch.backends.cudnn.version())
        yield "Python, torch, CUDA, cuDNN", lambda: (platform.python_version(), *versions)
        yield "torch finds a GPU", torch.cuda.is_available
        yield "nvidia-smi", self._nvidia_smi
        yield "a product of 8192, TFLOP/s", self._product
        yield "a frame of 512x512 up and down, us", self._copies
        yield "a node of a graph, us", lambda: self._graphed(self._random(1024).neg_, times=700)
        yield "attention's backends in order", torch._C._get_sdp_priority_order
        for shape in ATTENTION:
            for name in BACKENDS:
                yield f"attention {shape}, {name}, us", partial(self._attention, shape, name)
        for batch, side in ((batch, side) for batch in (1, 8) for side in (512, 256, 128, 64)):
            for name in SMALL_VAE:
                call = partial(self._small_vae, batch, side, name)
                yield f"TAESD {batch}x{side}x{side}: {name}, us", call
        for batch, searches in ((1, False), (1, True), (8, False), (8, True)):
            asked = f"UNet convolutions, batch {batch}, cudnn.benchmark {searches}, us"
            yield asked, partial(self._convolutions, batch, searches)
        for times, width in ((1, 960), (3, 320)):
            yield f"q, k, v in {times} product(s), us", partial(self._products, times, width)

    def _graphed(self, call: Callable[[], object], times: int = 5) -> float:
        """Of a call inside a captured graph: what it costs where it will stand."""
        if not self._cuda:
            return timed_us(call, False)
        call()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            for _ in range(times):
                call()
        return round(timed_us(graph.replay, True, 10) / times, 2)

    def _nvidia_smi(self) -> str:
        fields = "name,driver_version,memory.total,clocks.sm,clocks.max.sm,power.limit"
        argv = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader"]
        return subprocess.check_output(argv, text=True).strip()

    def _product(self) -> float:
        side = 8192 // self._smaller
        one = self._random(side, side)
        return round(2 * side**3 / timed_us(partial(torch.mm, one, one), self._cuda, 10) / 1e6, 3)

    def _copies(self) -> list[float]:
        host = torch.empty(786_432, dtype=torch.uint8, pin_memory=self._cuda)
        there = torch.empty_like(host, device="cuda" if self._cuda else "cpu")
        ways = (partial(there.copy_, host), partial(host.copy_, there))
        return [timed_us(partial(way, non_blocking=True), self._cuda) for way in ways]

    def _attention(self, shape: tuple[int, int, int, int], backend: str) -> float:
        batch, heads, *of = shape
        queries, keys = (max(4, one // self._smaller) for one in of)
        q = self._random(batch, queries, heads, 64).transpose(1, 2)
        k = self._random(batch, keys, heads, 64).transpose(1, 2)
        with sdpa_kernel(getattr(SDPBackend, backend)):
            return self._graphed(partial(scaled_dot_product_attention, q, k, k))

    def _image(self, *shape: int) -> Tensor:
        return self._random(*shape).to(memory_format=torch.channels_last)

    def _small_vae(self, batch: int, side: int, name: str) -> float:
        x = self._image(batch, 64, *[side // self._smaller] * 2)
        call = partial(SMALL_VAE[name], x, self._image(64, 64, 3, 3), self._random(64))
        return self._graphed(call)

    def _convolutions(self, batch: int, searches: bool) -> dict[str, float]:
        torch.backends.cudnn.benchmark = searches
        found = {}
        for side, into, out in CONVOLUTIONS:
            x = self._image(batch, into // self._smaller, side, side)
            weight = self._image(out // self._smaller, into // self._smaller, 3, 3)
            call = partial(conv2d, x, weight, None, 1, 1)
            found[f"{into} to {out} at {side}"] = self._graphed(call)
        torch.backends.cudnn.benchmark = False
        return {"all": round(sum(found.values())), **found}

    def _products(self, times: int, width: int) -> float:
        x, weight = self._random(4096 // self._smaller, 320), self._random(width, 320)
        return self._graphed(lambda: [linear(x, weight) for _ in range(times)], times=20)


def _flop(_: object, weight: tuple[int, ...], *__: object, out_shape: tuple[int, ...]) -> int:
    return 2 * math.prod(out_shape) * math.prod(weight[1:])


def _flop_of_product(
    _: object, rows: tuple[int, ...], weight: tuple[int, ...], **__: object
) -> int:
    return 2 * math.prod(rows) * weight[0]


def count_gflop(engine: Turbo, frames: Frames, params: Params) -> float:
    """Of one frame, without what is hoisted; a multiplication and an addition are two."""
    fill = partial(engine._fill_buffers, len(frames), frames[0].shape, params)
    buffers: GraphBuffers = engine._on_compute_stream(fill)
    ours = torch.ops.afterimage
    formulas: dict[Any, Callable[..., int]] = dict.fromkeys(
        (ours.conv_relu, ours.conv_add_relu), _flop
    )
    formulas[ours.add_product_] = _flop_of_product
    with FlopCounterMode(display=False, custom_mapping=formulas) as counter:
        engine._on_compute_stream(buffers.make)  # what is compiled cannot be counted
    return float(round(counter.get_total_flops() / buffers.shape.batch / 1e9, 1))
