"""Pictures for tests: smooth, so that JPEG changes them little, and different in every corner."""

from __future__ import annotations

import struct

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.geometry import Size


def picture(size: Size) -> NDArray[np.uint8]:
    """RGB: red grows to the right, green downwards, blue from corner to corner."""
    across = np.linspace(0, 1, size.width)[None, :].repeat(size.height, 0)
    down = np.linspace(0, 1, size.height)[:, None].repeat(size.width, 1)
    return (np.dstack((across, down, (across + down) / 2)) * 255).astype(np.uint8)


def busy(size: Size) -> NDArray[np.uint8]:
    """RGB with detail everywhere, so that a broken body is noticed."""
    dice = np.random.default_rng(3)
    return np.asarray(
        cv2.blur(dice.integers(0, 256, (size.height, size.width, 3), np.uint8), (3, 3)), np.uint8
    )


def encoded(pixels: NDArray[np.uint8], suffix: str = ".jpg", *options: int) -> bytes:
    """By OpenCV, which is not what is tested; `pixels` are RGB or gray."""
    bgr = pixels[:, :, ::-1] if pixels.ndim == 3 else pixels
    good, data = cv2.imencode(suffix, np.ascontiguousarray(bgr), list(options))
    assert good
    return data.tobytes()


def with_orientation(jpeg: bytes, turn: int, big_endian: bool = False) -> bytes:
    mark = ">" if big_endian else "<"
    block = (b"MM\0*" if big_endian else b"II*\0") + struct.pack(mark + "I", 8)
    block += struct.pack(mark + "HHHIHH", 1, 0x0112, 3, 1, turn, 0) + bytes(4)
    payload = b"Exif\0\0" + block
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + jpeg[2:]


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(int) - other.astype(int)).mean())
