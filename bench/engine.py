"""What a picture costs, on whatever device there is, beside the plain diffusers pipeline.

    python -m bench.engine                       on a GPU: 512x512, one step, batches 1, 4 and 8
    python -m bench.engine --tiny --size 64      the same in small, for a machine without a GPU
    python -m bench.engine --gains               and what each part of the work brings, by leaving it out
    python -m bench.engine --only engine         one part: engine pipeline worker

The weights are random and of the full size (SD 2.1's UNet, TAESD), unless --tiny: the arithmetic
is the same, and nothing is downloaded. Everything is measured in one run. The clock of the engine
runs from frames in the host's memory to pictures in the host's memory, uint8 on both sides, copies
inside; the prompt is known. The pipeline's runs over the same way, and gets its prompt's
embeddings ready made. The worker's is that of the jobs that come back: JPEG in, JPEG out.
"""

from __future__ import annotations

import argparse
import gc
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

from bench import pipeline
from bench.checkpoint import make_taesd, make_turbo
from bench.jobs import worker_fps
from bench.measure import percentiles
from lib.config.params import Params
from lib.config.settings import Worker
from lib.engine.turbo.plate import Shape
from lib.engine.turbo.turbo import Turbo

PROMPT = "a garden of glass under the northern lights, oil on canvas"
OTHER = PROMPT.replace("glass", "ice")


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


def main() -> int:
    options = _options()
    # Half precision on the disk where the device computes in it.
    with tempfile.TemporaryDirectory() as home:
        tiny = options.settings.pop("tiny") == "yes"
        half = torch.cuda.is_available() and options.settings["device"] != "cpu"
        options.settings["model"] = str(make_turbo(Path(home) / "turbo", full=not tiny, half=half))
        options.settings["vae"] = str(make_taesd(Path(home) / "taesd", full=not tiny))
        with _opened(options) as engine:
            ceiling = _ceiling(engine)
            _head(engine, ceiling, tiny)
        for size in options.sizes:
            for batch in options.batches:
                _one_shape(options, batch, size, ceiling)
    return 0


def _one_shape(options: Options, batch: int, size: int, ceiling: Ceiling) -> None:
    print(f"\nbatch {batch}, {size}x{size}, {options.steps} step(s)")
    alone = 0.0
    if options.only in ("", "engine"):
        with _opened(options) as engine:
            alone = _engine(engine, batch, size, options, ceiling)
        if options.gains:
            _gains(options, batch, size)
    if options.only in ("", "pipeline"):
        for compiled in (False, True):
            name = "diffusers pipeline, torch.compile" if compiled else "diffusers pipeline"
            try:
                step = pipeline.plain(options.settings, PROMPT, options.steps, compiled)
                frames = _frames(batch, size)
                times = _measure(lambda: step(frames), options.seconds)  # noqa: B023 - called here
            except (RuntimeError, ImportError) as error:
                print(f"  {name:<38} not measured: {str(error).splitlines()[0][:90]}")
                continue
            each = _line(name, times, batch)
            if alone:
                print(f"  {'engine is so many times as fast':<38}{each / alone:8.2f}")
            _forget()
    if options.only in ("", "worker"):
        fps = worker_fps(options.settings, batch, size, options.steps, options.seconds)
        share = f", {fps * alone / 1000:.2f} of the engine alone" if alone else ""
        print(f"  {'worker, JPEG in and out':<38}{fps:8.1f} fps{share}")


def _engine(engine: Turbo, batch: int, size: int, options: Options, ceiling: Ceiling) -> float:
    """Prints, and returns milliseconds a frame."""
    frames, params = _frames(batch, size), _params(options.steps)
    started_s = time.perf_counter()
    _ready(engine, batch, size, params)
    print(f"  {'ready after':<38}{time.perf_counter() - started_s:8.1f} s")
    gflop = _gflop(engine, batch, size, params)
    each = _line(
        "engine", _measure(lambda: engine.generate(frames, params), options.seconds), batch
    )
    tflops = gflop / each / 1000 * 1000 / 1000
    share = 100 * tflops / ceiling.tflops
    print(
        f"  {'arithmetic':<38}{gflop:8.1f} GFLOP a frame, {tflops:.2f} TFLOP/s, {share:.0f} % of "
    )
    print(f"  {'':<38}         the {ceiling.tflops:.2f} TFLOP/s of a {ceiling.side}² product")

    ways = [params.changed(seed=seed, prompt=text) for seed in (1, 2) for text in (PROMPT, OTHER)]
    for way in ways:
        engine.settle(way)
        engine.generate(frames, way)
    turn = iter(range(1 << 30))
    times = _measure(lambda: engine.generate(frames, ways[next(turn) % 4]), options.seconds)
    changed = _line("engine, prompt and seed new each time", times, batch)
    print(f"  {'a change is so many times as slow':<38}{changed / each:8.2f}")
    if engine.models.device.type == "cuda":
        _line("engine, the next sent before this is back", _overlapped(engine, frames, params, options.seconds), batch)  # fmt: skip
    return each


