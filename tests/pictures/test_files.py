from __future__ import annotations

import io
import os
import socket
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lib.config.settings import ROOT
from lib.core.geometry import Size
from lib.core.plain import plain
from lib.pictures import decoder, files
from lib.pictures.decoder import decode_file
from lib.pictures.exif import turn_upright
from lib.pictures.files import (
    PictureError,
    has_picture_name,
    is_picture,
    kind_of,
    read_picture,
)
from tests.pictures.samples import busy, difference, encoded, picture

SIZE = Size(48, 32)
RGB = picture(SIZE)
KINDS = {".png": "png", ".webp": "webp", ".bmp": "bmp", ".tiff": "tiff", ".ppm": "pnm"}


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


@pytest.mark.parametrize("suffix", [*KINDS, ".gif"])
def test_every_kind_is_known_by_its_first_bytes_and_decoded(suffix: str) -> None:
    options = (cv2.IMWRITE_WEBP_QUALITY, 101) if suffix == ".webp" else ()  # 101 is lossless
    data = encoded(RGB, suffix, *options)
    assert kind_of(data) == KINDS.get(suffix, "gif")
    # A GIF has 256 colours.
    assert difference(decode_file(data), RGB) < (20 if suffix == ".gif" else 0.01)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bits_become_eight(suffix: str) -> None:
    good, data = cv2.imencode(suffix, RGB[:, :, ::-1].astype(np.uint16) * 257)
    assert good
    assert difference(decode_file(data.tobytes()), RGB) < 0.01


def test_gray_becomes_colour() -> None:
    gray = RGB[:, :, 0]
    decoded = decode_file(encoded(gray, ".png"))
    assert decoded.shape == (32, 48, 3)
    assert all(difference(decoded[:, :, n], gray) == 0 for n in range(3))


def test_what_is_transparent_shows_black_behind_it() -> None:
    alpha = np.zeros((32, 48), np.uint8)
    alpha[:, 24:], alpha[:, 40:] = 128, 255
    good, data = cv2.imencode(".png", np.dstack((RGB[:, :, ::-1], alpha)))
    assert good
    shown = decode_file(data.tobytes())
    assert shown[:, :24].max() == 0
    assert difference(shown[:, 24:40], (RGB[:, 24:40] * (128 / 255)).astype(np.uint8)) < 1
    assert difference(shown[:, 40:], RGB[:, 40:]) == 0


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_a_turned_picture_is_shown_upright(kind: str, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    file = io.BytesIO()
    Image.fromarray(RGB).save(file, kind, exif=exif, lossless=True)
    assert difference(decode_file(file.getvalue()), turn_upright(RGB, turn)) < 0.01


@pytest.mark.parametrize("suffix", [*KINDS, ".gif"])
@pytest.mark.parametrize("keep", [0.05, 0.5, 0.9, 0.98])
def test_half_written_files_are_refused(suffix: str, keep: float) -> None:
    data = encoded(busy(Size(96, 96)), suffix)
    with pytest.raises(PictureError):
        decode_file(data[: int(len(data) * keep)])


def test_what_claims_to_be_huge_is_refused_before_it_is_decoded() -> None:
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(60000))
    png = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", body)
    png += png_chunk(b"IEND", b"")
    tiff = bytearray(encoded(RGB, ".tiff"))
    at = tiff.index(struct.pack("<HHI", 256, 3, 1)) + 8
    tiff[at : at + 2] = struct.pack("<H", 60000)
    bmp = bytearray(encoded(RGB, ".bmp"))
    bmp[18:26] = struct.pack("<ii", 30000, -30000)
    gif = bytearray(encoded(RGB, ".gif"))
    gif[6:10] = struct.pack("<HH", 65000, 65000)
    webp = bytearray(encoded(RGB, ".webp", cv2.IMWRITE_WEBP_QUALITY, 101))
    assert webp[12:16] == b"VP8L"
    webp[21:25] = struct.pack("<I", (1 << 28) - 1)
    ppm = b"P6\n60000 60000\n255\n" + bytes(99)
    for data in (png, bytes(tiff), bytes(bmp), bytes(gif), bytes(webp), ppm):
        with pytest.raises(PictureError, match="too large"):
            decode_file(data)


def test_a_part_that_claims_to_be_huge_costs_nothing() -> None:
    png = encoded(RGB, ".png")
    at = png.index(b"IDAT") - 4
    start_s = time.monotonic()
    with pytest.raises(PictureError, match="its end is not where it should be"):
        decode_file(png[:at] + b"\xe4\x4e\xea\xca" + png[at + 4 :])
    with pytest.raises(PictureError, match="its end is not where it should be"):
        decode_file(png[:33] + png_chunk(b"tEXt", b"") * decoder._MOST_PARTS + png[33:])
    assert time.monotonic() - start_s < 0.5


