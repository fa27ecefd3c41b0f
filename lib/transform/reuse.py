"""Makes pictures calmer before the engine runs: a frame that hardly differs from the last one is
answered with its picture, and a part of the last picture is mixed into the next frame.

Both know only the frames of this worker: if several share the stream, each has its own last one.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import cv2
import numpy as np

from lib.config.params import Params
from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.transform.task import Task

# Thumbnails are compared, since a camera's noise averages out in them. They are made from a sample
# of the pixels, which takes 0.1 ms at any size; all of 1024x1024 take 0.9 ms.
_SIDE, _SAMPLES = 32, 128


class _LastMade(NamedTuple):
    """The last picture that the engine made, and the frame it was made of."""

    token: float
    params: Params
    size: Size
    shown: Size | None
    small: Pixels | None  # a thumbnail of the frame, if frames are compared
    picture: Pixels
    made_ns: int


class Reuse:
    """Belongs to the engine's thread, and keeps what it needs itself, because a task must not be
    read once it was handed on."""

    def __init__(self) -> None:
        self._made: _LastMade | None = None

    def spares(self, task: Task, now_ns: int) -> bool:
        """Whether the frame hardly differs from the one that the last picture was made of. If so,
        the task is marked to be answered with that picture as it was sent."""
        params, made = task.params, self._made
        if not params.similar or task.pixels is None:
            return False
        task.small = _small(task.pixels)
        spared = (
            made is not None
            and made.small is not None
            and (made.size, made.shown) == (task.size, task.shown)
            and now_ns - made.made_ns < params.similar_s * 1e9
            and _difference(task.small, made.small) < params.similar
            and made.params == params
        )
        task.timings["similar"] = (time.monotonic_ns() - now_ns) / 1e6
        if spared and made is not None:
            task.pixels, task.repeats = None, made.token
        return spared

    def mixed(self, task: Task) -> Pixels | None:
        """The frame for the engine, mixed with the last picture if feedback is on."""
        amount, frame, made = task.params.feedback, task.pixels, self._made
        if not amount or frame is None:
            return frame
        if made is None or made.picture.shape != frame.shape:
            return frame
        start_ns = time.monotonic_ns()
        mixed = cv2.addWeighted(frame, 1 - amount, made.picture, amount, 0)
        task.timings["feedback"] = (time.monotonic_ns() - start_ns) / 1e6
        return np.asarray(mixed, np.uint8)

    def keep(self, task: Task, picture: Pixels, now_ns: int) -> None:
        """Keep this picture, which the engine made of the frame in the task."""
        params = task.params
        if not params.similar and not params.feedback:
            self.forget()
            return
        small = task.small
        if params.similar and small is None and task.pixels is not None:
            small = _small(task.pixels)
        self._made = _LastMade(
            task.timestamp, params, task.size, task.shown, small, picture, now_ns
        )

    def forget(self) -> None:
        """Forget the last picture: another one has been shown since."""
        self._made = None


def _small(pixels: Pixels) -> Pixels:
    step = max(1, min(pixels.shape[:2]) // _SAMPLES)
    pixels = np.ascontiguousarray(pixels[::step, ::step])
    return np.asarray(cv2.resize(pixels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _difference(one: Pixels, other: Pixels) -> float:
    """The mean absolute difference, in grey levels."""
    return cv2.norm(one, other, cv2.NORM_L1) / one.size
