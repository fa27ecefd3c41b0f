"""Averages pictures over time where their source stands still. An engine makes more of a camera's
noise than it was, and may change all of the picture where only a part of the frame moves.

Each place becomes the mean of the latest pictures, as far back as the source stood still there.
Where something moves, and next to it, the picture is taken as it is, so nothing smears; and no
picture waits for another. It is done here since pictures are here as pixels anyway: elsewhere it
would cost each of them another decode and encode. Several workers that share a stream have a mean
each, of the pictures that they made; the longer something stands still the more these agree.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.config.params import Params
from lib.core.pixels import Pixels

_Floats: TypeAlias = NDArray[np.float32]

CELL = 8  # pixels, both ways: one decision for all of them
# Grey levels of 255. The noise is that of the calmest quarter of the frame. Cells differ: where a
# camera or JPEG spent more bits, noise is several times as strong.
NOISE_FIRST = 4.0  # the most that is taken for noise before anything is known
NOISE_GROWS = 1.01  # a frame: a pan that lasts must not be taken for noise
CHANGE_LEAST, CHANGE_NOISY = 2.0, 4.0  # of single pixels from frame to frame
DRIFT_LEAST, DRIFT_NOISY = 0.5, 0.5  # of a cell's mean, for some frames, from what it was before
DRIFT_NEW = 0.3  # the share of the newest frame in it: noise has no direction that lasts
CUT = 0.6  # where more of the frame moves, all of it does
ROWS = 32  # at a time, so that the processor's cache holds them


class Steadying:
    """Belongs to one thread, and to one stream of frames."""

    def __init__(self) -> None:
        self._stillness: _Stillness | None = None
        self._params: Params | None = None
        self._mean: _Floats = np.empty((0, 0, 3), np.float32)

    def steady(self, frame: Pixels, picture: Pixels, params: Params) -> Pixels:
        """The picture of this frame, averaged with those before it where nothing moves."""
        if params.steady <= 1 or not params.fixed_seed:  # new noise each time is not to be calm
            self._stillness = None
            return picture
        still = self._stillness
        if still is None or still.shape != frame.shape or self._mean.shape != picture.shape:
            self._stillness, self._params = _Stillness(frame), params
            self._mean = picture.astype(np.float32)
            return picture
        share = still.share_of(frame, params.steady, begins=params != self._params)
        self._params = params
        if share.min() >= 1:
            np.copyto(self._mean, picture)
            return picture
        return self._mixed(picture, share)

    def _mixed(self, picture: Pixels, share: _Floats) -> Pixels:
        height, width = picture.shape[:2]
        share = np.asarray(cv2.resize(share, (width, height), interpolation=cv2.INTER_LINEAR))
        steady = np.empty_like(picture)
        for top in range(0, height, ROWS):
            rows = np.s_[top : top + ROWS]
            values, part = picture[rows].astype(np.float32), share[rows]
            self._mean[rows] = cv2.blendLinear(values, self._mean[rows], part, 1 - part)
            cv2.convertScaleAbs(self._mean[rows], steady[rows])
        return steady


class _Stillness:
    """Where the source stands still, and for how many frames it has."""

    def __init__(self, frame: Pixels) -> None:
        self.shape = frame.shape
        self._frame, self._mean = frame, _cells(frame)
        self._count = np.ones(self._mean.shape[:2], np.float32)
        self._drift = np.zeros_like(self._mean)
        self._noise: float | None = None

    def share_of(self, frame: Pixels, most: int, begins: bool) -> _Floats:
        """How much of this frame's picture each cell takes: all of it where something moves, else
        one of as many frames as it has stood still for. `begins`: forget how long that is."""
        cells = _cells(frame)
        change = _largest(_cells(np.asarray(cv2.absdiff(frame, self._frame), np.uint8)))
        self._drift += DRIFT_NEW * (cells - self._mean - self._drift)
        moving = self._moving(change, _largest(np.abs(self._drift)))
        if begins:
            moving[:] = 1
        stood = np.minimum(self._count + 1, most)
        share = np.asarray(np.maximum(moving, 1 / stood), np.float32)
        # A cell that moved a little begins with what its mean is worth now.
        self._count = np.asarray(1 / share, np.float32)
        self._mean += (cells - self._mean) * share[..., None]
        self._frame = frame
        return share

    def _moving(self, change: _Floats, drift: _Floats) -> _Floats:
        """For each cell how surely it moves, or something next to it: from 0 to 1."""
        at = change.size // 4
        noise = float(np.partition(change, at, axis=None)[at])
        known = NOISE_FIRST if self._noise is None else self._noise * NOISE_GROWS + 0.005
        self._noise = noise = min(noise, known)
        changes = max(CHANGE_LEAST, CHANGE_NOISY * noise)
        drifts = max(DRIFT_LEAST, DRIFT_NOISY * noise)
        surely = np.clip(np.maximum(change / changes, drift / drifts) - 1, 0, 1)
        if (surely > 0).mean() > CUT:
            return np.ones(change.shape, np.float32)
        return np.asarray(cv2.dilate(surely, np.ones((3, 3), np.uint8)), np.float32)


def _cells(picture: Pixels) -> _Floats:
    """The mean of each cell. By halves it takes a third of the time; its rounding is a sixth of a
    grey level."""
    height, width = picture.shape[:2]
    for part in (2, 4):
        size = max(1, width // part), max(1, height // part)
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    cells = max(1, width // CELL), max(1, height // CELL)
    small = picture.astype(np.float32)
    return np.asarray(cv2.resize(small, cells, interpolation=cv2.INTER_AREA), np.float32)


def _largest(cells: _Floats) -> _Floats:
    """Of the three colours."""
    red, green, blue = cv2.split(cells)
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.float32)