def test_what_would_be_decoded_for_minutes_is_refused_at_once() -> None:
    gif = encoded(RGB, ".gif")
    at = gif.index(b"!") if b"!" in gif[:1000] else gif.index(b",")
    comment = b"!\xfe" + b"\x01a" * decoder._MOST_PARTS + b"\0"
    plain = b"P3\n1000 1000\n255\n" + b"7 " * 3_000_000
    run_length = bytearray(encoded(RGB, ".bmp")) + bytes(decoder._MOST_SLOW_BYTES)
    run_length[30:34] = struct.pack("<I", 1)
    start_s = time.monotonic()
    for data in (gif[:at] + comment + gif[at:], plain, bytes(run_length)):
        with pytest.raises(PictureError, match=r"too large|its end is not where"):
            decode_file(data)
    assert time.monotonic() - start_s < 0.5


def test_a_frame_larger_than_its_animation_says_is_refused() -> None:
    gif = bytearray(encoded(RGB, ".gif"))
    at = gif.index(b"," + bytes(4) + struct.pack("<HH", *SIZE))
    gif[at + 5 : at + 9] = struct.pack("<HH", 65000, 65000)
    with pytest.raises(PictureError, match="too large"):
        decode_file(bytes(gif))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_picture_is_shown(kind: str) -> None:
    first, second = (Image.new("RGB", SIZE, colour) for colour in ((255, 0, 0), (0, 0, 255)))
    file = io.BytesIO()
    first.save(file, kind, save_all=True, append_images=[second], lossless=True)
    assert difference(decode_file(file.getvalue()), np.asarray(first)) < 1


def test_what_pillow_doubts_is_refused_but_not_odd_notes_of_a_tiff(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.fromarray(RGB).save(file, "TIFF")
    data = bytearray(file.getvalue())
    at = data.index(struct.pack("<HHI", 284, 3, 1)) + 4
    data[at : at + 4] = struct.pack("<I", 2)  # one number too many changes no pixel
    (tmp_path / "odd.tiff").write_bytes(data)
    data[at - 2 : at + 8] = struct.pack("<HII", 2, 1000, len(data) - 10)  # a text beyond the end
    (tmp_path / "beyond.tiff").write_bytes(data)
    code = (
        "from pathlib import Path; from lib.pictures.decoder import decode_file; "
        "from lib.pictures.files import PictureError\n"
        "print(decode_file(Path('{0}/odd.tiff').read_bytes()).shape)\n"
        "try: decode_file(Path('{0}/beyond.tiff').read_bytes())\n"
        "except PictureError as error: print(error)\n"
    )
    command = [sys.executable, "-c", code.format(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == f"(32, 48, 3)\n{decoder._BROKEN}\n" and not done.stderr


def test_other_depths_and_other_files_are_refused_in_words() -> None:
    good, data = cv2.imencode(".tiff", RGB.astype(np.float32))
    assert good
    with pytest.raises(PictureError, match="not of 8 or 16 bits"):
        decode_file(data.tobytes())
    for rubbish in (b"", b"hello", b"%PDF-1.7", b"RIFF\0\0\0\0WAVE", bytes(100)):
        with pytest.raises(PictureError, match="not a kind of picture"):
            kind_of(rubbish)


@given(st.sampled_from([*KINDS, ".gif"]), st.binary(max_size=64), st.integers(2, 60))
@settings(max_examples=150)
def test_damaged_headers_are_refused_or_decoded(suffix: str, noise: bytes, at: int) -> None:
    data = encoded(RGB, suffix)
    damaged = data[:at] + noise + data[at + len(noise) :]
    try:
        pixels = decode_file(damaged)
    except PictureError:
        return
    assert pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3


def test_only_regular_files_of_a_sane_size_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "good.png").write_bytes(encoded(RGB, ".png"))
    os.mkfifo(tmp_path / "fifo.png")
    (tmp_path / "directory.png").mkdir()
    (tmp_path / "empty.png").touch()
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    (tmp_path / "device.png").symlink_to("/dev/zero")
    (tmp_path / "link.png").symlink_to(tmp_path / "good.png")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s.png"))
        for name in ("fifo", "directory", "empty", "loop", "device", "s", "missing"):
            with pytest.raises((OSError, PictureError)):
                read_picture(str(tmp_path / f"{name}.png"))
            assert not is_picture(tmp_path / f"{name}.png")
    assert read_picture(str(tmp_path / "link.png"))[0] == encoded(RGB, ".png")
    assert is_picture(tmp_path / "link.png")
    monkeypatch.setattr(files, "MAX_BYTES", 100)
    with pytest.raises(PictureError, match="bytes"):
        read_picture(str(tmp_path / "good.png"))


def test_names() -> None:
    assert has_picture_name("a.JPG") and has_picture_name("b.x.tif")
    others = ("a", "a.txt", ".hidden.jpg", "._a.jpg", "jpg", "a.jpg.part")
    assert not any(has_picture_name(name) for name in others)
    assert plain("a\nb\udcff.jpg") == "a?b?.jpg"
