"""A worker that stands for a GPU: it waits as long as pixels and steps say, then hands frames back.

The time is `delay_ms` for a frame of `pixels` in `steps` steps, and in proportion for others. A
real engine has a part that follows neither, and gets ready for a size that is new to it; neither is
in here. Decoding, enlarging and encoding are the worker's own.
"""

from __future__ import annotations

import argparse
import os
import time

from lib.config.params import Params
from lib.config.settings import Worker
from lib.engine.engine import Engine, Frames
from lib.observe import quit_on_signals
from lib.stage import Flow
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.send import Send


class Scaled(Engine):
    name, about = "scaled", "waits by pixels and steps"

    def __init__(self, delay_ms: float, pixels: int = 512 * 512, steps: int = 1) -> None:
        self._delay_s = delay_ms / 1000 / pixels / steps  # for each pixel and step

    def generate(self, frames: Frames, params: Params) -> Frames:
        count, height, width, _ = frames.shape
        made = max(1, int(params.num_inference_steps * params.strength))
        time.sleep(self._delay_s * count * height * width * made)
        return frames


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay_ms", type=float, default=50)
    parser.add_argument("--pixels", type=int, default=512 * 512)
    parser.add_argument("--steps", type=int, default=1)
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
    generate = Generate(Scaled(options.delay_ms, options.pixels, options.steps), after=fetch)
    send = Send(settings, f"scaled-{os.getpid()}", after=generate)
    return Flow(fetch, generate, send).run(quit_on_signals())


if __name__ == "__main__":
    raise SystemExit(main())
