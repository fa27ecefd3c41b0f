"""The floor: two pyzmq PUSH/PULL hops on loopback with one decode and one encode between them.

    python -m bench.cost.bare --fps 60 --workers 1 --seconds 5

Nothing else is done: no checks, no order, no choice of worker. With --fps 0 the sender sends as
fast as the queues allow.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time

import msgpack
import zmq

from bench.pictures import QUALITY, picture
from bench.processes import Ending, cpu_s, percentiles
from lib.pictures.codec import open_codec


def worker(jobs: str, results: str) -> None:
    context = zmq.Context()
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.connect(jobs)
    push.connect(results)
    codec = open_codec()
    while True:
        stamp, index, jpg = msgpack.unpackb(pull.recv())
        push.send(msgpack.packb((stamp, index, codec.encode(codec.decode(jpg), QUALITY))))


def run(fps: float, workers: int, seconds: float) -> dict[str, float]:
    """Frames a second, CPU milliseconds a frame of both sides, latency percentiles."""
    context = zmq.Context()
    push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    if fps == 0:
        push.setsockopt(zmq.SNDHWM, 4)
    jobs = f"tcp://127.0.0.1:{push.bind_to_random_port('tcp://127.0.0.1')}"
    results = f"tcp://127.0.0.1:{pull.bind_to_random_port('tcp://127.0.0.1')}"
    jpgs = [picture(number) for number in range(16)]
    with Ending() as ending:
        for _ in range(workers):
            ending.start([sys.executable, "-m", "bench.cost.bare", "--worker", jobs, results])
        return _measure(push, pull, jpgs, fps, seconds, [os.getpid(), *ending.pids])


def _measure(  # noqa: PLR0913, PLR0917 - the loop's whole world
    push: zmq.Socket[bytes],
    pull: zmq.Socket[bytes],
    jpgs: list[bytes],
    fps: float,
    seconds: float,
    pids: list[int],
) -> dict[str, float]:
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    if fps == 0:
        poller.register(push, zmq.POLLOUT)
    latencies: list[float] = []
    sent = 0
    warm_until = time.monotonic() + 1.5
    start_s = cpu_before = 0.0
    next_s = time.monotonic()
    while True:
        now_s = time.monotonic()
        if not start_s and now_s > warm_until:
            start_s, cpu_before, latencies = now_s, cpu_s(pids), []
        if start_s and now_s > start_s + seconds:
            break
        wait_ms = 100.0 if fps == 0 else max(0.0, (next_s - now_s) * 1000)
        if 0 < wait_ms < 1:  # the poller knows whole milliseconds only, and would spin on 0
            time.sleep(wait_ms / 1000)
            wait_ms = 0
        ready = dict(poller.poll(wait_ms))
        if pull in ready:
            stamp, _, _ = msgpack.unpackb(pull.recv())
            latencies.append(time.time() * 1000 - stamp)
        if push in ready or (fps and time.monotonic() >= next_s):
            # Whole milliseconds, as the public feed stamps them, so that latencies compare.
            push.send(msgpack.packb((int(time.time() * 1000), sent, jpgs[sent % len(jpgs)])))
            sent += 1
            next_s += 1 / fps if fps else 0
    frames, span_s = len(latencies), time.monotonic() - start_s
    return {
        "fps": frames / span_s,
        "cpu_ms": 1000 * (cpu_s(pids) - cpu_before) / max(frames, 1),
        **percentiles(latencies),
    }


def main() -> int:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worker", nargs=2, metavar="ADDRESS", help=argparse.SUPPRESS)
    parser.add_argument("--fps", type=float, default=60)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    if options.worker:
        worker(*options.worker)
    print(json.dumps(run(options.fps, options.workers, options.seconds)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
