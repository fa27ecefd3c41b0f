"""The floor: two pyzmq PUSH/PULL hops on loopback with one decode and one encode between them.

Nothing else is done: no checks, no order, no choice of worker. At 0 fps the sender sends as fast
as the queues allow. The module itself is its worker.
"""

from __future__ import annotations

import os
import sys
import time

import msgpack
import zmq

from bench.pictures import QUALITY, picture
from bench.processes import Programs, cpu_s
from bench.report import percentiles
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
    poller = zmq.Poller()
    poller.register(pull, zmq.POLLIN)
    if fps == 0:
        push.setsockopt(zmq.SNDHWM, 4)
        poller.register(push, zmq.POLLOUT)
    jobs = f"tcp://127.0.0.1:{push.bind_to_random_port('tcp://127.0.0.1')}"
    results = f"tcp://127.0.0.1:{pull.bind_to_random_port('tcp://127.0.0.1')}"
    jpgs = [picture(number) for number in range(16)]
    latencies: list[float] = []
    sent, start_s, cpu_before = 0, 0.0, 0.0
    with Programs() as programs:
        for _ in range(workers):
            programs.start("-m", "bench.cost.bare", jobs, results)
        pids = [os.getpid(), *programs.pids]
        next_s = time.monotonic()
        warm_until = next_s + 1.5
        while not start_s or time.monotonic() <= start_s + seconds:
            now_s = time.monotonic()
            if not start_s and now_s > warm_until:
                start_s, cpu_before, latencies = now_s, cpu_s(pids), []
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
        frames, span_s, used = len(latencies), time.monotonic() - start_s, cpu_s(pids) - cpu_before
    cpu_ms = 1000 * used / max(frames, 1)
    return {"fps": frames / span_s, "cpu_ms": cpu_ms, **percentiles(latencies)}


if __name__ == "__main__":
    worker(*sys.argv[1:])
