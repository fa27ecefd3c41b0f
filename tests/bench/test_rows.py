"""What a second becomes in the table, and what a soak's rows say of growth."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bench.faults.growth import HOUR_S, growth
from bench.faults.history import Line
from bench.faults.rows import Moment, Row, Seconds, Table, head
from bench.processes import Held
from bench.status import NOBODY, StatusSample

HELD = {"stream": Held(80.0, 60, 18), "w0": Held(70.0, 21, 10)}
PIDS = {"stream": 11, "w0": 12}


def line(came_s: float, latency_ms: float = 40) -> Line:
    return Line(came_s, latency_ms, 0, 0, 0, 0, 64, 64)


def moment(now_s: float, lines: Sequence[Line] = (), **counts: int) -> Moment:
    named = {name.replace("_", ".", 1): count for name, count in counts.items()}
    said = StatusSample(now_s, (), counts=named | {"capture.out": 1}, uptime_s=now_s)
    return Moment(now_s, lines, said, PIDS, HELD, "")


def test_silence_reaches_from_one_second_into_the_next() -> None:
    seconds = Seconds(begun_s=100)
    first = seconds.row(moment(101, [line(100.1), line(100.3)]))
    assert (first.at_s, first.fps) == (1, 2)
    assert first.silence_ms == pytest.approx(700)
    nothing = seconds.row(moment(102))
    assert (nothing.fps, nothing.p50_ms, nothing.p99_ms) == (0, None, None)
    assert nothing.silence_ms == pytest.approx(1700)
    again = seconds.row(moment(103, [line(102.9, 30), line(102.95, 50), line(102.99, 70)]))
    assert again.silence_ms == pytest.approx(2600)
    assert (again.p50_ms, again.p99_ms) == (50, 70)


def test_counts_are_of_one_second_also_where_the_stream_began_anew() -> None:
    seconds = Seconds(begun_s=0)
    assert not seconds.row(moment(11, drops_lost=5)).drops, "what came before is not of the soak"
    row = seconds.row(moment(12, drops_lost=8, dispatch_foreign=2))
    assert (row.drops["lost"], row.drops["late"], row.refused["foreign"]) == (3, 0, 2)
    silent = Moment(13, [], StatusSample(13, NOBODY), {}, {}, "kill primary")
    assert not seconds.row(silent).drops
    fresh = moment(14, drops_lost=4)
    fresh = fresh._replace(said=fresh.said._replace(uptime_s=0.5))
    assert seconds.row(fresh).drops["lost"] == 4


def test_the_table_has_a_cell_for_all_and_none_for_who_is_away(tmp_path: Path) -> None:
    names = ["stream", "w0"]
    table, seconds = Table(tmp_path / "soak.csv", names), Seconds(begun_s=0)
    table.add(seconds.row(moment(1, [line(0.5)])))
    table.add(seconds.row(moment(2)._replace(fault="kill one", held={"stream": HELD["stream"]})))
    table.close()
    with (tmp_path / "soak.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == head(names)
    assert (rows[0]["w0 pid"], rows[0]["w0 memory_mb"], rows[0]["stream threads"]) == (
        "12",
        "70.0",
        "18",
    )
    assert (rows[1]["w0 memory_mb"], rows[1]["fault"], rows[1]["p50_ms"]) == ("", "kill one", "")


def rows_of(memory: Sequence[float], born_s: int = 0) -> list[Row]:
    """A second each; at `born_s` the process was started anew."""
    seconds, dice = Seconds(begun_s=0), np.random.default_rng(1)
    return [
        seconds.row(
            moment(at)._replace(
                pids={"stream": 1 if at < born_s else 2},
                held={"stream": Held(value + dice.normal(0, 0.05), 60, 18)},
            )
        )
        for at, value in enumerate(memory, 1)
    ]


def test_what_grows_and_what_only_warms_up() -> None:
    warm = [80 + min(at, 100) * 0.1 for at in range(1000)]
    found = growth(rows_of(warm), "stream")
    assert found and found.slope and not found.grows
    leaks = growth(rows_of([m + at * 12 / HOUR_S for at, m in enumerate(warm)]), "stream")
    assert leaks and leaks.slope and leaks.grows
    assert HOUR_S * leaks.slope.a_second == pytest.approx(12, abs=2)
    assert re.search(
        r"^stream: 8\d\.\d to 9\d\.\d MB in 999 s, \+1\d\.\d\d MB an hour", leaks.words()
    )
    shrinks = growth(rows_of([m - at * 12 / HOUR_S for at, m in enumerate(warm)]), "stream")
    assert shrinks and not shrinks.grows


def test_only_the_last_life_counts_and_a_short_one_is_not_judged() -> None:
    memory = [120.0 + at for at in range(200)] + [80.0] * 900
    found = growth(rows_of(memory, born_s=201), "stream")
    assert found and found.slope and not found.grows
    assert (found.lived_s, round(found.first_mb)) == (899, 80)
    short = growth(rows_of([80.0] * 300), "stream")
    assert short and short.slope is None and not short.grows
    assert growth(rows_of([80.0]), "nobody") is None


def test_what_a_process_loads_as_it_starts_is_no_growth() -> None:
    """A soak called it a leak that the control process, killed and started again, went from the 13
    MB of a bare interpreter to its usual 61."""
    found = growth(rows_of([13.0, 40.0] + [61.0] * 300), "stream")
    assert found and (round(found.first_mb), round(found.last_mb)) == (61, 61)
