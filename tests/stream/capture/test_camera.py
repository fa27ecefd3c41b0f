from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest

from lib.camera.devices import Device, Devices
from lib.camera.modes import camera_mode
from lib.core.geometry import Size
from lib.core.waits import GrowingWait
from lib.observe import Tally
from lib.pictures.header import read_header
from lib.stream.capture.camera import Camera, CameraHungError
from lib.stream.frame import Frame
from tests.pictures.samples import busy, encoded
from tests.stream.capture.helpers import SIZE, level, plain_jpeg, settings, wait_for
from tests.stream.capture.test_video_file import make_film

_MJPEG = cv2.VideoWriter.fourcc(*"MJPG")


class Fake:
    """A camera's driver: gives pictures at 100 a second until it is unplugged."""

    def __init__(self, picture: np.ndarray, fourcc: int = _MJPEG, opens: bool = True) -> None:
        self.picture, self.fourcc, self.opens = picture, fourcc, opens
        self.asked: dict[int, float] = {}
        self.plugged, self.released = True, threading.Event()
        self.hang = threading.Event()
        self.hang.set()

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self.opens

    def grab(self) -> bool:
        time.sleep(0.01)
        self.hang.wait()
        return self.plugged

    def retrieve(self) -> tuple[bool, np.ndarray]:
        return True, self.picture

    def get(self, what: int, /) -> float:
        return self.fourcc if what == cv2.CAP_PROP_FOURCC else self.asked.get(what, 0)

    def set(self, what: int, value: float, /) -> bool:
        self.asked[what] = value
        return True

    def release(self) -> None:
        self.released.set()


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    (tmp_path / "video0").symlink_to("/dev/null")
    return tmp_path


@pytest.fixture
def resources() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def start(resources: ExitStack, machine: Path, *fakes: Fake, camera: str = "0") -> Camera:
    """A camera whose driver is each of the fakes in turn."""
    waiting = list(fakes)

    def open_next(_: Device) -> Fake:
        return waiting.pop(0) if waiting else Fake(busy(SIZE), opens=False)

    source = Camera(settings(mode="camera", camera=camera), Devices(machine, machine), open_next)
    source.tally = Tally()
    source._waits = GrowingWait(first_s=0.05, most_s=0.1)
    source.open(resources)
    return source


def next_frame(source: Camera, seconds: float = 5) -> Frame:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start_s = time.monotonic()
        frame = source.read()
        assert time.monotonic() - start_s < 2, "on a busy machine; a camera that hangs takes 10 s"
        if frame:
            return frame
    raise AssertionError(f"no frame, and the warning is {source.warning}")


def row(jpg: bytes) -> np.ndarray:
    return np.frombuffer(jpg, np.uint8)[None]


def test_a_cameras_own_jpeg_is_passed_through(resources: ExitStack, machine: Path) -> None:
    jpg, fake = plain_jpeg(120), Fake(row(plain_jpeg(120) + bytes(500)))
    source = start(resources, machine, fake)
    before_ns, before = time.monotonic_ns(), time.time()
    frame = next_frame(source)
    assert frame.jpg == jpg
    assert before_ns - 10**9 < frame.captured_ns < time.monotonic_ns()
    assert before - 1 < frame.timestamp < time.time()
    assert fake.asked[cv2.CAP_PROP_FOURCC] == _MJPEG
    assert fake.asked[cv2.CAP_PROP_FPS] == 30 and fake.asked[cv2.CAP_PROP_BUFFERSIZE] == 1
    assert fake.asked[cv2.CAP_PROP_CONVERT_RGB] == 0
    assert source.about == "camera 0, 640x480 MJPEG" and source.warning is None


