"""Growing waits between the failures of a unit, kept in its directory under /run.

    python -m lib.ops.units.wait before    ExecStartPre: waits as long as its failures ask for
    python -m lib.ops.units.wait after     ExecStopPost: notes how the unit ended

A unit that is stopped or restarted by hand does not wait: that is no failure, and an interrupted
wait resets the count.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

from lib.files import read_text

WAITS_S = (0, 0, 1, 2, 5, 10, 30, 60)  # before the next start, by the number of failures in a row
HEALTHY_S = 60.0  # a failure after so long a run counts as the first


class StartHistory(NamedTuple):
    """The record of a unit's starts."""

    failures: int = 0  # in a row
    started_s: float = 0.0  # since boot

    @property
    def wait_s(self) -> float:
        return WAITS_S[min(self.failures, len(WAITS_S) - 1)]

    def ended(self, result: str, now_s: float) -> StartHistory:
        if result == "success":
            return StartHistory()
        healthy = now_s - self.started_s >= HEALTHY_S
        return StartHistory(1 if healthy else self.failures + 1, self.started_s)


def read(path: Path) -> StartHistory:
    try:
        failures, started_s = json.loads(read_text(path))
        return StartHistory(max(0, int(failures)), float(started_s))
    except (OSError, ValueError, TypeError):  # the first start, or half a file
        return StartHistory()


def main(argv: list[str]) -> int:
    path = Path(os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0] or ".") / "starts.json"
    story = read(path)
    if argv == ["before"]:
        if story.wait_s:
            said = f"{story.failures} failures in a row: waiting {story.wait_s:g} s"
            sys.stderr.write(said + "\n")
            time.sleep(story.wait_s)  # SIGTERM ends it, as it should
        story = StartHistory(story.failures, time.monotonic())
    elif argv == ["after"]:
        story = story.ended(os.environ.get("SERVICE_RESULT", ""), time.monotonic())
    else:
        sys.stderr.write("lib.ops.units.wait: say before or after\n")
        return 2
    path.write_text(json.dumps(story), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
