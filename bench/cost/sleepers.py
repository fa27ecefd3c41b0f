"""Many workers in one process: each takes a job, waits, and hands the frame back as it came.

They stand for GPUs elsewhere: what they cost is no more than receiving and sending.
"""

from __future__ import annotations

import argparse
import threading
import time

import zmq

from lib.wire.messages import Result, decode_job, encode


def sleeper(context: zmq.Context[zmq.Socket[bytes]], number: int, jobs: str, results: str,
            delay_s: float) -> None:  # fmt: skip
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.setsockopt(zmq.RCVHWM, 2)
    pull.connect(jobs)
    push.connect(results)
    while True:
        job = decode_job(pull.recv())
        time.sleep(delay_s)
        for one in zip(job.timestamps, job.indices, job.frames, strict=True):
            push.send(encode(Result(*one, f"sleeper-{number}")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--delay_ms", type=float, default=50)
    parser.add_argument("--job_port", type=int, default=5555)
    parser.add_argument("--result_port", type=int, default=5558)
    options = parser.parse_args()
    context = zmq.Context()
    jobs = f"tcp://127.0.0.1:{options.job_port}"
    results = f"tcp://127.0.0.1:{options.result_port}"
    for number in range(options.workers):
        args = (context, number, jobs, results, options.delay_ms / 1000)
        threading.Thread(target=sleeper, args=args, daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