def _overlapped(engine: Turbo, frames: np.ndarray, params: Params, seconds: float) -> list[float]:
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


def _gains(options: Options, batch: int, size: int) -> None:
    """What each part of the work brings: the same without it."""
    frames, params = _frames(batch, size), _params(options.steps)
    for name, setting, leave_out in (
        ("without torch.compile", {"compile": "off"}, None),
        ("without a captured graph", {}, _no_graph),
        ("without channels last", {}, _no_channels_last),
        ("without hoisting (times, keys, values)", {}, _no_hoisting),
    ):
        with _opened(options, **setting) as engine:
            used = engine.models.device.type == "cuda" or engine.press.prepares
            if not used and leave_out in (None, _no_graph):
                print(f"  {name:<38}     not used on this device")
                continue
            step = leave_out(engine) if leave_out else lambda: None
            _ready(engine, batch, size, params)

            def make(engine: Turbo = engine, step: Callable[[], None] = step) -> None:
                step()
                engine.generate(frames, params)

            _line(name, _measure(make, options.seconds), batch)


def _no_graph(engine: Turbo) -> Callable[[], None]:
    def step() -> None:
        for plate in engine.press._plates.values():
            plate.run = plate.make

    return step


def _no_channels_last(engine: Turbo) -> Callable[[], None]:
    engine.models.network.to(memory_format=torch.contiguous_format)
    engine.models.vae.vae.to(memory_format=torch.contiguous_format)
    return lambda: None


def _no_hoisting(engine: Turbo) -> Callable[[], None]:
    def step() -> None:
        for plate in engine.press._plates.values():
            plate._written.clear()

    return step


@contextmanager
def _opened(options: Options, **changed: str) -> Iterator[Turbo]:
    engine = Turbo(Worker(_env_file=None, **{**options.settings, **changed}), "a benchmark")  # type: ignore[arg-type] # pydantic reads text
    try:
        yield engine
    finally:
        engine.close()
        del engine
        _forget()


def _ready(engine: Turbo, batch: int, size: int, params: Params) -> None:
    engine.settle(params)
    shape = Shape(engine._room(batch), size, size, params.num_inference_steps, guided=False)
    engine._in_lane(engine.press.prepare, shape)


def _gflop(engine: Turbo, batch: int, size: int, params: Params) -> float:
    """Of one frame; a multiplication and an addition are two."""
    plate = engine._in_lane(engine._set, batch, (size, size), params)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        run, plate.develop = plate.develop, pipeline.plain_develop
        plate.make()
        plate.develop = run
    return counter.get_total_flops() / batch / 1e9


def _ceiling(engine: Turbo) -> Ceiling:
    device, dtype = engine.models.device, engine.models.dtype
    side = 8192 if device.type == "cuda" else 2048
    one = torch.randn(side, side, device=device, dtype=dtype)
    wait = torch.cuda.synchronize if device.type == "cuda" else (lambda: None)

    def product() -> None:
        for _ in range(4):
            torch.mm(one, one)
        wait()

    times = _measure(product, 2)
    return Ceiling(4 * 2 * side**3 / (percentiles(times)["p50"] / 1000) / 1e12, side)


def _measure(step: Callable[[], object], seconds: float) -> list[float]:
    """Milliseconds of each call, after some that are not counted."""
    for _ in range(3):
        step()
    times: list[float] = []
    end_s = time.perf_counter() + seconds
    while (started_s := time.perf_counter()) < end_s or len(times) < 3:
        step()
        times.append((time.perf_counter() - started_s) * 1000)
    return times


def _line(name: str, times: list[float], batch: int) -> float:
    found = percentiles([one / batch for one in times])
    shown = "  ".join(f"{key} {value:8.2f}" for key, value in found.items())
    print(f"  {name:<38}{shown} ms a frame   {1000 / found['p50']:8.1f} fps", flush=True)
    return found["p50"]


def _frames(batch: int, size: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (batch, size, size, 3), np.uint8)


def _params(steps: int) -> Params:
    return Params(prompt=PROMPT, num_inference_steps=steps, strength=1.0)


def _forget() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _head(engine: Turbo, ceiling: Ceiling, tiny: bool) -> None:
    cores = torch.get_num_threads()
    where = engine.device if engine.models.device.type == "cuda" else f"CPU, {cores} threads"
    kind = "the same architecture, tiny" if tiny else "full size"
    print(
        f"device {where}; {str(engine.models.dtype).removeprefix('torch.')}; weights: random, {kind}"
    )
    print(f"Python {platform.python_version()}, torch {torch.__version__}")
    print(f"one {ceiling.side}² matrix product: {ceiling.tflops:.2f} TFLOP/s")


def _options() -> Options:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
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
    settings = {"device": given.device, "dtype": given.dtype, "compile": given.compile}
    settings["tiny"] = "yes" if given.tiny else "no"
    return Options(
        settings,
        [int(one) for one in given.size.split(",")],
        [int(one) for one in given.batch.split(",")],
        given.steps,
        given.seconds,
        given.only,
        given.gains,
    )


if __name__ == "__main__":
    raise SystemExit(main())
