"""What the safety check of a picture costs a worker: `python -m bench.cost.look`.

Median and range of several runs, in milliseconds: by the clock, and of processor time (all of
the process, so that other programs on the machine do not count).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

from lib.core.geometry import Size
from lib.engine.judge import LOOKS_AT, Judge, blurred
from lib.pictures.codec import open_codec
from lib.scene.lake_walk import LakeWalk

TIMES, RUNS = 40, 7
SIZES = (Size(512, 512), Size(1024, 576))


def main() -> int:
    judge, codec = Judge(), open_codec()
    for size in SIZES:
        picture = LakeWalk(size).draw(1.0)
        jpg = codec.encode(picture, 85)
        measure(f"{size} look", partial(judge.score, picture))
        measure(f"{size} read a passing frame", partial(codec.decode_scaled, jpg, size, LOOKS_AT))
        measure(f"{size} blur", partial(blurred, picture, size))
    return 0


def measure(name: str, work: Callable[[], object]) -> None:
    clock, processor = [], []
    for _ in range(RUNS):
        each = []
        cpu_s = time.process_time()
        for _ in range(TIMES):
            before = time.perf_counter()
            work()
            each.append((time.perf_counter() - before) * 1e3)
        processor.append((time.process_time() - cpu_s) / TIMES * 1e3)
        clock.append(statistics.median(each))
    print(f"{name:<32} clock {_range(clock)} ms, processor {_range(processor)} ms")


def _range(figures: list[float]) -> str:
    return f"{statistics.median(figures):.2f} ({min(figures):.2f} to {max(figures):.2f})"


if __name__ == "__main__":
    raise SystemExit(main())
