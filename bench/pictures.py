"""The pictures that every benchmark moves: 512x512, about 50 kB, the same in every run."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from lib.pictures.codec import open_codec

QUALITY = 85


def picture(number: int, width: int = 512, height: int = 512) -> bytes:
    """Soft colours under a fine grain: compresses like a photograph."""
    rng = np.random.default_rng(number)
    soft = rng.integers(0, 255, (24, 24, 3), dtype=np.uint8)
    grain = rng.integers(0, 18, (height, width, 3), dtype=np.uint8)
    pixels = cv2.add(cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC), grain)
    return open_codec().encode(pixels, QUALITY)


def fill(directory: Path, count: int = 16) -> None:
    for number in range(count):
        (directory / f"{number:03}.jpg").write_bytes(picture(number))
