"""What a picture costs on a GPU, in at most eight minutes, beside the plain diffusers pipeline.

    python -m bench.engine --out OUT                     all of it, in the order of what it settles
    python -m bench.engine --only eager,compiled1+pdl    these parts, one of them with a switch set
    python -m bench.engine --tiny --device cpu           a dry run of every part, without a GPU

Each part is a process with a limit of its own, and takes no other along. Each figure is a line of
OUT/results.jsonl at once, and an exception is an answer like any other. The weights are random and
of the full size (SD 2.1's UNet, TAESD), unless --tiny: the arithmetic is the same, and nothing is
downloaded. The engine is timed from frames in the host's memory to pictures in the host's memory,
uint8 on both sides, copies inside, with a prompt that is known; so is the pipeline. The worker's
rate is that of the jobs that come back: JPEG in, JPEG out.
"""

from __future__ import annotations

import os

# The parts are forks of this process: what asks for a GPU while it is imported must not start CUDA.
os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")

import argparse
import itertools
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench.cost.checkpoint import make_taesd, make_turbo
from bench.cost.engine_beside import SHAPES, shapes_beside, until_compiled
from bench.cost.engine_ground import Ground, count_gflop, timed_us
from bench.cost.engine_peers import Frames, measure, plain_pipeline, random_frames, worker_fps
from bench.cost.engine_stills import show_alone, show_beside_still, still_seconds
from bench.cost.parts import Part, Question, run_parts
from bench.processes import ROOT
from bench.report import command, percentiles
from lib.config.params import DEFAULT_PROMPT, Params
from lib.config.settings import WorkerSettings
from lib.engine.turbo.gpu_options import BACKENDS, GpuOptions
from lib.engine.turbo.graph_buffers import GraphBuffers, GraphShape
from lib.engine.turbo.turbo import Turbo

OTHER = "a garden of ice under the northern lights, oil on canvas"
BATCHES = (1, 4, 8)
SPARE_GB = 1.5
TEST = "-m pytest -m gpu -p no:cacheprovider -W default -vrA tests/engine/turbo/test_gpu.py"


