"""The one rule for geometry, applied to a JPEG with as little work as it allows."""

from __future__ import annotations

import cv2
import numpy as np

from lib.core.geometry import Box, Size, centre_crop
from lib.jpeg.codec import Codec, Pixels
from lib.jpeg.header import read_header


def fit_jpeg(codec: Codec, data: bytes, wanted: Size, quality: int) -> bytes:
    """The same bytes when the size is right, a lossless cut where that is all it takes, else a
    scaled decode, a cut, a scale and an encode."""
    header = read_header(data)
    if header.size == wanted:
        return data
    box = centre_crop(header.size, wanted)
    if Size(box.width, box.height) == wanted:
        cut = codec.crop(data, box, header.sampling)
        if cut is not None:
            return cut
    scale = wanted.width / box.width
    at_least = Size(
        min(header.size.width, round(header.size.width * scale)),
        min(header.size.height, round(header.size.height * scale)),
    )
    return codec.encode(
        fit_pixels(codec.decode_scaled(data, header.size, at_least), wanted), quality
    )


def fit_pixels(pixels: Pixels, wanted: Size) -> Pixels:
    """Cut the largest centred box of the wanted shape, then scale it."""
    height, width = pixels.shape[:2]
    if (width, height) == wanted:
        return pixels
    box: Box = centre_crop(Size(width, height), wanted)
    cut = pixels[box.y : box.y + box.height, box.x : box.x + box.width]
    shrink = box.width > wanted.width
    how = cv2.INTER_AREA if shrink else cv2.INTER_LINEAR
    return np.ascontiguousarray(cv2.resize(cut, wanted, interpolation=how), np.uint8)
