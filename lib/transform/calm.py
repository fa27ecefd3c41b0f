"""What makes pictures calmer before the engine is asked: a frame that hardly differs is not made
again, and some of the last picture is mixed into the next frame.

Both know only the frames of this worker: where several share the stream each has its own last one.
"""

from __future__ import annotations

import time

import cv2
import numpy as np

from lib.core.pixels import Pixels
from lib.transform.task import Task

# Thumbnails are compared: the noise of a camera averages out in them. Not every pixel is looked
# at: 0.1 ms at any size, where all of 1024x1024 take 0.9 ms.
_SIDE, _SAMPLES = 32, 128


class Calm:
    """Belongs to the thread of the engine."""

    def __init__(self) -> None:
        self._made: Task | None = None  # the last one that the engine made
        self._small: Pixels | None = None  # its frame
        self._made_ns = 0

    def spares(self, task: Task, now_ns: int) -> bool:
        """Answer a frame that hardly differs with the last picture, as it was sent."""
        params, made = task.params, self._made
        if not params.similar or task.pixels is None:
            return False
        task.small = _small(task.pixels)
        spared = (
            made is not None
            and made.sent is not None
            and self._small is not None
            and (made.size, made.shown) == (task.size, task.shown)
            and now_ns - self._made_ns < params.similar_s * 1e9
            and _difference(task.small, self._small) < params.similar
            and made.params == params
        )
        task.timings["similar"] = (time.monotonic_ns() - now_ns) / 1e6
        if spared and made is not None and made.sent is not None:
            task.pixels, task.jpg, task.spared = None, made.sent, True
        return spared

    def mixed(self, task: Task) -> Pixels | None:
        """The frame as the engine shall see it."""
        amount, frame, made = task.params.feedback, task.pixels, self._made
        if not amount or frame is None:
            return frame
        if made is None or made.pixels is None or made.pixels.shape != frame.shape:
            return frame
        start_ns = time.monotonic_ns()
        mixed = cv2.addWeighted(frame, 1 - amount, made.pixels, amount, 0)
        task.timings["feedback"] = (time.monotonic_ns() - start_ns) / 1e6
        return np.asarray(mixed, np.uint8)

    def keep(self, task: Task, now_ns: int) -> None:
        """The engine made a picture of this frame, which still stands in the task."""
        params = task.params
        if not params.similar and not params.feedback:
            self.forget()
            return
        self._made, self._made_ns = task, now_ns
        self._small = task.small
        if params.similar and task.small is None and task.pixels is not None:
            self._small = _small(task.pixels)

    def forget(self) -> None:
        """What was shown since was not made here: the last picture is no longer the last."""
        self._made = self._small = None


def _small(pixels: Pixels) -> Pixels:
    step = max(1, min(pixels.shape[:2]) // _SAMPLES)
    pixels = np.ascontiguousarray(pixels[::step, ::step])
    return np.asarray(cv2.resize(pixels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _difference(one: Pixels, other: Pixels) -> float:
    """Mean absolute, in grey levels."""
    return cv2.norm(one, other, cv2.NORM_L1) / one.size
