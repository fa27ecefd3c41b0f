"""A viewer of the feed that writes down each message, in a process of its own.

    python -m bench.faults.history --port 5557 --out history.csv

A line each: when it came (monotonic seconds), how old it was, its stamp and index, the number that
its picture carries (-1: none), its bytes and its size in pixels (0: it does not decode).
"""

from __future__ import annotations

import time
from dataclasses import astuple, dataclass
from pathlib import Path

import zmq

from bench.pictures import read
from bench.processes import flags
from lib.observe import quit_on_signals
from lib.pictures.codec import Codec, open_codec
from lib.wire.messages import WireError, decode_picture

HEAD = "came_s,latency_ms,stamp_ms,index,number,bytes,width,height"
WAITING = 2000  # messages: a moment without a processor must not cost the viewer any


@dataclass(frozen=True)
class Line:
    """One message of the feed."""

    came_s: float
    latency_ms: float
    stamp_ms: int
    index: int
    number: int
    bytes: int
    width: int
    height: int

    def text(self) -> str:
        came, age, *rest = astuple(self)
        return ",".join([f"{came:.6f}", f"{age:.2f}", *map(str, rest)])


def parse(text: str) -> Line:
    came, latency, *rest = text.split(",")
    return Line(float(came), float(latency), *map(int, rest))


class History:
    """The file as far as it is written; read on whenever it is asked."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("r", encoding="ascii")
        self._part = ""
        self.lines: list[Line] = []
        self.close = self._file.close

    def read(self) -> list[Line]:
        *whole, self._part = (self._part + self._file.read()).split("\n")
        self.lines += [parse(text) for text in whole if text and text != HEAD]
        return self.lines

    def between(self, since_s: float, until_s: float = float("inf")) -> list[Line]:
        return [line for line in self.read() if since_s <= line.came_s <= until_s]


def line_of(codec: Codec, message: bytes, came_s: float, wall_s: float) -> Line:
    try:
        seen = decode_picture(message)
    except WireError:
        return Line(came_s, 0, 0, -1, -1, len(message), 0, 0)
    size, number = read(codec, seen.jpg)
    width, height = (size.width, size.height) if size else (0, 0)
    age_ms, known = 1000 * wall_s - seen.timestamp, -1 if number is None else number
    what = (seen.timestamp, seen.index, known, len(seen.jpg))
    return Line(came_s, age_ms, *what, width, height)


def main() -> int:
    options = flags(__doc__, port=5557, out=Path("history.csv")).parse_args()
    codec, quit_event = open_codec(), quit_on_signals()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    feed = context.socket(zmq.SUB)
    feed.setsockopt(zmq.RCVHWM, WAITING)
    feed.setsockopt(zmq.SUBSCRIBE, b"")
    feed.connect(f"tcp://127.0.0.1:{options.port}")
    with options.out.open("w", encoding="ascii", buffering=1) as out:
        print(HEAD, file=out)
        while not quit_event.is_set():
            if feed.poll(100):
                message = feed.recv()
                print(line_of(codec, message, time.monotonic(), time.time()).text(), file=out)
    context.destroy(linger=0)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