def test_what_a_camera_without_mjpeg_gives_is_encoded(resources: ExitStack, machine: Path) -> None:
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[:, :, 0] = 250  # blue, in OpenCV's order
    fake = Fake(picture, fourcc=cv2.VideoWriter.fourcc(*"YUYV"))
    source = start(resources, machine, fake)
    frame = next_frame(source)
    shown = cv2.imdecode(np.frombuffer(frame.jpg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None and shown.shape == (64, 64, 3)
    assert shown[:, :, 0].mean() > 200 and shown[:, :, 2].mean() < 50
    assert cv2.CAP_PROP_CONVERT_RGB not in fake.asked and "MJPEG" not in source.about


def test_a_picture_of_another_size_is_cut_and_gray_becomes_jpeg(
    resources: ExitStack, machine: Path
) -> None:
    wide = plain_jpeg(200, Size(320, 128))
    gray = np.full((70, 90), 100, np.uint8)
    source = start(resources, machine, Fake(row(wide)))
    frame = next_frame(source)
    assert read_header(frame.jpg).size == SIZE and level(frame.jpg) == 200
    assert level(next_frame(start(resources, machine, Fake(gray))).jpg) == 100


def test_broken_pictures_are_counted_and_do_not_stop_the_rest(
    resources: ExitStack, machine: Path
) -> None:
    whole = encoded(busy(SIZE))
    fake = Fake(row(whole[: len(whole) // 2]))
    source = start(resources, machine, fake)
    wait_for(lambda: source.read() is None and source.tally.counts["bad"] > 2)
    fake.picture = np.zeros((64, 64, 2), np.uint16)
    wait_for(lambda: source.read() is None and source.tally.counts["bad"] > 5)
    fake.picture = row(whole)
    assert next_frame(source).jpg == whole


def test_a_missing_camera_is_waited_for(resources: ExitStack, tmp_path: Path) -> None:
    source = start(resources, tmp_path, Fake(row(plain_jpeg(50))))
    wait_for(lambda: source.read() is None and source.warning)
    assert source.warning == "no camera 0, trying again"
    (tmp_path / "video0").symlink_to("/dev/null")
    assert level(next_frame(source).jpg) == 50
    assert source.warning is None


def test_an_unplugged_camera_comes_back_by_itself(resources: ExitStack, machine: Path) -> None:
    first, second = Fake(row(plain_jpeg(50))), Fake(row(plain_jpeg(150)))
    source = start(resources, machine, first, Fake(row(b""), opens=False), second)
    assert level(next_frame(source).jpg) == 50
    first.plugged = False
    wait_for(lambda: (frame := source.read()) and level(frame.jpg) == 150)
    assert first.released.is_set() and source.warning is None


def test_a_lost_camera_is_said(resources: ExitStack, machine: Path) -> None:
    fake = Fake(row(plain_jpeg(50)))
    source = start(resources, machine, fake)
    next_frame(source)
    fake.plugged = False
    wait_for(lambda: source.read() is None and source.warning)
    assert source.warning is not None and source.warning.endswith("trying again")


def test_it_ends_in_time_while_the_driver_hangs(machine: Path) -> None:
    fake = Fake(row(plain_jpeg(50)))
    with ExitStack() as resources:
        source = start(resources, machine, fake)
        next_frame(source)
        fake.hang.clear()
        time.sleep(0.05)
        start_s = time.monotonic()
    assert time.monotonic() - start_s < 1.5
    assert not fake.released.is_set()  # never closed by another thread than its own
    fake.hang.set()
    assert fake.released.wait(2)
    source._thread.join(2)
    assert not source._thread.is_alive()


def test_a_driver_that_does_not_come_back_asks_for_a_new_process(
    resources: ExitStack, machine: Path
) -> None:
    camera = Fake(row(plain_jpeg(120)))
    source = start(resources, machine, camera)
    source._hang_s = 0.4
    next_frame(source)
    camera.hang.clear()
    try:
        with pytest.raises(CameraHungError, match=r"the driver of .* hangs"):
            for _ in range(30):
                source.read()
    finally:
        camera.hang.set()


def test_a_film_stands_in_for_a_camera_at_the_rate_asked_for(
    resources: ExitStack, tmp_path: Path
) -> None:
    path = make_film(tmp_path / "f.avi", [50] * 60)
    source = Camera(settings(mode="camera", camera=str(path), fps=50))
    source.tally = Tally()
    source.open(resources)
    first = next_frame(source)
    frames = [next_frame(source) for _ in range(20)]
    took_s = (frames[-1].captured_ns - first.captured_ns) / 1e9
    assert 0.3 < took_s < 0.8
    assert source.about == f"camera {path}, 96x64"


@pytest.mark.parametrize(
    ("wanted", "mode"),
    [
        ("512", "800x600"),
        ("1024x576", "1024x576"),
        ("576x1024", "1920x1080"),
        ("64", "640x480"),
        ("4096", "3840x2160"),
    ],
)
def test_a_mode_that_covers_the_wanted_size_is_asked_for(wanted: str, mode: str) -> None:
    assert str(camera_mode(settings(resolution=wanted).size)) == mode


def test_a_larger_size_is_asked_of_the_camera_anew_and_a_smaller_one_is_not(
    resources: ExitStack, machine: Path
) -> None:
    first, second = Fake(row(plain_jpeg(60, SIZE))), Fake(row(plain_jpeg(120, SIZE)))
    source = start(resources, machine, first, second)
    assert level(next_frame(source).jpg) == 60
    source.fit(Size(128, 64))
    frame = next_frame(source)
    while frame.size != Size(128, 64):
        frame = next_frame(source)
    assert read_header(frame.jpg).size == Size(128, 64)
    assert not first.released.is_set()  # 640x480 is enough for that
    source.fit(Size(1024, 576))
    wait_for(first.released.is_set)
    wait_for(lambda: level(next_frame(source).jpg) == 120)
    assert second.asked[cv2.CAP_PROP_FRAME_WIDTH] == 1024
    source.fit(SIZE)
    wait_for(lambda: next_frame(source).size == SIZE)
    assert not second.released.is_set()
