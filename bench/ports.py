"""Ports that nobody uses at the moment.

They lie below the range that the system gives to outgoing connections, each process of the tests
that run at the same time has a stretch of its own, and none is handed out again before the stretch
is through: between here and the binding nobody else comes upon them, nor while a program that is
killed is away.
"""

from __future__ import annotations

import os
import random
import socket
from contextlib import ExitStack, suppress

LOCAL = "127.0.0.1"
STRETCH = 4000
_first = 12000 + STRETCH * (
    int(os.environ.get("PYTEST_XDIST_WORKER", "gw3").removeprefix("gw")) % 5
)
_at = random.randrange(STRETCH)


def free_ports(number: int) -> list[int]:
    with ExitStack() as held:
        ports: list[int] = []
        while len(ports) < number:
            one = held.enter_context(socket.socket())
            with suppress(OSError):  # somebody is there
                one.bind((LOCAL, _another()))
                ports.append(int(one.getsockname()[1]))
        return ports


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind((LOCAL, 0))
        return int(one.getsockname()[1])


def _another() -> int:
    global _at  # noqa: PLW0603 - one walk for the whole process
    _at = (_at + 1) % STRETCH
    return _first + _at
