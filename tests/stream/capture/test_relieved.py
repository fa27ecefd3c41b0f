"""Capture makes smaller pictures and smaller JPEGs while it is told to, and says which is which."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.pictures import fill, picture
from lib.core.geometry import Size
from lib.core.shedding.levels import Levels
from lib.pictures.codec import open_codec
from lib.pictures.header import read_header
from lib.stage import Inbox
from lib.stream.capture.capture import Capture
from lib.stream.capture.fitter import JpegFitter
from lib.stream.frame import Frame
from tests.rig import primary, until

SIZE, SMALL = Size(512, 512), Size(384, 384)


@pytest.mark.parametrize("mode", ["pattern", "video"])
def test_each_frame_says_how_large_its_picture_is_to_be(mode: str, tmp_path: Path) -> None:
    fill(tmp_path, 4)
    mailbox: Inbox[Frame] = Inbox(1)
    frames: list[Frame] = []

    def wake() -> None:
        frame = mailbox.get(0)
        assert frame is not None
        frames.append(frame)

    given = {"mode": mode, "directory": str(tmp_path) if mode == "video" else ""}
    settings = primary(resolution="512", fps=50, **given)
    capture = Capture(settings, mailbox, wake)
    capture.start()
    try:
        assert until(lambda: len(frames) > 3)
        capture.cut(Levels(size=1))
        assert until(lambda: frames[-1].size == SMALL, 20)
        capture.play(settings.played.changed(resolution="1024x576"))
        assert until(lambda: frames[-1].size == Size(768, 432), 20)
        capture.play(settings.played)
        assert until(lambda: frames[-1].size == SMALL, 20)
        capture.cut(Levels())
        assert until(lambda: frames[-1].size == SIZE, 20)
    finally:
        assert capture.stop()
    for frame in frames:
        assert read_header(frame.jpg).size == frame.size
        assert frame.wanted in (SIZE, Size(1024, 576)), "never seen smaller than it is played"
    assert {frame.size for frame in frames if frame.shown} == {SMALL, Size(768, 432)}


@pytest.mark.parametrize("size", [SIZE, SMALL])
def test_a_lower_quality_is_for_what_would_go_through_too(size: Size) -> None:
    data = picture(1)
    fitter = JpegFitter(size, 85)
    before = fitter.jpeg(data)
    lengths = []
    for quality in (75, 60):
        fitter.want(size, quality)
        lengths.append(len(fitter.jpeg(data)))
        assert read_header(fitter.jpeg(data)).size == size
    assert len(before) > lengths[0] > lengths[1]
    fitter.want(size, None)
    assert fitter.jpeg(data) == before


def test_what_is_smaller_already_stays_as_it_is() -> None:
    codec = open_codec()
    data = codec.encode(codec.decode(picture(2)), 40)
    fitter = JpegFitter(SIZE, 85)
    fitter.want(SIZE, 75)
    assert fitter.jpeg(data) == data
