"""The mark of how a picture came to be, read by programs that are not ours."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lib.core.geometry import Size
from lib.pictures.files import PictureError
from lib.pictures.header import read_header
from lib.pictures.xmp import SourceType, jpeg_place, jpeg_segment, marked
from tests.pictures.samples import busy, encoded, with_orientation

WORDS, PICTURE = SourceType.FROM_WORDS, SourceType.FROM_PICTURE
CODES = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def by_pillow(pixels: np.ndarray, kind: str, mode: str = "RGB", **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels, mode).save(file, kind, **options)  # type: ignore[arg-type] # Pillow's
    return file.getvalue()


def lossless(pixels: np.ndarray, mode: str = "RGB") -> bytes:
    return by_pillow(pixels, "WEBP", mode, lossless=True)


def with_alpha(size: Size) -> np.ndarray:
    return np.dstack((busy(size), busy(size)[:, :, :1]))


EXIF = b"Exif\0\0II*\0\x08\0\0\0\0\0"
KINDS: dict[str, Callable[[Size], bytes]] = {
    "jpeg": lambda size: encoded(busy(size)),
    "jpeg without JFIF": lambda size: encoded(busy(size))[:2] + encoded(busy(size))[20:],
    "jpeg with Exif": lambda size: with_orientation(encoded(busy(size)), 6),
    "jpeg with fill bytes": lambda size: (
        encoded(busy(size))[:20] + b"\xff" + encoded(busy(size))[20:]
    ),
    "jpeg, progressive": lambda size: by_pillow(busy(size), "JPEG", progressive=True),
    "png": lambda size: encoded(busy(size), ".png"),
    "png with alpha": lambda size: by_pillow(with_alpha(size), "PNG", "RGBA"),
    "webp": lambda size: encoded(busy(size), ".webp"),
    "webp, lossless": lambda size: lossless(busy(size)),
    "webp, lossless, alpha": lambda size: by_pillow(
        with_alpha(size), "WEBP", "RGBA", lossless=True
    ),
    "webp with alpha": lambda size: by_pillow(with_alpha(size), "WEBP", "RGBA"),
    "webp with Exif": lambda size: by_pillow(
        busy(size), "WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"
    ),
}


def source_of(data: bytes) -> list[str]:
    """What Pillow reads; and how often the mark is there."""
    with Image.open(io.BytesIO(data)) as image:
        found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp", "")
    text = found.decode() if isinstance(found, bytes) else found
    assert data.count(CODES.encode()) == text.count(CODES)
    return [part.split('"')[0] for part in text.split(CODES)[1:]]


def pixels_of(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return np.asarray(image), cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [Size(64, 48), Size(33, 57)], ids=str)
def test_every_kind_is_marked_and_keeps_its_pixels(kind: str, size: Size) -> None:
    data = KINDS[kind](size)
    once = marked(data, WORDS)
    assert source_of(data) == [] and source_of(once) == [WORDS]
    for before, after in zip(pixels_of(data), pixels_of(once), strict=True):
        assert np.array_equal(before, after)
    again = marked(once, PICTURE)
    assert source_of(again) == [PICTURE], "there is never a second mark"
    assert len(again) - len(once) in range(16)
    if "Exif" in kind:
        with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(again)) as after:
            assert before.info["exif"] == after.info["exif"]


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
@pytest.mark.parametrize("kind", KINDS)
def test_exiftool_reads_it_and_finds_nothing_wrong(kind: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "picture"
    file.write_bytes(marked(KINDS[kind](Size(64, 48)), PICTURE))
    tags = ("-XMP-iptcExt:DigitalSourceType", "-Warning", "-Error", "-validate")
    done = subprocess.run(
        ["exiftool", "-j", "-n", *tags, file], capture_output=True, check=True, timeout=20
    )
    (said,) = json.loads(done.stdout)
    assert said["DigitalSourceType"] == CODES + PICTURE
    assert "Error" not in said
    about_xmp = [text for name, text in said.items() if name == "Warning" and "XMP" in text]
    assert not about_xmp


def test_the_segment_of_the_feed_is_what_a_marked_jpeg_holds() -> None:
    """It goes out as a piece between two of the picture, which is not copied."""
    for kind in ("jpeg", "jpeg without JFIF"):
        jpeg = KINDS[kind](Size(64, 48))
        place = jpeg_place(memoryview(jpeg))
        pieces = jpeg[:place] + jpeg_segment(PICTURE) + jpeg[place:]
        assert pieces == marked(jpeg, PICTURE)
        assert read_header(pieces).size == Size(64, 48)


def test_a_worker_s_jpeg_is_never_split_behind_its_end() -> None:
    for jpeg in (b"", b"\xff\xd8", b"\xff\xd8\xff\xe0\xff\xff\0", b"\xff\xd8\xff\xe0\0"):
        assert jpeg_place(jpeg) <= max(2, len(jpeg))


def animation() -> bytes:
    frames = [Image.fromarray(busy(Size(32, 32)) // number) for number in (1, 2)]
    file = io.BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        encoded(busy(Size(32, 32)), ".bmp"),
        encoded(busy(Size(32, 32)))[:100],
        encoded(busy(Size(32, 32)), ".png")[:-20],
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 1 << 31, b"IHDR"),
        b"RIFF\4\0\0\0WEBP",
        b"RIFF\x20\0\0\0WEBPVP8 \x08\0\0\0",
        b"RIFF\x20\0\0\0WEBPVP8 \x0a\0\0\0" + bytes(10),
        animation(),
    ],
    ids=lambda data: f"{data[:4]!r} {len(data)}",
)
def test_what_cannot_be_marked_is_said(data: bytes) -> None:
    with pytest.raises(PictureError):
        marked(data, WORDS)


@given(st.sampled_from(sorted(KINDS)), st.data())
def test_damage_is_one_sentence_and_no_other_error(kind: str, data: st.DataObject) -> None:
    whole = bytearray(KINDS[kind](Size(16, 16)))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        assert CODES.encode() in marked(cut, WORDS)
    except PictureError as error:
        assert str(error)
