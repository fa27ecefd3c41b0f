"""Kills a process that writes all the time, again and again, and looks at what is left.

Run by test_store.py in a process of its own, which has no threads and so may fork.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from lib.control import store
from lib.control.notices import Notices

ROUNDS = 20


def write_for_ever(folder: Path, first: int) -> None:
    store.WRITE_EVERY_S = 0
    keeper = store.Store(folder, Notices())
    keeper.start()
    number = first
    while True:
        number += 1
        keeper.put("played.json", {"number": number, "filling": "x" * (number % 7 * 20_000)})
        keeper.append(store.JOURNAL, f'{{"number": {number}, "filling": "{"y" * 300}"}}')
        time.sleep(0.0005)


def main(folder: Path) -> None:
    dice = random.Random(5)
    last = lines = 0
    for _ in range(ROUNDS):
        child = os.fork()
        if not child:
            write_for_ever(folder, last)
        time.sleep(dice.uniform(0.005, 0.05))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        notices = Notices()
        keeper = store.Store(folder, notices)
        document = keeper.read("played.json")
        if document is not None:
            assert isinstance(document, dict)
            assert document["number"] >= last, (document["number"], last)
            assert len(document["filling"]) == document["number"] % 7 * 20_000
            last = document["number"]
        lines = max(lines, len(keeper.last_lines(store.JOURNAL, 100_000)))
        assert notices.current == [], notices.current
        keeper.start()
        keeper.stop()
    print(last, lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
