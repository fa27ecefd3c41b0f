"""What is left of a picture file, and that its pixels are."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from lib.pictures.bare import bare, cleaned
from lib.pictures.decoder import decode_file
from lib.pictures.examine import examine
from tests.pictures.test_examine import saved

PLACE = b"51.1079N-17.0385E"


def exif(orientation: int = 1) -> bytes:
    """As a camera writes it, with where it was."""
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010E] = PLACE.decode()
    return block.tobytes()


@pytest.mark.parametrize(
    "data",
    [
        saved("PNG"),
        saved("PNG", "RGBA"),
        saved("WEBP", lossless=True),
        saved("WEBP", "RGBA", lossless=True, xmp=b"<x>"),
        saved("WEBP", quality=80, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"),
    ],
)
def test_nothing_is_left_but_the_pixels(data: bytes) -> None:
    alone = bare(data)
    assert len(alone) <= len(data)
    assert np.array_equal(decode_file(alone), decode_file(data))
    assert b"XMP " not in alone and b"EXIF" not in alone


def test_texts_of_a_png_are_dropped() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "words" * 100, zip=True)
    data = saved("PNG", pnginfo=info)
    assert b"Comment" in data and b"Comment" not in bare(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_an_upload_keeps_its_pixels_and_colours_and_nothing_else(kind: str, mode: str) -> None:
    if (kind, mode) == ("JPEG", "RGBA"):
        return
    more: dict[str, object] = {"exif": exif(), "icc_profile": b"colours" * 9, "comment": PLACE}
    data = saved(kind, mode, xmp=PLACE, **more)
    if kind == "JPEG":
        data += PLACE  # as of a film that the phone hides behind the picture
    assert PLACE in data or zlib.compress(PLACE) in data
    kept = cleaned(data)
    assert PLACE not in kept and len(kept) < len(data)
    assert np.array_equal(decode_file(kept), decode_file(data))
    assert examine(kept) == examine(data)
    with Image.open(io.BytesIO(kept)) as image:
        assert image.info["icc_profile"] == b"colours" * 9
        assert not image.getexif() and "comment" not in image.info and "xmp" not in image.info


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("turn", [2, 3, 6, 8])
def test_an_upload_is_turned_upright_before_that_is_forgotten(kind: str, turn: int) -> None:
    more = {"lossless": True} if kind == "WEBP" else {}
    data = saved(kind, size=(64, 32), exif=exif(turn), **more)
    assert not examine(data).upright
    kept = cleaned(data)
    assert examine(kept).upright and PLACE not in kept
    assert examine(kept).size == examine(data).size == ((32, 64) if turn > 4 else (64, 32))
    off = decode_file(kept).astype(int) - decode_file(data)
    assert np.abs(off).max() <= (24 if kind == "JPEG" else 0)


def test_jpegs_in_several_scans_and_in_the_colours_of_print_stay_as_they_are() -> None:
    out = io.BytesIO()
    Image.open(io.BytesIO(saved("PNG", size=(64, 32)))).convert("CMYK").save(out, "JPEG")
    for data in (saved("JPEG", progressive=True), out.getvalue()):
        assert np.array_equal(decode_file(cleaned(data)), decode_file(data))


def test_of_an_animation_the_first_picture_is_left() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], exif=exif())
    kept = cleaned(out.getvalue())
    assert PLACE not in kept and b"ANMF" not in kept
    assert np.abs(decode_file(kept).astype(int) - decode_file(out.getvalue())).max() < 9
    out = io.BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    kept = cleaned(out.getvalue())
    assert b"fdAT" not in kept and np.array_equal(decode_file(kept), decode_file(out.getvalue()))
