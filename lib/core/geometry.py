"""One rule for geometry: crop the largest centred box of the wanted shape, then scale it."""

from __future__ import annotations

import re
from typing import NamedTuple

SMALLEST, LARGEST, STEP = 64, 4096, 8


class Size(NamedTuple):
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class Box(NamedTuple):
    x: int
    y: int
    width: int
    height: int


def parse_size(text: str | int) -> Size:
    """`512` is a square, `1024x576` width by height; a ValueError states what is allowed."""
    match = re.fullmatch(r"\s*(\d{1,5})(?:\s*[x×]\s*(\d{1,5}))?\s*", str(text))
    if match:
        width = int(match[1])
        size = Size(width, int(match[2] or width))
        if all(SMALLEST <= side <= LARGEST and side % STEP == 0 for side in size):
            return size
    raise ValueError(
        f"resolution must be like 512 or 1024x576, each side a multiple of {STEP} "
        f"from {SMALLEST} to {LARGEST}, not {str(text)!r}"
    )


def centre_crop(have: Size, wanted: Size) -> Box:
    """The largest centred box of `wanted`'s shape inside a picture of size `have`."""
    if have.width * wanted.height > have.height * wanted.width:
        width, height = max(1, round(have.height * wanted.width / wanted.height)), have.height
    else:
        width, height = have.width, max(1, round(have.width * wanted.height / wanted.width))
    return Box((have.width - width) // 2, (have.height - height) // 2, width, height)


def letterbox(picture: Size, screen: Size, pad: int = 0) -> Box:
    """The largest centred box of the picture's shape on a screen with `pad` free on each side."""
    width, height = max(1, screen.width - 2 * pad), max(1, screen.height - 2 * pad)
    if width * picture.height > height * picture.width:
        fitted = Size(max(1, round(height * picture.width / picture.height)), height)
    else:
        fitted = Size(width, max(1, round(width * picture.height / picture.width)))
    return Box((screen.width - fitted.width) // 2, (screen.height - fitted.height) // 2, *fitted)
