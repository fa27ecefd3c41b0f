"""Far more changes than any hand makes, through every door."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from bench.cost.doors import free_udp_port
from bench.faults.limits import Limits
from bench.faults.stage import Stage
from bench.faults.table import fault
from bench.processes import ROOT

RATE, SECONDS = 2000, 6
LAST = {"seed": 77, "strength": 0.25, "blend": 0.5}


@contextmanager
def with_osc(stage: Stage) -> Iterator[None]:
    stage.osc_port = free_udp_port()
    yield


@fault(
    "flood of changes",
    f"{RATE} changes of parameters a second for {SECONDS} s, over PATCH, WebSocket and OSC",
    Limits(
        lost=2, silence_ms=100, normal_s=1, why_silent="nothing is wrong: who asks is told, by 429"
    ),
    lasts_s=0,
    watch_s=3,
    setting=with_osc,
)
def flood_of_changes(stage: Stage) -> Iterator[None]:
    ports = ["--port", str(stage.ports["settings_port"]), "--osc_port", str(stage.osc_port)]
    much = ["--rate", str(RATE), "--seconds", str(SECONDS)]
    stage.struck()
    done = subprocess.run(
        [sys.executable, "-m", "bench.faults.flood", *ports, *much],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = {door: Counter(counts) for door, counts in json.loads(done.stdout).items()}
    words = "; ".join(f"{door}: {dict(counts)}" for door, counts in found.items())
    print(f"  {words}", flush=True)
    asked = sum(counts["asked"] for counts in found.values())
    if asked < RATE * SECONDS / 2:
        raise RuntimeError(f"only {asked} changes were asked for")
    if not found["http"]["429"] + found["live"]["refused"]:
        raise RuntimeError("nothing was refused")
    stage.until(lambda: last_wins(stage), 5, "the last change does not win")
    yield


def last_wins(stage: Stage) -> bool:
    """What is asked for last is what the stream plays."""
    try:
        stage.play(**LAST)
    except OSError:  # 429, until the doors are calm again
        return False
    played = stage.status()["params"]
    assert isinstance(played, dict)
    return LAST.items() <= played.items()
