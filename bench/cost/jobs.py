"""A primary in one loop: sends jobs to one worker as fast as they come back, and counts."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

import msgspec
import zmq

from bench.pictures import picture
from bench.ports import free_ports
from bench.processes import Ending
from lib.wire.messages import JobSettings, Packer

AHEAD = 3  # batches on their way, as the primary's window for a fast worker has it
PATIENCE_S = 600.0  # until the first picture: compiling takes minutes


def worker_fps(
    settings: Mapping[str, str], batch: int, size: int, steps: int, seconds: float
) -> float:
    """Frames a second that came back as JPEG."""
    job_port, result_port = free_ports(2)
    context = zmq.Context()
    push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
    flags = {**settings, "engine": "turbo", "warmup": f"{batch}x{size}x{size}x3"}
    flags |= {"job_port": str(job_port), "result_port": str(result_port)}
    how = JobSettings(prompt="glass", num_inference_steps=steps, strength=1.0, batch_size=batch)
    with Ending() as ending:
        push.bind(f"tcp://127.0.0.1:{job_port}")
        pull.bind(f"tcp://127.0.0.1:{result_port}")
        command = [sys.executable, "transform.py", *(f"--{k}={v}" for k, v in flags.items())]
        ending.start(command, quiet=True)
        try:
            return _count(push, pull, msgspec.msgpack.encode(how), batch, size, seconds)
        finally:
            context.destroy(linger=0)


def _count(  # noqa: PLR0913, PLR0917 - the loop's whole world
    push: zmq.Socket[bytes],
    pull: zmq.Socket[bytes],
    how: bytes,
    batch: int,
    size: int,
    seconds: float,
) -> float:
    jpgs = [picture(number, size, size) for number in range(8)]
    packer, sent, came = Packer(), 0, 0
    started_s, counted, end_s = 0.0, 0, time.monotonic() + PATIENCE_S
    while (now_s := time.monotonic()) < end_s:
        while sent - came < AHEAD * batch:
            numbers = list(range(sent, sent + batch))
            frames = [jpgs[number % 8] for number in numbers]
            push.send(bytes(packer.job([time.time()] * batch, numbers, frames, how)))
            sent += batch
        if pull.poll(100):
            pull.recv()
            came += 1
            if not started_s and came >= 4 * AHEAD * batch:  # its first ones warmed it up
                started_s, counted, end_s = now_s, came, now_s + seconds
    if not started_s:
        raise RuntimeError("the worker gave nothing back")
    return (came - counted) / (time.monotonic() - started_s)
