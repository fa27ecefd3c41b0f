"""A camera. It may be missing at the start, be unplugged, and come back without any help."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.camera.devices import Device, Devices, words_for
from lib.camera.modes import camera_mode, covers
from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.core.pacer import SECOND_NS, Pacer
from lib.core.waits import GrowingWait
from lib.observe import OncePerSecond
from lib.stage import Inbox
from lib.stream.capture.fitter import JpegError, JpegFitter
from lib.stream.capture.source import LiveSource, Source, SourcePlace
from lib.stream.frame import Frame

log = logging.getLogger(__name__)
_MJPEG = cv2.VideoWriter.fourcc(*"MJPG")
_SILENCE_NS = 5 * SECOND_NS // 4


class VideoCapture(Protocol):
    """The part of cv2.VideoCapture that is used."""

    def isOpened(self) -> bool: ...  # noqa: N802 - OpenCV's name
    def grab(self) -> bool: ...
    def retrieve(self) -> tuple[bool, NDArray[np.generic]]: ...
    def get(self, what: int, /) -> float: ...
    def set(self, what: int, value: float, /) -> bool: ...
    def release(self) -> None: ...


class CameraHungError(RuntimeError):
    """A call into the driver does not return."""


class Shot(NamedTuple):
    picture: NDArray[np.generic]
    captured_ns: int
    timestamp: float


def open_device(device: Device) -> VideoCapture:
    backend = cv2.CAP_V4L2 if device.is_v4l2 else cv2.CAP_ANY
    return cv2.VideoCapture(device.path, backend)


class Camera(LiveSource):
    """A thread of its own opens, reads and closes the camera: a driver may block for 10 s and
    more, and the process must end within 2 s."""

    def __init__(
        self,
        settings: PrimarySettings,
        devices: Devices | None = None,
        opener: Callable[[Device], VideoCapture] = open_device,
    ) -> None:
        self._named, self._wanted, self._fps = settings.camera, settings.size, settings.rate
        self._devices, self._opener = devices or Devices(), opener
        self._fitter = JpegFitter(settings.size, settings.quality, settings.bounds)
        self.about = words_for(settings.camera)
        self._mode = camera_mode(settings.size)  # what the camera was asked for
        self._shots: Inbox[Shot] = Inbox(1)  # newest wins
        self._quit = threading.Event()
        self._thread = threading.Thread(target=self._run, name="Camera", daemon=True)
        self._waits = GrowingWait()
        self._trouble: str | None = None  # set by the thread, shown from read()
        self._shot_ns = 0
        self._hang_s = settings.hang_s
        self._turn_ns = 0  # when the thread last came back from the driver
        self._log = OncePerSecond(log)

    def open(self, resources: ExitStack) -> None:
        resources.callback(self._end)
        self._shot_ns = self._turn_ns = time.monotonic_ns()
        self._thread.start()

    def fit(self, size: Size, quality: int | None = None) -> None:
        self._fitter.want(size, quality)
        self._wanted = size

    def read(self) -> Frame | None:
        shot = self._shots.get(0.1)
        if shot is None:
            if time.monotonic_ns() - self._turn_ns > self._hang_s * SECOND_NS:
                # A thread cannot be called back from a driver: only a new process can open the
                # camera again.
                raise CameraHungError(f"the driver of {self.about} hangs")
            silent = time.monotonic_ns() - self._shot_ns > _SILENCE_NS
            quiet = f"{self.about} has given no picture for more than a second"
            self.warning = self._trouble or (quiet if silent else self.warning)
            return None
        try:
            jpg = self._jpeg(shot.picture)
        except (JpegError, cv2.error) as error:
            self.tally.count("bad")
            self._log.warning("bad", "a picture of %s is broken: %s", self.about, error)
            return None
        self._shot_ns, self.warning = shot.captured_ns, None
        return Frame(jpg, shot.captured_ns, shot.timestamp, self._fitter.wanted)

    def _jpeg(self, picture: NDArray[np.generic]) -> bytes:
        if picture.dtype != np.uint8:
            raise JpegError(f"{picture.dtype} instead of 8 bits a colour")
        pixels = np.asarray(picture, np.uint8)
        if pixels.ndim < 3 and min(pixels.shape) == 1:  # one row: the camera's own JPEG
            return self._fitter.jpeg(pixels.tobytes())
        if pixels.ndim == 2:
            pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)
        if pixels.shape[2] != 3:
            raise JpegError(f"a picture of shape {pixels.shape}")
        return self._fitter.bgr(pixels)

    def _run(self) -> None:
        while not self._quit.is_set():
            self._turn_ns = time.monotonic_ns()
            try:
                self._attend()
            except (OSError, cv2.error) as error:
                self._log.warning("failed", "%s: %s", words_for(self._named), error)
                self._trouble = f"{words_for(self._named)} failed, trying again"
            self._quit.wait(self._waits.next_s())

    def _attend(self) -> None:
        """Find the camera, open it, and read as long as it gives pictures."""
        device, reason = self._devices.find(self._named)
        if device is None:
            self._trouble = f"{reason}, trying again"
            return
        camera = self._opener(device)
        try:
            if not camera.isOpened():
                self._trouble = f"{device.words} cannot be opened, trying again"
                return
            self.about = self._ask(camera, device)
            self._read_on(camera, device)
        finally:
            camera.release()

    def _ask(self, camera: VideoCapture, device: Device) -> str:
        """Ask for MJPEG of a fitting size; return a description of what is given."""
        self._mode = mode = camera_mode(self._wanted)
        if device.is_v4l2:
            camera.set(cv2.CAP_PROP_FOURCC, _MJPEG)
            camera.set(cv2.CAP_PROP_FRAME_WIDTH, mode.width)
            camera.set(cv2.CAP_PROP_FRAME_HEIGHT, mode.height)
            camera.set(cv2.CAP_PROP_FPS, float(self._fps))
            camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        mjpeg = device.is_v4l2 and int(camera.get(cv2.CAP_PROP_FOURCC)) == _MJPEG
        if mjpeg:
            # The camera's JPEG is taken as it is; OpenCV decodes any other format.
            camera.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        width, height = (
            int(camera.get(side)) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        )
        return f"{device.words}, {width}x{height}{' MJPEG' if mjpeg else ''}"

    def _read_on(self, camera: VideoCapture, device: Device) -> None:
        # A camera sets its own rate; a film in its place would be read as fast as possible.
        pacer = Pacer(self._fps, time.monotonic_ns()) if device.is_file else None
        while not self._quit.is_set() and camera.grab():
            self._turn_ns = time.monotonic_ns()
            if device.is_v4l2 and not covers(self._mode, camera_mode(self._wanted)):
                # A larger size is played than the camera was opened for, so it is opened again. A
                # short gap is better than pictures that stay blurred.
                log.info("%s is opened again for %s", device.words, self._wanted)
                return
            captured_ns, timestamp = time.monotonic_ns(), time.time()
            good, picture = camera.retrieve()
            if not good or picture is None:
                break
            self._trouble = None
            self._waits.reset()
            self._shots.put(Shot(picture, captured_ns, timestamp))
            if pacer:
                pacer.advance(time.monotonic_ns())
                self._quit.wait(max(0, pacer.due_ns - time.monotonic_ns()) / SECOND_NS)
        if not self._quit.is_set() and not device.is_file:
            self._trouble = f"{device.words} gives no more pictures, trying again"

    def _end(self) -> None:
        self._quit.set()
        # A driver that hangs is left alone: closing the camera during its call would crash.
        self._thread.join(1.0)


def open_camera(settings: PrimarySettings, place: SourcePlace) -> Source:
    return Camera(settings, place.devices)
