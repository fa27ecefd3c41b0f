"""What travels between the threads of a worker."""

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
    engine: str = ""  # the engine and its device, set now and then
    device: str = ""
    small: Pixels | None = None  # a thumbnail of the frame, if frames are compared
    shown: Size | None = None  # the size that the finished picture is enlarged to
    frame: Pixels | None = None  # what its picture was made of, once it is made
    quality: int = 100  # the most that its JPEG may have
    repeats: float | None = None  # timestamp of the earlier frame whose picture answers this, too
