"""Connections of programs that have no business there: rubbish, silence, wrong messages."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

import msgpack
import zmq

from bench.faults.limits import Limits
from bench.faults.stage import Stage
from bench.faults.table import fault

EVERY_S = 0.03  # between two connections
RUBBISH = (
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)),  # TLS
    b"\xff" * 400,
    b"\x00" * 400,
    b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f" + b"\x03\x00NULL" + b"\x00" * 600,  # ZMTP, at first
    os.urandom(5000),
)
IDLE = 30
KEPT = 200  # connections that are held open at once
PORTS = {5555: "job_port", 5557: "output_port", 5558: "result_port"}


@contextmanager
def _knocking(port: int) -> Iterator[None]:
    """One connection after the other, each with rubbish of another kind, and held open."""
    over = threading.Event()

    def knock() -> None:
        with ExitStack() as held:
            for number in range(10**9):
                if over.wait(EVERY_S):
                    return
                with suppress(OSError):
                    one = held.enter_context(socket.create_connection(("127.0.0.1", port), 1))
                    one.sendall(RUBBISH[number % len(RUBBISH)])
                if number % KEPT == KEPT - 1:
                    held.close()

    thread = threading.Thread(target=knock, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


SAYS = {
    5555: "the job port refused ",
    5557: "the feed refused ",
    5558: "the result port refused ",
}
HEARD_OUT_S = 2.0  # who says nothing is waited for: he may be slow


def _rubbish(number: int, flag: str) -> None:
    limits = Limits(lost=2, given_up=0, silence_ms=100, normal_s=1, says=SAYS[number])

    @fault(
        f"rubbish {number}",
        f"rubbish connections to port {number}",
        limits,
        lasts_s=2.3,
        soak=True,
        shares=True,
    )
    def strike(stage: Stage) -> Iterator[None]:
        stage.struck()
        with _knocking(stage.ports[flag]):
            yield

    patient = replace(limits, words_s=HEARD_OUT_S + limits.words_s)

    @fault(
        f"idle {number}",
        f"{IDLE} idle connections to port {number}",
        patient,
        lasts_s=3.5,
        shares=True,
        soak=True,
    )
    def idle(stage: Stage) -> Iterator[None]:
        stage.struck()
        with ExitStack() as held:
            for _ in range(IDLE):
                held.enter_context(socket.create_connection(("127.0.0.1", stage.ports[flag]), 1))
            yield


for _number, _flag in PORTS.items():
    _rubbish(_number, _flag)


@fault(
    "wrong results",
    "200 messages a second to port 5558 that are no results",
    Limits(lost=2, given_up=0, silence_ms=100, normal_s=1, says="could not be read as results"),
    lasts_s=2.3,
    soak=True,
    shares=True,
)
def wrong_results(stage: Stage) -> Iterator[None]:
    over = threading.Event()

    def push() -> None:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        out = context.socket(zmq.PUSH)
        out.connect(f"tcp://127.0.0.1:{stage.ports['result_port']}")
        messages = [
            b"",
            os.urandom(100),
            msgpack.packb({"index": 1}),
            msgpack.packb([1, 2]),
            msgpack.packb([None] * 100_000),
            msgpack.packb([1.5, 7, b"rubbish"]),
        ]
        number = 0
        while not over.wait(0.005):
            with suppress(zmq.Again):
                out.send(messages[number % len(messages)], zmq.NOBLOCK)
            number += 1
        context.destroy(linger=0)

    stage.struck()
    thread = threading.Thread(target=push, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
