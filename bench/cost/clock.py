"""Calls under a clock, and the line that says how long they took."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from bench.processes import percentiles
from lib.config.params import DEFAULT_PROMPT, Params

Frames = np.ndarray[Any, np.dtype[np.uint8]]


def measure(step: Callable[[], object], seconds: float) -> list[float]:
    """Milliseconds of each call, after some that are not counted."""
    for _ in range(3):
        step()
    times: list[float] = []
    end_s = time.perf_counter() + seconds
    while (started_s := time.perf_counter()) < end_s or len(times) < 3:
        step()
        times.append((time.perf_counter() - started_s) * 1000)
    return times


def line(name: str, times: list[float], batch: int) -> float:
    found = percentiles([one / batch for one in times])
    shown = "  ".join(f"{key} {value:8.2f}" for key, value in found.items())
    print(f"  {name:<34}{shown} ms a frame   {1000 / found['p50']:8.1f} fps", flush=True)
    return found["p50"]


def frames_of(batch: int, size: int) -> Frames:
    return np.random.default_rng(0).integers(0, 256, (batch, size, size, 3), np.uint8)


def params_of(steps: int) -> Params:
    return Params(prompt=DEFAULT_PROMPT, num_inference_steps=steps, strength=1.0)


def forget() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
