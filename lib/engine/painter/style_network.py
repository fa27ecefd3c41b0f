"""The style network on the CPU: turns a small picture and a blend of styles into a painted one."""

from __future__ import annotations

import os

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from lib.core.pixels import Pixels
from lib.engine.painter import NETWORK
from lib.engine.painter.graph import SMOOTH, Upscaling, rebuild
from lib.engine.painter.onnx_file import Tensors, read_tensors
from lib.files import MEGABYTE, read_regular
from lib.words.package_file import PackageFileError, find

# With more threads the layers are too small to be split.
_MOST_THREADS = 8
_LARGEST = 256 * MEGABYTE


def cores() -> int:
    """The cores that this process may use; a service's CPUAffinity can make them fewer than all."""
    return len(os.sched_getaffinity(0))


def network_weights() -> Tensors:
    """A PackageFileError if the network's file is missing or not the known one."""
    path = find(NETWORK)
    try:
        return read_tensors(read_regular(path, _LARGEST))
    except OSError as error:
        raise PackageFileError(f"{path} cannot be read: {error.strerror or error}") from error


def open_session(model: bytes, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that spin while they wait would save 2 ms a frame, but take the cores from the
    # codec and the camera; and an idle worker must cost nothing.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def usual_threads() -> int:
    return min(cores(), _MOST_THREADS)


class StyleNetwork:
    def __init__(self, upscaling: Upscaling = SMOOTH) -> None:
        """A PackageFileError if the network's file is missing or not the known one."""
        self.threads = usual_threads()
        self._session = open_session(rebuild(network_weights(), upscaling), self.threads)
        self._planes: NDArray[np.float32] = np.empty((1, 3, 0, 0), np.float32)

    def paint(self, picture: Pixels, styles: NDArray[np.float32]) -> Pixels:
        """Paint a picture, both sides of which must be multiples of 4."""
        height, width = picture.shape[:2]
        if self._planes.shape[2:] != (height, width):
            self._planes = np.empty((1, 3, height, width), np.float32)
        for channel, plane in enumerate(cv2.split(picture)):
            np.multiply(plane, np.float32(1 / 255), out=self._planes[0, channel])
        (painted,) = self._session.run(None, {"image": self._planes, "style_weights": styles})
        if painted.shape != self._planes.shape:
            raise RuntimeError(f"the network made {painted.shape} of {self._planes.shape}")
        if not np.isfinite(painted.sum()):  # a single NaN or infinity makes the sum one
            raise RuntimeError("the network made numbers that are not finite")
        merged = cv2.merge([painted[0, 0], painted[0, 1], painted[0, 2]])
        return np.asarray(cv2.convertScaleAbs(merged, alpha=255), np.uint8)
