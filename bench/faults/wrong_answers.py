"""Wrong answers of a worker: what each makes of a job's stamp, index and picture.

An answer is what goes over the wire, already packed. An honest one is `result(...)` alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeAlias

import msgpack

from bench.pictures import SIDE, claiming, flat

Lie: TypeAlias = Callable[[float, int, bytes], list[bytes]]

BOMB = 60_000  # pixels a side


def result(timestamp: float, index: int, jpg: bytes, name: str = "liar") -> bytes:
    message = {"timestamp": timestamp, "index": index, "jpg": jpg, "worker_id": name}
    return bytes(msgpack.packb(message))


LIES: dict[str, Lie] = {
    "nothing said": lambda *_: [],
    "rubbish": lambda t, i, _: [result(t, i, b"rubbish")],
    "another size": lambda t, i, _: [result(t, i, flat(SIDE // 2))],
    "cut off": lambda t, i, jpg: [result(t, i, jpg[:-20])],
    "a bomb": lambda t, i, jpg: [result(t, i, claiming(jpg, BOMB, BOMB))],
    "another index": lambda t, i, jpg: [result(t, i + 1, jpg)],
    "another stamp": lambda t, i, jpg: [result(t + 1, i, jpg)],
    "twice": lambda t, i, jpg: [result(t, i, jpg)] * 2,
    "noise": lambda *_: [os.urandom(200)],
}
