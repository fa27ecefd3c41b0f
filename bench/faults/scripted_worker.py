"""A worker that anybody could have written (PULL, PUSH, msgpack), and that does what it is told.

Each line of its input is an order:

    delay 125       milliseconds that each frame takes
    hold 700        milliseconds that each answer is kept back, while it goes on with the next
    lie twice       what it answers, by a name of LIES; `lie` alone: the truth
"""

from __future__ import annotations

import heapq
import os
import sys
import time
from itertools import count

import msgpack
import zmq

from bench.faults.wrong_answers import LIES, Lie, result
from bench.processes import flags

TURN_MS = 5


class ScriptedWorker:
    def __init__(self, name: str, delay_ms: float) -> None:
        self.name, self._delay_s, self._hold_s = name, delay_ms / 1000, 0.0
        self._lie: Lie | None = None
        self._held: list[tuple[float, int, list[bytes]]] = []  # due when, in which order, what
        self._order = count()

    def obey(self, words: str) -> None:
        what, _, how = words.partition(" ")
        if what == "delay":
            self._delay_s = float(how) / 1000
        elif what == "hold":
            self._hold_s = float(how) / 1000
        elif what == "lie":
            self._lie = LIES[how] if how else None
        else:
            raise ValueError(f"no order: {words}")

    def take(self, message: bytes) -> None:
        job = msgpack.unpackb(message)
        time.sleep(self._delay_s)
        for one in zip(job["timestamps"], job["indices"], job["frames"], strict=True):
            said = self._lie(*one) if self._lie else [result(*one, self.name)]
            due_s = time.monotonic() + self._hold_s
            heapq.heappush(self._held, (due_s, next(self._order), said))

    def due(self) -> list[bytes]:
        found: list[bytes] = []
        while self._held and self._held[0][0] <= time.monotonic():
            found += heapq.heappop(self._held)[2]
        return found


def main() -> int:
    parser = flags(__doc__, worker_id="scripted", delay_ms=0.0, job_port=5555, result_port=5558)
    options = parser.parse_args()
    worker = ScriptedWorker(options.worker_id, options.delay_ms)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    jobs, results = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    jobs.setsockopt(zmq.RCVHWM, 2)
    jobs.connect(f"tcp://127.0.0.1:{options.job_port}")
    results.connect(f"tcp://127.0.0.1:{options.result_port}")
    poller, orders = zmq.Poller(), sys.stdin.fileno()
    poller.register(jobs, zmq.POLLIN)
    poller.register(orders, zmq.POLLIN)
    os.set_blocking(orders, False)
    print(f"worker {worker.name}, engine: scripted", file=sys.stderr, flush=True)
    try:
        while True:
            events = dict(poller.poll(TURN_MS))
            if orders in events:
                said = os.read(orders, 65536)
                if not said:
                    return 0  # the program that gave the orders is gone
                for words in said.decode().splitlines():
                    worker.obey(words)
            if jobs in events:
                worker.take(jobs.recv())
            for message in worker.due():
                results.send(message, zmq.NOBLOCK)
    except zmq.Again:
        return 1  # nobody takes the answers: its supervisor starts it again
    finally:
        context.destroy(linger=0)


if __name__ == "__main__":
    raise SystemExit(main())
