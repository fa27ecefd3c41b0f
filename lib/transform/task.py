"""What travels between the three threads of a worker."""

from __future__ import annotations

from dataclasses import dataclass, field

from lib.config.params import Params
from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.pictures.header import Buffer


@dataclass(slots=True)
class Task:
    """One frame in a worker: decoded on the way in, or untouched when it only passes through."""

    timestamp: float
    index: int
    params: Params
    size: Size
    batch_size: int
    pixels: Pixels | None
    jpg: Buffer = b""
    timings: dict[str, float] = field(default_factory=dict)
    engine: str = ""  # what makes pictures here, and on what: said now and then
    device: str = ""
    small: Pixels | None = None  # a thumbnail of the frame, where frames are compared
    shown: Size | None = None  # what the picture is to be enlarged to, in the end
    quality: int = 100  # of its JPEG, at most
    repeats: float | None = None  # timestamp of the one before whose picture answers this, too
