"""lib.pictures.examine: what a file is, other forms of it, and its pixels alone."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from lib.pictures.examine import examine, rendition
from lib.pictures.files import PictureError


def saved(kind: str, mode: str = "RGB", size: tuple[int, int] = (33, 21), **more: object) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], len(mode)), np.uint8)
    image = Image.fromarray(pixels.squeeze())
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def test_what_a_file_is_and_that_it_is_whole() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    turned = saved("JPEG", exif=exif.tobytes())
    assert examine(turned).size == (21, 33)
    assert examine(saved("PNG", "RGBA")).transparent
    assert not examine(saved("WEBP")).transparent
    cut = saved("PNG")[:-30]
    assert examine(saved("PNG")[:-1] + b"x").kind == "png"
    with pytest.raises(PictureError):
        examine(cut)
    with pytest.raises(PictureError, match="it is a gif, not one of png, jpeg, webp"):
        examine(saved("GIF"))
    with pytest.raises(PictureError, match="not one of png"):
        examine(turned, ("png",))


def test_other_forms_and_small_ones() -> None:
    data = saved("PNG", "RGBA", (400, 200))
    small = rendition(data, "jpeg", 64)
    assert examine(small).kind == "jpeg" and examine(small).size == (64, 32)
    assert examine(rendition(data, "webp")).transparent
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = saved("JPEG", size=(400, 200), exif=exif.tobytes())
    assert examine(rendition(turned, "png")).size == (200, 400)
