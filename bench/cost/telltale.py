"""A worker that writes into each picture what it was told to make it with: seed and strength.

They stand as black and white squares that survive JPEG, so a viewer of the feed knows exactly
which picture is the first one made with a change.
"""

from __future__ import annotations

import argparse
import time
from typing import NamedTuple

import numpy as np

from lib.config.params import Params
from lib.config.settings import Worker
from lib.core.geometry import Size
from lib.engine.engine import Engine, Frames
from lib.observe import quit_on_signals
from lib.pictures.codec import Codec
from lib.stage import Flow
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.send import Send

SEED_BITS, STRENGTH_BITS = 32, 16
ACROSS, SQUARE = 8, 16  # squares in a row, pixels of a side
SCALE = 10_000  # of a strength
SMALLEST = Size(ACROSS * SQUARE, (SEED_BITS + STRENGTH_BITS) // ACROSS * SQUARE)


class Told(NamedTuple):
    seed: int
    strength: float


class Telltale(Engine):
    name, about = "telltale", "writes its parameters into the picture"

    def __init__(self, delay_ms: float = 0) -> None:
        self._delay_s = delay_ms / 1000

    def generate(self, frames: Frames, params: Params) -> Frames:
        time.sleep(self._delay_s)
        pictures = frames.copy()
        bits = _bits(params.seed, SEED_BITS) + _bits(round(params.strength * SCALE), STRENGTH_BITS)
        for place, bit in enumerate(bits):
            row, column = (SQUARE * n for n in divmod(place, ACROSS))
            pictures[:, row : row + SQUARE, column : column + SQUARE] = 255 if bit else 0
        return pictures


def read(codec: Codec, jpg: bytes, size: Size) -> Told:
    """What the picture was made with."""
    grey = codec.decode_grey(jpg, size, Size(size.width // 8, size.height // 8))
    cell = SQUARE * grey.shape[1] // size.width
    bits = [
        bool(grey[row * cell + cell // 2, column * cell + cell // 2] > 127)
        for row, column in (divmod(n, ACROSS) for n in range(SEED_BITS + STRENGTH_BITS))
    ]
    return Told(_number(bits[:SEED_BITS]), _number(bits[SEED_BITS:]) / SCALE)


def _bits(number: int, count: int) -> list[bool]:
    return [bool(number >> place & 1) for place in reversed(range(count))]


def _number(bits: list[bool]) -> int:
    return int(np.dot(bits, 1 << np.arange(len(bits))[::-1]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay_ms", type=float, default=0)
    parser.add_argument("--job_port", type=int, default=5555)
    parser.add_argument("--result_port", type=int, default=5558)
    options = parser.parse_args()
    settings = Worker(
        _env_file=None,  # type: ignore[call-arg] # pydantic's own
        primary_hostname="127.0.0.1",
        job_port=options.job_port,
        result_port=options.result_port,
    )
    fetch = Fetch(settings)
    generate = Generate(Telltale(options.delay_ms), after=fetch)
    return Flow(fetch, generate, Send(settings, "telltale", after=generate)).run(quit_on_signals())


if __name__ == "__main__":
    raise SystemExit(main())
