"""Messages that are nearly right: the same ones for the same seed."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Sequence

import msgpack

from bench.pictures import claiming, flat
from lib.osc.packet import message as osc

GOOD, BOMB = flat(64), claiming(flat(64), 65_500, 65_500)

# What breaks parsers: lengths without end, numbers that are none, towers.
TOKENS = (
    *(head + b"\xff\xff\xff\xff" for head in (b"\xc6", b"\xdb", b"\xdd", b"\xdf", b"\xc9")),
    *(b"\xcb" + struct.pack(">d", value) for value in (float("nan"), float("inf"), -1e308, -1.0)),
    b"\xd3\x80" + bytes(7),
    b"\xcf" + b"\xff" * 8,
    b"\x91" * 60,
    b"\x81\xa1a" * 30,
    b"\xc0",
    b"\xc1",
    b"\xa3\xff\xfe\xfd",
    bytes(8),
    b"\xff" * 8,
    b"\xff\xda" * 40,
    b"\xff\xc0\x00\x11\x08\xff\xdc\xff\xdc\x03",
)


class Mutator:
    """Each number of a batch gives the same messages again."""

    def __init__(self, *seed: object) -> None:
        self.dice = random.Random("/".join(map(str, seed)))

    def some(self, samples: Sequence[bytes]) -> bytes:
        dice = self.dice
        one = bytearray(dice.choice(samples))
        kind, at = dice.randrange(12), dice.randrange(len(one) + 1)
        if kind == 0:
            return dice.randbytes(dice.randrange(300))
        if kind <= 4 and one:
            for _ in range(kind):
                one[dice.randrange(min(len(one), 200))] ^= 1 << dice.randrange(8)
        elif kind == 5:
            del one[at:]
        elif kind == 6:
            one[at:at] = dice.randbytes(dice.randrange(200))
        elif kind == 7:
            token = dice.choice(TOKENS)
            one[at : at + len(token)] = token
        elif kind == 8:
            one[at:] = dice.choice(samples)[-dice.randrange(1, 100) :]
        elif kind == 9:
            one[at:at] = one[at : at + dice.randrange(40)] * dice.randrange(1, 5)
        elif kind == 10:
            one[at:at] = dice.choice(TOKENS)
        return bytes(one)


def results() -> list[bytes]:
    fields: list[dict[str, object]] = [
        {},
        {"jpg": BOMB},
        {"jpg": GOOD[: len(GOOD) // 2]},
        {"jpg": GOOD[:-2] + b"\xff\xda" * 99 + GOOD[-2:]},
        {"timestamp": float("nan")},
        {"timestamp": float("-inf"), "index": -5},
        {"timings": {"engine": 1.5, "x" * 40: -1.0}},
        {"worker_id": "w" * 70, "engine": "e" * 70},
        {"jpg": "text", "index": "seven"},
    ]
    base = {"timestamp": 1.7e9, "index": 7, "jpg": GOOD, "worker_id": "w"}
    maps = [bytes(msgpack.packb(base | more)) for more in fields]
    return [*maps, bytes(msgpack.packb([1.7e9, 7, GOOD])), bytes(msgpack.packb([1, 2]))]


def jobs() -> list[bytes]:
    settings = {"prompt": "a whale", "seed": 3, "resolution": 64, "mix": [["a", 0.5], ["b", 0.5]]}
    base = {"timestamps": [1.5], "indices": [7], "frames": [GOOD], "settings": settings}
    fields: list[dict[str, object]] = [
        {},
        {"timestamps": [1.0, 2.0]},
        {"settings": settings | {"resolution": "1024x512", "strength": 0.1}},
        {"settings": settings | {"num_inference_steps": 10**9, "strength": float("nan")}},
        {"settings": settings | {"prompt": "x" * 5000}},
        {"frames": [BOMB]},
        {"frames": [GOOD[:300]]},
    ]
    return [bytes(msgpack.packb(base | more)) for more in fields]


def pictures() -> list[bytes]:
    rows: list[list[object]] = [[1, 2, GOOD], [1.5, -1, GOOD], [2**60, 1, BOMB], [1, 2, GOOD[:99]]]
    return [bytes(msgpack.packb(row)) for row in rows]


def packets() -> list[bytes]:
    """OSC. What it plays is harmless."""
    bundle = b"#bundle\0" + bytes(7) + b"\1"
    one = osc("/opacity", 1.0)
    part = struct.pack(">i", len(one)) + one
    return [
        one,
        osc("/seed", 2**40),
        osc("/prompt", "a tower"),
        osc("/blend", "a", "b", 0.5),
        osc("/opacity", float("nan")),
        osc("/nowhere/at/all", 1),
        bundle + part * 3,
        bundle + struct.pack(">i", -4) + part,
        bundle * 12,
    ]


def requests() -> list[bytes]:
    lines = (
        "GET /status", "GET /params", "GET /seed/99999999999999999999999", "GET /batch_size/0",
        "GET /strength/nan", "GET /prompt/why?%00#%ff", "GET /../../etc/passwd", "HEAD /healthz",
        "PUT /presets/a%2fb", "DELETE /presets/none", "POST /undo", "GET /metrics", "TRACE /",
    )  # fmt: skip
    asked = [f"{line} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for line in lines]
    odd = (b'{"seed": 1}', b'{"seed": NaN}', b"[" * 500, b'{"prompt": "\\ud800"}', b"\xff" * 99)
    for body in odd:
        head = b"PATCH /params HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
        asked.append(head % len(body) + body)
    asked.append(
        b"PATCH /params HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\n{}   \r\nfffffffffff\r\n"
    )
    return asked


def page_messages() -> list[bytes]:
    facts: list[object] = [
        {"type": "ping"},
        {"type": "seen"},
        {"type": "preview", "fps": 1e308},
        {"type": "play", "id": 1, "change": {"opacity": 1}},
        {"type": "play", "id": [], "change": {"seed": 1e400}, "glide_ms": -1},
        {"type": "play", "change": {"prompt": "\ud800"}},
        {"type": "undo", "id": "x" * 900},
        [[[[[]]]]],
        None,
    ]
    return [json.dumps(one).encode() for one in facts]
