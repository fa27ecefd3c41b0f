"""What the frames of a show notice of what the engine prepares beside them."""

from __future__ import annotations

import time

import numpy as np

from bench.cost.engine_peers import Frames, random_frames
from bench.report import percentiles
from lib.config.params import Params
from lib.engine.turbo.turbo import Turbo

SHAPES, SHAPE_S = 40, 2.0  # more than torch has streams; for one of them, whose capture takes less


def shapes_beside(engine: Turbo, params: Params) -> dict[str, float]:
    """Whether any frame of a show differs, fails or waits while shapes come up beside it."""
    frames, times = random_frames(1, 64, 64), list[float]()
    engine.warm_up(1, 64, 64)
    engine.settle(params)
    good = engine.generate(frames, params)
    captured = differ = 0
    for width in range(72, 72 + 8 * SHAPES, 8):
        wide = random_frames(1, 64, width)
        shape, end_s = engine._shape(1, wide[0].shape, params), time.monotonic() + SHAPE_S
        done = False
        while not done and time.monotonic() < end_s:
            engine.generate(wide, params)
            started_s = time.perf_counter()
            differ += not np.array_equal(engine.generate(frames, params), good)
            times.append((time.perf_counter() - started_s) * 1000)
            done = engine.graph_cache.is_prepared(shape)
        captured += done
    found = {**percentiles(times), "longest": max(times)}
    rounded = {name: round(took_ms, 2) for name, took_ms in found.items()}
    return {"captured": captured, "differ": differ, **rounded}


def until_compiled(engine: Turbo, params: Params, frames: Frames) -> dict[str, object]:
    """A show's first frames: from when its graph is captured to when it is compiled."""
    cache, times = engine.graph_cache, list[float]()
    shape, started_s = engine._shape(len(frames), frames[0].shape, params), time.perf_counter()
    with cache.captures_only():
        engine._on_compute_stream(cache.prepare_usable, shape)
    captured_s = time.perf_counter() - started_s
    while not times or not cache.is_prepared(shape):
        began_s = time.perf_counter()
        engine.generate(frames, params)
        times.append((time.perf_counter() - began_s) * 1000)
    found = {**percentiles(times), "longest": max(times)}
    rounded = {name: round(took_ms, 2) for name, took_ms in found.items()}
    after_s = {"captured_s": captured_s, "compiled_s": time.perf_counter() - started_s}
    rounded |= {name: round(took_s, 1) for name, took_s in after_s.items()}
    loaded = cache._compiler is not None and shape.compiled_for in cache._compiler.loaded
    return {**rounded, "loaded": loaded}
