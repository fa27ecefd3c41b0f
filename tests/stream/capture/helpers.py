"""What several tests of sources need."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.pictures.codec import open_codec
from tests.pictures.samples import encoded

SIZE = Size(64, 64)
CODEC = open_codec()


def settings(**given: Any) -> PrimarySettings:
    return PrimarySettings(_env_file=None, **({"resolution": str(SIZE)} | given))  # type: ignore[call-arg]


def plain_jpeg(level: int, size: Size = SIZE) -> bytes:
    """A picture of one grey, by which it is known again."""
    return encoded(np.full((size.height, size.width, 3), level, np.uint8))


def level(jpg: bytes | None) -> int | None:
    """The grey of a picture, to the nearest ten."""
    return None if jpg is None else round(float(CODEC.decode(jpg).mean()) / 10) * 10


def write(path: Path, data: bytes, age_s: float = 10) -> Path:
    """A file that was written a while ago, so that it counts as settled."""
    path.write_bytes(data)
    then = time.time() - age_s
    os.utime(path, (then, then))
    return path


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