class Bench:
    """One part, in its own process. Each yields its questions, in the order of asking."""

    def __init__(self, given: argparse.Namespace, switches: Sequence[str]) -> None:
        self._given, self._switches = given, switches
        self._size, self._home = given.size, given.out / "weights"
        self._cuda = torch.cuda.is_available() and given.device != "cpu"
        self._settings = {"device": given.device, "model": f"{self._home}/turbo"}
        self._settings |= {"vae": f"{self._home}/taesd", "compile": "on" if self._cuda else "off"}
        self._params = Params(prompt=DEFAULT_PROMPT, num_inference_steps=given.steps, strength=1.0)

    # --- parts

    def weights(self) -> Iterator[Question]:
        full = not self._given.tiny
        done = self._home / ("full" if full else "tiny-ones")
        if done.exists():  # in an earlier run
            return
        shutil.rmtree(self._home, ignore_errors=True)
        yield "a tiny model", lambda: make_turbo(self._home / "tiny")
        yield "a small VAE", lambda: make_taesd(self._home / "taesd", full=full)
        yield "a model", lambda: make_turbo(self._home / "turbo", full=full, half=full)
        if all((self._home / one / "model_index.json").exists() for one in ("tiny", "turbo")):
            done.touch()

    def ground(self) -> Iterator[Question]:
        yield from Ground(self._cuda, self._given.tiny).questions()

    def eager(self) -> Iterator[Question]:
        """Captured, and not compiled: seconds until it is ready."""
        with self._opened(compile="off") as engine:
            yield from itertools.chain(*(self._pace(engine, batch) for batch in BATCHES))
            yield from self._invariance(engine)

    def compiled(self, batch: int) -> Iterator[Question]:
        with self._opened() as engine:
            shown = partial(until_compiled, engine, self._params, self._frames(batch))
            yield f"batch {batch} until it is compiled", shown
            yield from self._pace(engine, batch)
            yield "launches a frame", partial(self._launches, engine, batch)

    def stress(self) -> Iterator[Question]:
        with self._opened(compile="off", model=f"{self._home}/tiny") as engine:
            yield f"{SHAPES} shapes beside a show", partial(shapes_beside, engine, self._params)

    def memory(self) -> Iterator[Question]:
        with self._opened(compile="off", model=f"{self._home}/tiny") as engine:
            shape = engine._shape(1, (64, 64), self._params)
            yield "captured", partial(self._ready, engine, shape)
            yield f"16 large pictures in {SPARE_GB} GB", partial(self._short, engine)
            yield "captured afterwards", partial(self._ready, engine, shape)

    def tests(self) -> Iterator[Question]:
        def passed() -> str:
            subprocess.call([sys.executable, *TEST.split()], cwd=ROOT)  # into this part's log
            said = (self._given.out / "tests.log").read_text(errors="replace").splitlines()
            told = [one for one in said if one.startswith(("FAILED", "ERROR"))]
            return "; ".join([*said[-1:], *told])

        yield "tests marked gpu", passed

    def worker(self) -> Iterator[Question]:
        given = (self._size, self._given.steps, max(1, self._given.seconds))
        call = partial(worker_fps, self._settings, 1, *given)
        yield "worker, JPEG both ways, fps", lambda: round(call(), 1)

    def stills(self) -> Iterator[Question]:
        """By diffusers, over the tensors of the show."""
        sides = (self._size, 2 * self._size)
        with self._opened(compile="off") as engine:
            engine.warm_up(1, self._size, self._size)
            engine.settle(self._params)
            for side in sides:
                yield f"still {side}x{side}, 1 step, s", partial(still_seconds, engine, side, 1)
            given = (engine, self._params, self._frames(1))
            yield "a show alone, ms", partial(show_alone, *given, self._given.seconds)
            yield "beside a still of 30 steps, ms", partial(show_beside_still, *given, 30)

    def pipeline(self) -> Iterator[Question]:
        def plain(compiles: bool) -> dict[str, float]:
            settings = {**self._settings, "dtype": "auto"}
            step = plain_pipeline(settings, DEFAULT_PROMPT, self._given.steps, compiles)
            return self._each_ms(lambda: step(self._frames(1)), 1)

        yield "diffusers pipeline, ms a frame", partial(plain, False)
        if self._cuda:
            yield "the same, torch.compile, ms a frame", partial(plain, True)

    # --- what they ask

    def _pace(self, engine: Turbo, batch: int) -> Iterator[Question]:
        frames, params = self._frames(batch), self._params
        shape = engine._shape(batch, frames[0].shape, params)
        others = itertools.product((1, 2), (DEFAULT_PROMPT, OTHER))
        ways = [params.changed(seed=seed, prompt=text) for seed, text in others]

        def alone() -> dict[str, float]:
            found = self._each_ms(lambda: engine.generate(frames, params), batch)
            gflop = count_gflop(engine, frames, params)  # a millisecond: TFLOP a second
            return {**found, "gflop": gflop, "tflops": round(gflop / found["p50"], 3)}

        def changing() -> dict[str, float]:
            for way in ways:
                engine.settle(way)
                engine.generate(frames, way)
            turns = itertools.cycle(ways)
            return self._each_ms(lambda: engine.generate(frames, next(turns)), batch)

        def overlapping() -> dict[str, float]:
            pending = [engine.begin(frames, params)]

            def step() -> None:
                pending.append(engine.begin(frames, params))
                pending.pop(0).wait()

            found = self._each_ms(step, batch)
            pending.pop().wait()
            return found

        def graph() -> dict[str, float]:
            buffers = engine._on_compute_stream(engine.graph_cache.get, shape)
            took_us = engine._on_compute_stream(timed_us, buffers.run, self._cuda)
            return {"ms": round(took_us / batch / 1000, 3), **self._memory_gb()}

        of = f"batch {batch}, {self._size}x{self._size}, {shape.steps} step(s):"
        yield f"{of} ready", partial(self._ready, engine, shape)
        yield f"{of} ms a frame", alone
        yield f"{of} prompt and seed other each time", changing
        yield f"{of} next begun before this one is waited for", overlapping
        yield f"{of} the graph alone", graph

    def _invariance(self, engine: Turbo) -> Iterator[Question]:
        """Whether a frame's picture depends on the batch that it travels in."""
        frames = self._frames(8)

        def made(count: int, at_once: int) -> Any:
            parts = [frames[at : at + at_once] for at in range(0, count, at_once)]
            pictures = [engine.generate(part, self._params) for part in parts]
            return np.concatenate(pictures).astype(int)

        def apart(count: int) -> dict[str, float]:
            off = np.abs(made(count, count) - made(count, 1))
            shares = {"mean": off.mean(), "changed": (off > 0).mean(), "above_2": (off > 2).mean()}
            return {"largest": int(off.max())} | {
                key: round(float(x), 5) for key, x in shares.items()
            }

        yield "alone twice: bytes that differ", lambda: int((made(8, 1) != made(8, 1)).sum())
        for count in (2, 4, 8):
            yield f"in a batch of {count} against alone, of 255", partial(apart, count)

    def _launches(self, engine: Turbo, batch: int) -> dict[str, int]:
        """How many kernels and copies; the table of them is in a file."""
        frames, times, where = self._frames(batch), 5, "cuda" if self._cuda else "cpu"
        kind = getattr(torch.profiler.ProfilerActivity, where.upper())
        with torch.profiler.profile(activities=[kind]) as profiler:
            for _ in range(times):
                engine.generate(frames, self._params)
        found = profiler.key_averages()
        how: Any = {
            "row_limit": 60,
            "max_name_column_width": 90,
            "sort_by": f"self_{where}_time_total",
        }
        (self._given.out / f"kernels-batch-{batch}.txt").write_text(found.table(**how))
        # A GPU's profile also has the calls of its driver, which take no time of the GPU.
        ran = [one for one in found if one.self_device_time_total] if self._cuda else found
        copies = sum(one.count for one in ran if one.key.startswith(("Memcpy", "Memset")))
        kernels = sum(one.count for one in ran) - copies
        return {"kernels": kernels // times, "copies": copies // times}

    def _short(self, engine: Turbo) -> str:
        side = 1024 if self._cuda else 128
        if self._cuda:
            allowed = torch.cuda.memory_reserved() + SPARE_GB * 1e9
            total = torch.cuda.get_device_properties(0).total_memory
            torch.cuda.set_per_process_memory_fraction(allowed / total)
        try:
            made = engine.generate(self._frames(16, side, side), self._params)
        finally:
            if self._cuda:
                torch.cuda.set_per_process_memory_fraction(1.0)
        return f"{made.shape}, at most {engine._largest_batch} at once"

    # --- how

    @contextmanager
    def _opened(self, **changed: str) -> Iterator[Turbo]:
        known: dict[str, Any] = {**self._settings, **changed}
        chosen = [OPTIONS[name] for name in self._switches if name in OPTIONS]
        options = GpuOptions(**{key: one for each in chosen for key, one in each.items()})
        settings = WorkerSettings(_env_file=None, **known)  # type: ignore[call-arg] # pydantic's own
        engine = Turbo(settings, "a benchmark", options)
        try:
            for name in self._switches:
                if name in CHANGES:
                    CHANGES[name](engine)
            engine.settle(self._params)
            yield engine
        finally:
            engine.close()

    def _ready(self, engine: Turbo, shape: GraphShape) -> dict[str, object]:
        started_s, cache = time.perf_counter(), engine.graph_cache
        with cache.captures_only():  # as a worker warms up
            engine._on_compute_stream(cache.prepare_usable, shape)
        buffers = engine._on_compute_stream(cache.prepare, shape)
        after_s = round(time.perf_counter() - started_s, 1)
        return {"after_s": after_s, "captured": buffers.recorded is not None}

    def _each_ms(self, call: Callable[[], object], batch: int) -> dict[str, float]:
        found = percentiles(measure(call, self._given.seconds))
        return {name: round(took_ms / batch, 3) for name, took_ms in found.items()}

    def _frames(self, batch: int, height: int = 0, width: int = 0) -> Frames:
        return random_frames(batch, height or self._size, width or self._size)

    def _memory_gb(self) -> dict[str, float]:
        ways = (torch.cuda.memory_allocated, torch.cuda.memory_reserved) if self._cuda else ()
        return {one.__name__: round(one() / 1e9, 2) for one in ways}


# --- switches: what is to be measured with and without

# Options that the engine has, and changes to one that is open.
OPTIONS: dict[str, dict[str, Any]] = {
    "half_accumulation": {"half_accumulation": True},
    "reduced_precision": {"reduced_precision": True},
    "no_fused_norms": {"norms": False},
    "no_fused_convolutions": {"convolutions": False},
    **{f"attention={name}": {"attention": name} for name in (*BACKENDS, "")},
}


def _contiguous(engine: Turbo) -> None:
    modules: tuple[Any, ...] = (engine.models.unet, engine.models.vae.vae)
    for module in modules:
        module.to(memory_format=torch.contiguous_format)


def _programmatic_launch(_: Turbo) -> None:
    # What is set in the usual way counts for this thread alone, and another one compiles.
    inductor: Any = torch._inductor.config
    inductor._config["triton.enable_pdl"].default = True


def _each_frame(change: Callable[[GraphBuffers], object], engine: Turbo) -> None:
    """Before each frame, to the buffers that it is about to use."""
    cache: Any = engine.graph_cache
    get = cache.get

    def changed(*given: Any) -> GraphBuffers:
        buffers: GraphBuffers = get(*given)
        change(buffers)
        return buffers

    cache.get = changed


CHANGES: dict[str, Callable[[Turbo], None]] = {
    "cudnn_benchmark": lambda engine: setattr(engine.graph_cache, "_searches", True),
    "pdl": _programmatic_launch,
    "no_graph": partial(_each_frame, lambda buffers: setattr(buffers, "recorded", None)),
    "no_channels_last": _contiguous,
    "no_hoisting": partial(_each_frame, lambda buffers: buffers._written.clear()),
}

# Name: questions, the most seconds. In the order of what they settle; the first cost little, and
# `ground` needs no weights.
PARTS: dict[str, tuple[Callable[[Bench], Iterator[Question]], float]] = {
    "ground": (Bench.ground, 60),
    "eager": (Bench.eager, 75),
    "compiled1": (lambda bench: bench.compiled(1), 170),
    "stress": (Bench.stress, 90),
    "memory": (Bench.memory, 40),
    "tests": (Bench.tests, 150),
    "compiled4": (lambda bench: bench.compiled(4), 120),
    "worker": (Bench.worker, 60),
    "stills": (Bench.stills, 60),
    "pipeline": (Bench.pipeline, 50),
    "compiled8": (lambda bench: bench.compiled(8), 120),
}
SAME = {"compiled4", "compiled8"}  # as compiled1, in a dry run


def parsed() -> tuple[argparse.Namespace, list[Part]]:
    parser = command(
        f"{__doc__}\nparts: {', '.join(PARTS)}\nswitches: {', '.join([*OPTIONS, *CHANGES])}"
    )
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT", "engine-bench")))
    parser.add_argument("--budget", type=float, default=470, help="seconds for all of it")
    parser.add_argument("--only", default="", help="parts, each with its switches behind a +")
    parser.add_argument("--tiny", action="store_true", help="a network a few hundred times smaller")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--size", type=int, default=0, help="512, with --tiny 64")
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0, help="of a measurement: 3")
    given = parser.parse_args()
    given.out = given.out.absolute()
    given.size = given.size or (64 if given.tiny else 512)
    given.seconds = given.seconds or (0.05 if given.tiny else 3)
    usual = [name for name in PARTS if not (given.tiny and name in SAME)]
    parts = []
    for one in given.only.split(",") if given.only else usual:
        name, *switches = one.split("+")
        if name not in PARTS or not set(switches) <= {*OPTIONS, *CHANGES}:
            parser.error(f"no such part or switch: {one}")
        questions, most_s = PARTS[name]
        parts.append(
            Part(one, most_s, partial(asked, questions, given, switches), name != "ground")
        )
    return given, parts


def asked(
    questions: Callable[[Bench], Iterator[Question]],
    given: argparse.Namespace,
    switches: Sequence[str] = (),
) -> Iterator[Question]:
    if given.tiny:
        torch.set_num_threads(1)  # that wait for each other cost more than they bring
    return questions(Bench(given, switches))


def main() -> int:
    given, parts = parsed()
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(given.out / "inductor")
    os.environ["PYTHONUNBUFFERED"] = "1"  # what is cut off has said how far it came
    weights = Part("weights", 90, partial(asked, Bench.weights, given))
    run_parts(given.out, weights, parts, given.budget)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
