"""Pictures that people and workers hand in as files: what they are, and other forms of them.

A file is decoded once before it is believed; what it claims is bounded before that.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageEnhance, ImageOps

from lib.pictures.decoder import opened
from lib.pictures.exif import orientation_of
from lib.pictures.files import PictureError, kind_of

KINDS = ("png", "jpeg", "webp")
_SAVED = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}
_SAVE: dict[str, dict[str, Any]] = {"png": {}, "jpeg": {"quality": 90}, "webp": {"quality": 90}}
_SIDEWAYS = frozenset({5, 6, 7, 8})  # orientations of Exif that swap the sides


@dataclass(frozen=True, slots=True)
class PictureFacts:
    kind: str
    width: int  # of the upright picture
    height: int
    transparent: bool
    upright: bool = True  # as its pixels are

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height


def examine(data: bytes, kinds: tuple[str, ...] = KINDS, *, whole: bool = True) -> PictureFacts:
    """What a file is; PictureError where it is none of these kinds, too large or broken. Without
    `whole` only its head is read."""
    kind = kind_of(data)
    if kind not in kinds:
        raise PictureError(f"it is a {kind}, not one of {', '.join(kinds)}")
    with opened(data, load=whole) as image:
        exif = image.info.get("exif", b"").removeprefix(b"Exif\0\0")
        width, height = image.size
        orientation = orientation_of(exif)
        if orientation in _SIDEWAYS:
            width, height = height, width
        clear = image.has_transparency_data
        return PictureFacts(kind, width, height, clear, upright=orientation == 1)


def rendition(data: bytes, kind: str, side: int | None = None) -> bytes:
    """The picture in another form, upright; with `side` no longer than that."""
    with opened(data) as image:
        upright = ImageOps.exif_transpose(image)
        if side is not None:
            upright.thumbnail((side, side), Image.Resampling.LANCZOS)
        if kind != "jpeg":
            plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        else:
            plain = _over_black(upright)
        out = io.BytesIO()
        plain.save(out, _SAVED[kind], **_SAVE[kind])
        return out.getvalue()


def darkened(data: bytes, light: float) -> bytes:
    """The picture as a JPEG, on a screen that is so bright: 0 is black, 1 the picture as it is."""
    with opened(data) as image:
        out = io.BytesIO()
        ImageEnhance.Brightness(_over_black(image)).enhance(light).save(out, "JPEG", quality=90)
        return out.getvalue()


def _over_black(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    colours = image.convert("RGBA")
    black = Image.new("RGB", image.size)
    black.paste(colours, mask=colours.getchannel("A"))
    return black
