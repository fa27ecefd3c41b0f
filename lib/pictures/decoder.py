"""Decodes picture files with Pillow, which refuses those that are cut off or would fill the memory.

Before that, this module refuses files on which Pillow's Python code would spend minutes: those of
very many tiny parts, or of millions of numbers written as text. Pillow takes 5 MB, so only those
that have a picture to decode import this module.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from lib.core.pixels import Pixels
from lib.pictures.exif import orientation_of, turn_upright
from lib.pictures.files import (
    LARGEST_SIDE,
    MAX_PIXELS,
    PictureError,
    PictureSizeError,
    kind_of,
)

_MOST_PARTS = 1 << 17
_MOST_SLOW_BYTES = 2 * 1024 * 1024  # of formats that Pillow decodes in Python: about four seconds
_BROKEN = "broken or cut off, or its colours are not of 8 or 16 bits"
_NO_END = "cut off or broken: its end is not where it should be"

_FORMATS = {
    "jpeg": JpegImagePlugin.JpegImageFile.format,
    "png": PngImagePlugin.PngImageFile.format,
    "webp": WebPImagePlugin.WebPImageFile.format,
    "tiff": TiffImagePlugin.TiffImageFile.format,
    "gif": GifImagePlugin.GifImageFile.format,
    "bmp": BmpImagePlugin.BmpImageFile.format,
    "pnm": PpmImagePlugin.PpmImageFile.format,
}

# Pillow's guard also covers sizes that come up only while a file is decoded, as of a GIF's frames.
Image.MAX_IMAGE_PIXELS = 2 * MAX_PIXELS
# A file that makes Pillow warn is refused like one that it cannot read, instead of a warning
# outside the log. The exception is a TIFF with overlong metadata, which shows the same picture.
warnings.filterwarnings("error", module=r"PIL\.")
warnings.filterwarnings("ignore", "Metadata Warning", module=r"PIL\.TiffImagePlugin")


def decode_file(data: bytes, most_pixels: int = MAX_PIXELS) -> Pixels:
    """A picture in RGB, upright: of an animation the first, alpha over black, 16 bits as 8."""
    return _decode(data, most_pixels, _rgb)


def decode_with_alpha(
    data: bytes, most_pixels: int = MAX_PIXELS
) -> tuple[Pixels, NDArray[np.uint8] | None]:
    """The same, its colours as they are stored, and beside them how opaque each pixel is, if the
    file says so."""
    pixels = _decode(data, most_pixels, _rgba)
    if pixels.shape[2] == 3:
        return pixels, None
    return np.ascontiguousarray(pixels[:, :, :3]), np.ascontiguousarray(pixels[:, :, 3])


def _decode(
    data: bytes, most_pixels: int, converted: Callable[[Image.Image, str], Pixels]
) -> Pixels:
    with opened(data, most_pixels) as image:
        exif = image.info.get("exif", b"").removeprefix(b"Exif\0\0")
        return turn_upright(converted(image, kind_of(data)), orientation_of(exif))


@contextmanager
def opened(
    data: bytes, most_pixels: int = MAX_PIXELS, *, load: bool = True
) -> Iterator[Image.Image]:
    """A picture as Pillow has it. Whatever is wrong with the file, also what only comes up while
    the picture is used, is a PictureError."""
    kind = kind_of(data)
    _check_work(kind, data)
    try:
        with Image.open(io.BytesIO(data), formats=[str(_FORMATS[kind])]) as image:
            width, height = image.size
            if max(width, height) > LARGEST_SIDE or width * height > most_pixels:
                raise PictureSizeError(f"{width}x{height} is too large")
            if load:
                image.load()
            yield image
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureSizeError(f"too large: more than {MAX_PIXELS} pixels") from error
    except Exception as error:
        raise PictureError(_BROKEN) from error


def _rgba(image: Image.Image, kind: str) -> Pixels:
    return np.asarray(image.convert("RGBA")) if image.has_transparency_data else _rgb(image, kind)


def _rgb(image: Image.Image, kind: str) -> Pixels:
    if image.mode.startswith("I;16") or (kind == "pnm" and image.mode == "I"):
        grey = (np.asarray(image) / 257).round().astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.mode in ("I", "F"):
        raise PictureError(_BROKEN)
    if not image.has_transparency_data:
        return np.asarray(image.convert("RGB"))
    colours = image.convert("RGBA")
    black = Image.new("RGB", image.size)
    black.paste(colours, mask=colours.getchannel("A"))
    return np.asarray(black)


def _check_work(kind: str, data: bytes) -> None:
    """Refuse files that would take minutes to decode although every byte is valid."""
    is_plain = kind == "pnm" and data[1:2] in b"123"
    is_run_length = kind == "bmp" and data[30:34] in (b"\1\0\0\0", b"\2\0\0\0")
    if (is_plain or is_run_length) and len(data) > _MOST_SLOW_BYTES:
        raise PictureError(f"too large: {len(data)} bytes, {_MOST_SLOW_BYTES} for one of its kind")
    if kind == "png":
        _check_png(data)
    elif kind == "gif":
        _check_gif(data)


def _check_png(data: bytes) -> None:
    """Check that all parts lie in the file, up to its end, and that there are not too many."""
    at = 8
    for _ in range(_MOST_PARTS):
        if data[at + 4 : at + 8] == b"IEND":
            return
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        if at + 12 > len(data):
            break
    raise PictureError(_NO_END)


def _check_gif(data: bytes) -> None:
    """Check that only extensions of not too many blocks come before the first frame."""
    flags = data[10] if len(data) > 10 else 0
    at = 13 + (6 << (flags & 7) if flags & 0x80 else 0)
    in_extension = False
    for _ in range(_MOST_PARTS):
        mark = data[at : at + 1]
        if in_extension:
            at += 1 + int.from_bytes(mark, "big")
            in_extension = mark > b"\0"
        elif mark == b"!":
            at, in_extension = at + 2, True
        elif mark == b",":
            return
        else:
            break
    raise PictureError(_NO_END)
