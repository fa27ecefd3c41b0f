"""Known pictures: bars in the colours that a wrong range, matrix or order would change most."""

from __future__ import annotations

import cv2
import numpy as np
import simplejpeg

from lib.core.geometry import Box, Size, letterbox
from lib.core.pixels import Pixels

# Not quite saturated, or television's range would be cut off to the same colours.
_BARS = [
    (235, 235, 235), (220, 220, 40), (40, 220, 220), (40, 200, 40),
    (210, 50, 210), (215, 35, 35), (45, 45, 215), (24, 24, 24),
]  # fmt: skip


def bars(size: Size) -> Pixels:
    """Colour bars over a ramp of grey with a mark in one corner: no two sides are alike."""
    pixels = np.zeros((size.height, size.width, 3), np.uint8)
    for number, colour in enumerate(_BARS):
        left, right = (size.width * n // len(_BARS) for n in (number, number + 1))
        pixels[:, left:right] = colour
    ramp = np.linspace(0, 255, size.width).astype(np.uint8)
    pixels[size.height * 2 // 3 :] = ramp[None, :, None]
    pixels[size.height * 5 // 6 :, : size.width // 4] = (200, 60, 20)
    return pixels


def jpeg(pixels: Pixels, sampling: str = "420") -> bytes:
    if sampling == "gray":
        grey = np.ascontiguousarray(pixels[:, :, :1])
        return bytes(simplejpeg.encode_jpeg(grey, 95, "GRAY", "Gray"))
    return bytes(simplejpeg.encode_jpeg(pixels, 95, "RGB", sampling))


def decoded(data: bytes) -> Pixels:
    """By another way than the view's."""
    raw = np.frombuffer(data, np.uint8)
    return np.ascontiguousarray(np.asarray(cv2.imdecode(raw, cv2.IMREAD_COLOR))[:, :, ::-1])


def boxed(pixels: Pixels, screen: Size, pad: int = 0) -> Pixels:
    """What the screen should show: the picture scaled into its box, on black."""
    height, width = pixels.shape[:2]
    box: Box = letterbox(Size(width, height), screen, pad)
    wall = np.zeros((screen.height, screen.width, 3), np.uint8)
    scaled = cv2.resize(pixels, (box.width, box.height), interpolation=cv2.INTER_LINEAR)
    wall[box.y : box.y + box.height, box.x : box.x + box.width] = scaled
    return wall


def outside(wall: Pixels, picture: Size, pad: int = 0) -> int:
    """The brightest value beside the picture's box."""
    height, width = wall.shape[:2]
    box = letterbox(picture, Size(width, height), pad)
    rest = wall.copy()
    rest[box.y : box.y + box.height, box.x : box.x + box.width] = 0
    return int(rest.max())
