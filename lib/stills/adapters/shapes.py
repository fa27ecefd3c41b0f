"""Pictures of any size, as older protocols ask for them: made at the next sides that engines take,
and handed back at the asked ones, so that what was not to be painted stays as it is to the bit."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.core.still_params import LARGEST_SIDE, PAINT, SIDE_STEP, SMALLEST_SIDE
from lib.pictures.decoder import decode_file, decode_with_alpha
from lib.pictures.fit import fit_pixels
from lib.pictures.still_files import encode_png

Mask = NDArray[np.uint8]


class ShapeError(ValueError):
    """A size that no engine makes; the text is one sentence."""


def made_at(asked: Size) -> Size:
    """The size that it is made at."""
    if not 1 <= min(asked) <= max(asked) <= LARGEST_SIDE:
        raise ShapeError(f"width and height must be 1 to {LARGEST_SIDE}, not {asked}")
    return Size(_stepped(asked.width), _stepped(asked.height))


def _stepped(side: int) -> int:
    return max(SMALLEST_SIDE, -(-side // SIDE_STEP) * SIDE_STEP)


def inputs_at(asked: Size, image: Pixels, mask: Mask | None) -> tuple[bytes, bytes | None]:
    """Image and mask as files of the size that it is made at: to the right and below its edge goes
    on, and nothing is painted there."""
    size = made_at(asked)
    beside = ((0, size.height - asked.height), (0, size.width - asked.width))
    fitted = fit_pixels(image, asked)
    picture = encode_png(np.pad(fitted, (*beside, (0, 0)), mode="edge"))
    if mask is None:
        return picture, None
    paint = np.asarray(fit_pixels(mask, asked), np.uint8)
    grey = np.pad(paint, beside)
    return picture, encode_png(np.repeat(grey[:, :, None], 3, axis=2))


def outputs_at(asked: Size, made: bytes) -> Pixels:
    return np.ascontiguousarray(decode_file(made)[: asked.height, : asked.width])


def image_and_mask(image: bytes, mask: bytes | None) -> tuple[Pixels, Mask | None]:
    """Files as pixels; without a mask what is transparent is painted, if anything is."""
    pixels, alpha = decode_with_alpha(image)
    if mask is None:
        return pixels, None if alpha is None else np.asarray(PAINT - alpha, np.uint8)
    return pixels, grey_like(decode_file(mask), pixels)


def grey_like(mask: Pixels, pixels: Pixels) -> Mask:
    grey = cv2.cvtColor(mask, cv2.COLOR_RGB2GRAY)
    height, width = pixels.shape[:2]
    if grey.shape != (height, width):
        grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(grey, np.uint8)
