"""What the benchmark of overload reads out of what it saw."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from bench.cost.overload import Phase, Watched, back_after, held_after, write
from bench.show import Show
from bench.status import StatusSample
from lib.core.geometry import Size

PHASES = [Phase("as planned", 100, 120, 30), Phase("doubled", 120, 140, 60)]
WORDS = "pictures are made at 384x384 instead of 512x512"


@pytest.fixture
def one() -> Watched:
    """Held from the eighth second of the second phase on; nothing is taken from 130 on."""
    samples: list[StatusSample] = []
    found = Watched("with relief", cast(Show, None), samples)
    for frame in range(20 * 30):
        found.seen.append((100 + frame / 30, 80.0, Size(512, 512)))
    for frame in range(20 * 60):
        at_s = 120 + frame / 60
        found.seen.append((at_s, 80.0 if at_s >= 128 else 200.0, Size(512, 512)))
    for place in range(160):
        at_s = 100 + place / 4
        relief: dict[str, Any] = {"cuts": {}, "moves": []}
        if 110 <= at_s < 130:
            relief["cuts"] = {"size": WORDS}
        if at_s >= 110:
            relief["moves"] = [(round(at_s - 110, 1), f"relief: {WORDS}")]
        samples.append(StatusSample(at_s, (), relief=relief))
    return found


def test_what_is_held_is_held_to_the_end(one: Watched) -> None:
    assert held_after(one, PHASES[0], 100) == 0
    assert held_after(one, PHASES[1], 100) == pytest.approx(8, abs=0.26)
    assert held_after(one, PHASES[1], 70) is None


def test_a_move_is_one_however_often_it_is_told(one: Watched) -> None:
    assert one.moves() == [(pytest.approx(110, abs=0.1), f"relief: {WORDS}")]
    assert back_after(one, PHASES[0]) is None
    assert back_after(one, PHASES[1]) == pytest.approx(10, abs=0.26)


def test_it_is_written_and_drawn(one: Watched, tmp_path: Path) -> None:
    write(tmp_path, PHASES, [one], 120)
    rows = (tmp_path / "overload.csv").read_text().splitlines()
    assert len(rows) == 41
    assert rows[0] == (
        "s,offered_fps,with relief: fps,with relief: p50_ms,with relief: p99_ms,with relief: taken"
    )
    assert rows[16] == f"15,30,30.0,80.0,80.0,{WORDS}"
    assert (tmp_path / "overload.svg").read_text().count("<polyline") == 6
