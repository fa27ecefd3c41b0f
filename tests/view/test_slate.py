import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from lib.view.slate import SlateError, check_view, load_slate
from tests.view.conftest import view_settings


def write(path: Path, pixels: np.ndarray) -> Path:
    assert cv2.imwrite(str(path), pixels)
    return path


def test_no_slate_is_right() -> None:
    assert check_view(view_settings()) is None


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp"])
def test_a_picture_is_right_and_keeps_its_colours(tmp_path: Path, suffix: str) -> None:
    bgr = np.full((64, 96, 3), (20, 60, 200), np.uint8)
    path = write(tmp_path / f"slate.{suffix}", bgr)
    assert check_view(view_settings(slate=str(path))) is None
    pixels = load_slate(path)
    assert pixels.shape == (64, 96, 3)
    assert np.abs(pixels.astype(int) - (200, 60, 20)).max() <= 6


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n" + b"x" * 90]
)
def test_what_is_no_picture_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "slate.jpg"
    path.write_bytes(content)
    assert check_view(view_settings(slate=str(path))) == f"slate {path} is not a picture"


def test_a_missing_file_and_a_directory_are_one_sentence(tmp_path: Path) -> None:
    missing = tmp_path / "gone.png"
    said = check_view(view_settings(slate=str(missing)))
    assert said == f"slate {missing} cannot be read: No such file or directory"
    assert "cannot be read" in (check_view(view_settings(slate=str(tmp_path))) or "")


def test_a_file_far_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "disk.img"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 2**40)
    with pytest.raises(SlateError, match="more than 64 MB"):
        load_slate(path)


def test_a_see_through_logo_stands_on_black(tmp_path: Path) -> None:
    for depth, most in ((np.uint8, 255), (np.uint16, 65535)):
        bgra = np.full((40, 40, 4), most, depth)
        bgra[:20, :, 3] = 0
        bgra[20:30, :, 3] = most // 2
        pixels = load_slate(write(tmp_path / "logo.png", bgra))
        assert [int(pixels[row].mean()) for row in (5, 35)] == [0, 255]
        assert int(pixels[25].mean()) in (127, 128)


def test_grey_and_deep_pictures_are_taken(tmp_path: Path) -> None:
    grey = load_slate(write(tmp_path / "grey.png", np.full((30, 50), 77, np.uint8)))
    assert grey.shape == (30, 50, 3)
    assert (grey == 77).all()
    deep = load_slate(write(tmp_path / "deep.png", np.full((30, 50, 3), 0x8080, np.uint16)))
    assert abs(int(deep.mean()) - 0x80) <= 1


def test_a_large_photograph_is_made_smaller(tmp_path: Path) -> None:
    path = write(tmp_path / "photo.jpg", np.full((300, 6000, 3), 90, np.uint8))
    assert load_slate(path).shape == (205, 4096, 3)
    assert load_slate(path, largest=512).shape == (26, 512, 3)
