"""Workers that stand for GPUs, or that say what they were told.

    python -m bench.cost.workers sleepers --workers 64 --delay_ms 50
    python -m bench.cost.workers scaled --delay_ms 45
    python -m bench.cost.workers telltale --delay_ms 20

`sleepers` are many in one process: each takes a job, waits, and hands the frame back as it came, so
that they cost no more than receiving and sending. `scaled` waits `delay_ms` for a frame of `pixels`
in `steps` steps, and in proportion for others; a real engine has a part that follows neither, and
gets ready for a size that is new to it, and neither is in here. `telltale` writes seed and strength
into each picture, as black and white squares that survive JPEG, so that a viewer of the feed knows
exactly which picture is the first one made with a change.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from typing import NamedTuple

import zmq

from bench.pictures import Squares
from bench.processes import flags
from lib.config.params import Params
from lib.config.settings import WorkerSettings
from lib.core.geometry import Size
from lib.engine.engine import Engine, Frames
from lib.observe import quit_on_signals
from lib.pictures.codec import Codec
from lib.stage import Flow
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.send import Send
from lib.wire.messages import Result, decode_job, encode

SEED_BITS, STRENGTH_BITS = 32, 16
SCALE = 10_000  # of a strength
TELLS = Squares(SEED_BITS + STRENGTH_BITS, across=8, side=16)
SMALLEST = Size(8 * 16, 6 * 16)


class Scaled(Engine):
    name, about = "scaled", "waits by pixels and steps"

    def __init__(self, delay_ms: float, pixels: int = 512 * 512, steps: int = 1) -> None:
        self._delay_s = delay_ms / 1000 / pixels / steps  # for each pixel and step

    def generate(self, frames: Frames, params: Params) -> Frames:
        count, height, width, _ = frames.shape
        made = max(1, int(params.num_inference_steps * params.strength))
        time.sleep(self._delay_s * count * height * width * made)
        return frames


class Told(NamedTuple):
    """What a picture says that it was made with."""

    seed: int
    strength: float


class Telltale(Engine):
    name, about = "telltale", "writes its parameters into the picture"

    def __init__(self, delay_ms: float = 0) -> None:
        self._delay_s = delay_ms / 1000

    def generate(self, frames: Frames, params: Params) -> Frames:
        time.sleep(self._delay_s)
        pictures = frames.copy()
        for one in pictures:
            TELLS.write(one, params.seed << STRENGTH_BITS | round(params.strength * SCALE))
        return pictures


def read(codec: Codec, jpg: bytes, size: Size) -> Told | None:
    """None: it is of another worker."""
    grey = codec.decode_grey(jpg, size, Size(size.width // 8, size.height // 8))
    scale = grey.shape[1] / size.width
    code = TELLS.read(grey, scale, scale)
    if code is None:
        return None
    seed, strength = divmod(code, 1 << STRENGTH_BITS)
    return Told(seed, strength / SCALE)


def sleep(
    context: zmq.Context[zmq.Socket[bytes]], number: int, options: argparse.Namespace
) -> None:
    """One of many."""
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.setsockopt(zmq.RCVHWM, 2)
    pull.connect(f"tcp://127.0.0.1:{options.job_port}")
    push.connect(f"tcp://127.0.0.1:{options.result_port}")
    while True:
        job = decode_job(pull.recv())
        time.sleep(options.delay_ms / 1000)
        for one in zip(job.timestamps, job.indices, job.frames, strict=True):
            push.send(encode(Result(*one, f"sleeper-{number}")))


def main() -> int:
    usual = {"workers": 64, "delay_ms": 50.0, "pixels": 512 * 512, "steps": 1}
    parser = flags(__doc__, **usual, job_port=5555, result_port=5558)
    parser.add_argument("kind", choices=["sleepers", "scaled", "telltale"])
    options = parser.parse_args()
    if options.kind == "sleepers":
        context = zmq.Context()
        for number in range(options.workers):
            args = (context, number, options)
            threading.Thread(target=sleep, args=args, daemon=True).start()
        threading.Event().wait()
    settings = WorkerSettings(
        _env_file=None,  # type: ignore[call-arg] # pydantic's own
        primary_hostname="127.0.0.1",
        job_port=options.job_port,
        result_port=options.result_port,
    )
    engine: Engine = Telltale(options.delay_ms)
    if options.kind == "scaled":
        engine = Scaled(options.delay_ms, options.pixels, options.steps)
    fetch = Fetch(settings)
    generate = Generate(engine, after=fetch)
    send = Send(settings, f"{options.kind}-{os.getpid()}", after=generate)
    return Flow(fetch, generate, send).run(quit_on_signals())


if __name__ == "__main__":
    raise SystemExit(main())
