"""Changes of parameters through three doors at once, more than any hand makes.

    python -m bench.hostile.flood --port 5556 --osc_port 8000 --rate 2000 --seconds 3

A process of its own. It prints as JSON what was asked of each door and what came back.
"""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction

import websockets.exceptions
import websockets.sync.client
from pythonosc.osc_message_builder import build_msg

from bench.asking import Asker, RefusedError
from bench.ports import LOCAL
from bench.processes import flags
from lib.core.pacer import SECOND_NS, Pacer

ANSWER_S = 5.0
SHARES = {"http": 0.2, "live": 0.6, "osc": 0.2}  # one after the other, HTTP does no more
BURST = 20  # changes at once, since a thread is not woken two thousand times a second


def beats(rate: float, seconds: float) -> Iterator[None]:
    """So many a second, in small bursts; what was missed is not caught up with."""
    pacer = Pacer(Fraction(rate / BURST), time.monotonic_ns())
    end_ns = time.monotonic_ns() + int(seconds * SECOND_NS)
    while time.monotonic_ns() < end_ns:
        yield from (None for _ in range(BURST))
        pacer.advance(time.monotonic_ns())
        time.sleep(max(0, pacer.due_ns - time.monotonic_ns()) / SECOND_NS)


class Flood:
    """Each method is a door, and a thread."""

    def __init__(self, port: int, osc_port: int, rate: float, seconds: float) -> None:
        self._port, self._osc_port = port, osc_port
        self._rate, self._seconds = rate, seconds
        self.found: dict[str, Counter[str]] = {}

    def run(self) -> None:
        doors: list[Callable[[Counter[str]], None]] = [self._http, self._live, self._osc]
        threads = []
        for door in doors:
            counts = self.found.setdefault(door.__name__.strip("_"), Counter())
            threads.append(threading.Thread(target=door, args=(counts,), daemon=True))
            threads[-1].start()
        for thread in threads:
            thread.join(self._seconds + ANSWER_S)

    def _http(self, counts: Counter[str]) -> None:
        """All in a row on one connection: one that does not read the answers is refused sooner."""
        line = Asker(self._port, timeout_s=ANSWER_S)
        dice = random.Random(1)
        for _ in beats(SHARES["http"] * self._rate, self._seconds):
            counts["asked"] += 1
            try:
                line.ask("PATCH", "/params", {"seed": dice.randrange(1 << 31)})
                counts["200"] += 1
            except RefusedError as refusal:
                counts[str(refusal.status)] += 1
            except OSError:
                counts["failed"] += 1
        line.close()

    def _live(self, counts: Counter[str]) -> None:
        url = f"ws://{LOCAL}:{self._port}/live"
        dice = random.Random(2)
        with websockets.sync.client.connect(url, compression=None, max_size=2**24) as line:
            reader = threading.Thread(target=self._read, args=(line, counts), daemon=True)
            reader.start()
            line.send(json.dumps({"type": "preview", "fps": 0}))
            try:
                for number, _ in enumerate(beats(SHARES["live"] * self._rate, self._seconds)):
                    counts["asked"] += 1
                    change = {"strength": round(dice.random(), 3)}
                    line.send(json.dumps({"type": "play", "id": number, "change": change}))
            except websockets.exceptions.ConnectionClosed:
                counts["closed"] += 1
            reader.join(1.0)

    @staticmethod
    def _read(line: websockets.sync.client.ClientConnection, counts: Counter[str]) -> None:
        with suppress(websockets.exceptions.ConnectionClosed):
            for text in line:
                facts = json.loads(text) if isinstance(text, str) else {"type": "picture"}
                if facts["type"] == "answer":
                    counts["played" if facts["ok"] else "refused"] += 1

    def _osc(self, counts: Counter[str]) -> None:
        dice = random.Random(3)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            for _ in beats(SHARES["osc"] * self._rate, self._seconds):
                counts["asked"] += 1
                change = build_msg("/blend", round(dice.random(), 3))
                line.sendto(change.dgram, (LOCAL, self._osc_port))


def main() -> None:
    options = flags(__doc__, port=5556, osc_port=8000, rate=2000.0, seconds=3.0).parse_args()
    flood = Flood(options.port, options.osc_port, options.rate, options.seconds)
    flood.run()
    print(json.dumps(flood.found))


if __name__ == "__main__":
    main()
