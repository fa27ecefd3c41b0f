"""The slate: the picture that is shown when no frame comes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from lib.config.settings import PrimarySettings
from lib.core.pixels import Pixels
from lib.files import read_regular
from lib.pictures.files import PictureError, PictureSizeError

LARGEST_SIDE = 4096
MAX_BYTES = 64 * 1024 * 1024
MAX_PIXELS = 1 << 26  # more than a frame may have, since a slate is decoded only once


class SlateError(ValueError):
    """Not a picture that can be shown; the text is one sentence."""


def check_view(settings: PrimarySettings) -> str | None:
    """What is wrong with the view's settings, in one sentence, or None."""
    if settings.slate:
        try:
            load_slate(Path(settings.slate))
        except SlateError as error:
            return str(error)
    return None


def load_slate(path: Path, largest: int = LARGEST_SIDE) -> Pixels:
    """The slate in RGB; a large picture is scaled down, a transparent one is put on black."""
    try:
        data = read_regular(path, MAX_BYTES)
    except OSError as error:
        raise SlateError(f"slate {path} cannot be read: {error.strerror}") from error
    try:
        from lib.pictures.decoder import decode_file  # noqa: PLC0415 - 5 MB that few shows need

        pixels = decode_file(data, MAX_PIXELS)
    except PictureSizeError as error:
        raise SlateError(f"slate {path} cannot be shown: {error}") from error
    except PictureError as error:
        raise SlateError(f"slate {path} is not a picture") from error
    height, width = pixels.shape[:2]
    scale = largest / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return pixels
