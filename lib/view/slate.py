"""The picture that is seen when no frame comes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from lib.config.settings import Primary
from lib.pictures.codec import Pixels

LARGEST_SIDE = 4096
MAX_BYTES = 64 * 1024 * 1024


class SlateError(ValueError):
    """Not a picture that can be shown; the text is one sentence."""


def check_view(settings: Primary) -> str | None:
    """What is wrong with the view's settings, in one sentence, or None."""
    if settings.slate:
        try:
            load_slate(Path(settings.slate))
        except SlateError as error:
            return str(error)
    return None


def load_slate(path: Path, largest: int = LARGEST_SIDE) -> Pixels:
    """RGB; a large photograph is made smaller, a see-through logo stands on black."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SlateError(f"slate {path} has more than {MAX_BYTES // 2**20} MB")
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise SlateError(f"slate {path} can not be read: {error.strerror}") from error
    try:
        pixels = _decode(data)
    except cv2.error as error:
        raise SlateError(f"slate {path} is not a picture") from error
    if pixels is None:
        raise SlateError(f"slate {path} is not a picture")
    height, width = pixels.shape[:2]
    scale = largest / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(pixels[:, :, ::-1])


def _decode(data: Pixels) -> Pixels | None:
    """BGR, turned the way the camera was held."""
    if not data.size:
        return None
    stored = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    if stored is None or stored.ndim < 3 or stored.shape[2] != 4:
        decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
        return None if decoded is None else np.asarray(decoded, np.uint8)
    parts = stored.astype(np.float32) / (65535 if stored.dtype == np.uint16 else 255)
    on_black: Pixels = (255 * parts[:, :, :3] * parts[:, :, 3:]).round().astype(np.uint8)
    return on_black
