"""What a picture costs, on whatever device there is, beside the plain diffusers pipeline.

    python -m bench.engine                       on a GPU: 512x512, one step, batches 1, 4 and 8
    python -m bench.engine --tiny --size 64      the same in small, for a machine without a GPU
    python -m bench.engine --gains               and what each part brings, by leaving it out
    python -m bench.engine --only engine         one part: engine pipeline worker

The weights are random and of the full size (SD 2.1's UNet, TAESD), unless --tiny: the arithmetic
is the same, and nothing is downloaded. Everything is measured in one run. The clock of the engine
runs from frames in the host's memory to pictures in the host's memory, uint8 on both sides, copies
inside; the prompt is known. The pipeline's runs over the same way, and gets its prompt's
embeddings ready made. The worker's is that of the jobs that come back: JPEG in, JPEG out.
"""

from __future__ import annotations

import itertools
import logging
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from bench.cost.checkpoint import make_taesd, make_turbo
from bench.cost.engine_peers import Frames, forget, line, measure, plain_pipeline, worker_fps
from bench.report import command, percentiles
from lib.config.params import DEFAULT_PROMPT, Params
from lib.config.settings import WorkerSettings
from lib.engine.turbo.graph_buffers import GraphShape
from lib.engine.turbo.turbo import Turbo

OTHER = "a garden of ice under the northern lights, oil on canvas"


class Options(NamedTuple):
    settings: dict[str, str]
    sizes: list[int]
    batches: list[int]
    steps: int
    seconds: float
    only: str
    gains: bool


class Ceiling(NamedTuple):
    """What this device makes of one large matrix product."""

    tflops: float
    side: int


def frames_of(batch: int, size: int) -> Frames:
    return np.random.default_rng(0).integers(0, 256, (batch, size, size, 3), np.uint8)


def params_of(steps: int) -> Params:
    return Params(prompt=DEFAULT_PROMPT, num_inference_steps=steps, strength=1.0)


def one_shape(options: Options, batch: int, size: int, ceiling: Ceiling) -> None:
    print(f"\nbatch {batch}, {size}x{size}, {options.steps} step(s)")
    alone_ms = 0.0
    if options.only in ("", "engine"):
        with opened(options) as engine:
            alone_ms = the_engine(engine, batch, size, options, ceiling)
    if options.gains:
        gains(options, batch, size)
    if options.only in ("", "pipeline"):
        the_pipeline(options, batch, size, alone_ms)
    if options.only in ("", "worker"):
        fps = worker_fps(options.settings, batch, size, options.steps, options.seconds)
        share = f"   {fps * alone_ms / 1000:.2f} of the engine alone" if alone_ms else ""
        print(f"  {'worker, JPEG in and out':<34}{fps:8.1f} fps{share}", flush=True)


def the_engine(engine: Turbo, batch: int, size: int, options: Options, ceiling: Ceiling) -> float:
    """Prints, and returns milliseconds a frame."""
    frames, params = frames_of(batch, size), params_of(options.steps)
    started_s = time.perf_counter()
    ready(engine, batch, size, params)
    print(f"  {'ready after':<34}{time.perf_counter() - started_s:8.1f} s")
    gflop = count_gflop(engine, batch, size, params)
    times = measure(lambda: engine.generate(frames, params), options.seconds)
    each_ms = line("engine", times, batch)
    tflops = gflop / each_ms  # GFLOP a millisecond
    share = 100 * tflops / ceiling.tflops
    print(f"  {'its arithmetic':<34}{gflop:8.1f} GFLOP a frame, {tflops:.3f} TFLOP/s,", end=" ")
    print(f"{share:.0f} % of a {ceiling.side}² product's")
    others = itertools.product((1, 2), (DEFAULT_PROMPT, OTHER))
    ways = [params.changed(seed=seed, prompt=text) for seed, text in others]
    for way in ways:
        engine.settle(way)
        engine.generate(frames, way)
    turns = itertools.cycle(ways)
    times = measure(lambda: engine.generate(frames, next(turns)), options.seconds)
    changed_ms = line("prompt and seed other each time", times, batch)
    print(f"  {'so many times as slow':<34}{changed_ms / each_ms:8.2f}")
    if engine.models.device.type == "cuda":
        line("two batches on their way", overlapped(engine, frames, params, options.seconds), batch)
    return each_ms


def overlapped(engine: Turbo, frames: Frames, params: Params, seconds: float) -> list[float]:
    """Milliseconds from picture to picture where the next frame is sent before this one is back."""
    pending = engine.begin(frames, params)
    times, last_s = [], time.perf_counter()
    end_s = last_s + seconds
    while last_s < end_s:
        following = engine.begin(frames, params)
        pending.wait()
        pending, now_s = following, time.perf_counter()
        times.append((now_s - last_s) * 1000)
        last_s = now_s
    pending.wait()
    return times[3:]


def the_pipeline(options: Options, batch: int, size: int, alone_ms: float) -> None:
    frames = frames_of(batch, size)
    for name, compiled in (("diffusers pipeline", False), ("the same, torch.compile", True)):
        try:
            step = plain_pipeline(options.settings, DEFAULT_PROMPT, options.steps, compiled)
            times = measure(lambda: step(frames), options.seconds)  # noqa: B023 - called at once
        except (RuntimeError, ImportError) as error:
            print(f"  {name:<34}not measured: {str(error).strip().splitlines()[0][:90]}")
            continue
        each_ms = line(name, times, batch)
        if alone_ms:
            print(f"  {'engine so many times as fast':<34}{each_ms / alone_ms:8.2f}")
        forget()


