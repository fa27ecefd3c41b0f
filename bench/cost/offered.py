"""Another program that publishes pictures for `--mode zmq`, at rates that change: the load."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack

from bench.pictures import picture
from lib.observe import quit_on_signals
from lib.wire.messages import Packer
from lib.wire.sockets import feed_out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--start_s", type=float, default=0, help="when the plan begins, on the monotonic clock"
    )
    parser.add_argument(
        "--plan", default="3600:30", help="seconds:fps,seconds:fps and so on; the last rate stays"
    )
    options = parser.parse_args()
    plan = [tuple(map(float, part.split(":"))) for part in options.plan.split(",")]
    jpgs = [picture(number) for number in range(16)]
    quit_event, packer, number = quit_on_signals(), Packer(), 0
    with ExitStack() as resources:
        feed = feed_out(resources, "127.0.0.1", options.port, 240)
        due_s = time.monotonic()
        while not quit_event.wait(max(0.0, due_s - time.monotonic())):
            feed.send(packer.picture(int(time.time() * 1000), number, jpgs[number % 16]))
            number += 1
            due_s += 1 / _rate(plan, due_s - (options.start_s or due_s))
    return 0


def _rate(plan: list[tuple[float, ...]], at_s: float) -> float:
    for seconds, fps in plan:
        at_s -= seconds
        if at_s < 0:
            return fps
    return plan[-1][1]


if __name__ == "__main__":
    raise SystemExit(main())