def gains(options: Options, batch: int, size: int) -> None:
    """What each part of the work brings: the same without it."""
    frames, params = frames_of(batch, size), params_of(options.steps)
    for name, changed, leave_out in (
        ("without torch.compile", {"compile": "off"}, None),
        ("without a captured graph", {}, no_graph),
        ("without channels last", {}, no_channels_last),
        ("without hoisting", {}, no_hoisting),
    ):
        with opened(options, **changed) as engine:
            before = leave_out(engine) if leave_out else lambda: None
            on_gpu = engine.models.device.type == "cuda"
            compiled = options.settings["compile"] in ("on", "max") or on_gpu
            if not {None: compiled, no_graph: on_gpu}.get(leave_out, True):
                print(f"  {name:<34}    not used on this device")
                continue
            ready(engine, batch, size, params)

            def make(engine: Turbo = engine, before: Callable[[], None] = before) -> None:
                before()
                engine.generate(frames, params)

            line(name, measure(make, options.seconds), batch)


def no_graph(engine: Turbo) -> Callable[[], None]:
    def before() -> None:
        for buffers in engine.graph_cache._buffers.values():
            buffers.recorded = None

    return before


def no_channels_last(engine: Turbo) -> Callable[[], None]:
    engine.models.unet.to(memory_format=torch.contiguous_format)
    engine.models.vae.vae.to(memory_format=torch.contiguous_format)
    return lambda: None


def no_hoisting(engine: Turbo) -> Callable[[], None]:
    """Times, keys and values are made again for each frame."""

    def before() -> None:
        for buffers in engine.graph_cache._buffers.values():
            buffers._written.clear()

    return before


@contextmanager
def opened(options: Options, **changed: str) -> Iterator[Turbo]:
    known = {**options.settings, **changed}
    engine = Turbo(WorkerSettings(_env_file=None, **known), "a benchmark")  # type: ignore[arg-type] # pydantic reads text
    try:
        yield engine
    finally:
        engine.close()
        del engine
        forget()


def ready(engine: Turbo, batch: int, size: int, params: Params) -> None:
    engine.settle(params)
    shape = GraphShape(
        engine._padded_batch(batch), size, size, params.num_inference_steps, guided=False
    )
    engine._on_compute_stream(engine.graph_cache.prepare, shape)


def count_gflop(engine: Turbo, batch: int, size: int, params: Params) -> float:
    """Of one frame, without what is hoisted; a multiplication and an addition are two."""
    buffers = engine._on_compute_stream(engine._fill_buffers, batch, (size, size), params)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        buffers.make()  # the plain functions: what is compiled cannot be counted
    return float(counter.get_total_flops()) / buffers.shape.batch / 1e9


def find_ceiling(engine: Turbo) -> Ceiling:
    device, dtype = engine.models.device, engine.models.dtype
    side = 8192 if device.type == "cuda" else 2048
    one = torch.randn(side, side, device=device, dtype=dtype)

    def product() -> None:
        for _ in range(4):
            torch.mm(one, one)
        if device.type == "cuda":
            torch.cuda.synchronize()

    took_s = percentiles(measure(product, 2))["p50"] / 1000
    return Ceiling(4 * 2 * side**3 / took_s / 1e12, side)


def head(engine: Turbo, ceiling: Ceiling, tiny: bool) -> None:
    on_gpu = engine.models.device.type == "cuda"
    where = engine.device if on_gpu else f"CPU, {torch.get_num_threads()} threads"
    dtype = str(engine.models.dtype).removeprefix("torch.")
    print(f"{where}; {dtype}; random weights, {'tiny' if tiny else 'full size'}; ", end="")
    print(f"Python {platform.python_version()}, torch {torch.__version__}")
    print(f"one {ceiling.side}² matrix product: {ceiling.tflops:.3f} TFLOP/s")


def main() -> int:
    parser = command(__doc__)
    on_gpu = torch.cuda.is_available()
    parser.add_argument("--tiny", action="store_true", help="a network a few hundred times smaller")
    parser.add_argument("--size", default="512" if on_gpu else "64", help="such as 512 or 256,512")
    parser.add_argument("--batch", default="1,4,8" if on_gpu else "1,4")
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--compile", default="auto")
    parser.add_argument("--only", default="", choices=["", "engine", "pipeline", "worker"])
    parser.add_argument("--gains", action="store_true")
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="  %(message)s")
    sizes, batches = ([int(one) for one in text.split(",")] for text in (given.size, given.batch))
    with tempfile.TemporaryDirectory() as home:
        half = on_gpu and given.device != "cpu"  # on the disk, too
        settings = {
            "device": given.device,
            "dtype": given.dtype,
            "compile": given.compile,
            "model": str(make_turbo(Path(home) / "turbo", full=not given.tiny, half=half)),
            "vae": str(make_taesd(Path(home) / "taesd", full=not given.tiny)),
        }
        how = (given.steps, given.seconds, given.only, given.gains)
        options = Options(settings, sizes, batches, *how)
        with opened(options) as engine:
            ceiling = find_ceiling(engine)
            head(engine, ceiling, given.tiny)
        for size, batch in itertools.product(sizes, batches):
            one_shape(options, batch, size, ceiling)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
