"""The simulated show: what must hold for every policy, the same dice again, and the targets."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import pytest

from bench.simulated.__main__ import POLICIES, Row, markdown, measure, plain, targets
from bench.simulated.primary import Made, run
from bench.simulated.scenarios import SCENARIOS, Kind, Scenario
from bench.simulated.score import score
from lib.config.settings import ROOT

SECONDS = 20.0
HARD = Scenario(
    "one slow, one dies, some lost, batches",
    60,
    (Kind(30), Kind(40, 0.4), Kind(150), Kind(30, dies=True)),
    batch=2,
    loss=0.01,
)
UNEVEN = next(one for one in SCENARIOS if one.judged)


@pytest.mark.parametrize("how", POLICIES)
def test_order_no_repeats_and_every_number_is_accounted_for(how: str) -> None:
    made = run(HARD, how, SECONDS, 7)
    numbers = [number for number, _, _ in made.shown]
    assert len(numbers) > 300
    assert numbers == sorted(set(numbers))
    assert all(before[2] <= after[2] for before, after in pairwise(made.shown))
    assert all(made.taken[number] < came <= left for number, came, left in made.shown)
    assert len(made.taken) == len(numbers) + sum(made.drops.counts.values())
    assert set(made.taken) == set(range(len(made.taken)))
    assert len(made.offered) == int(SECONDS * HARD.at) >= len(made.taken)


def test_the_hard_show_has_the_troubles_it_is_named_for() -> None:
    lossless = run(replace(HARD, loss=0.0), "smooth", SECONDS, 7)
    assert run(HARD, "smooth", SECONDS, 7).drops.counts["lost"] > lossless.drops.counts["lost"]
    unharmed = replace(HARD, kinds=(*HARD.kinds[:-1], Kind(30)), loss=0.0)
    assert lossless.drops.counts["lost"] > run(unharmed, "smooth", SECONDS, 7).drops.counts["lost"]


def test_the_same_seed_gives_the_same_show_and_another_one_another() -> None:
    first, again, other = (run(HARD, "smooth", 6.0, seed) for seed in (1, 1, 2))
    assert first.shown == again.shown
    assert first.shown != other.shown


def test_smooth_is_even_and_waits_little_longer_than_fast() -> None:
    smooth, fast = (measure(UNEVEN, how, SECONDS, 1).middle for how in POLICIES[:2])
    assert smooth.jitter <= 3.0
    assert smooth.fps >= 58
    assert smooth.held_p99 <= fast.held_p99 + 2.5 * 1000 / UNEVEN.at
    assert smooth.age_p99 <= fast.age_p99 + 2 * 1000 / UNEVEN.at
    assert fast.jitter > 3 * smooth.jitter


def test_targets_are_judged_by_the_worst_seed_and_only_where_they_are_meant() -> None:
    row = measure(UNEVEN, "smooth", 12.0, 1)
    fast = Row("fast", row.middle._replace(held_p99=10.0), 1.0)
    limit = 10.0 + 2 * 1000 / UNEVEN.at

    def judged(most_jitter: float, held_p99: float) -> list[bool]:
        smooth = Row("smooth", row.middle._replace(jitter=1.0, held_p99=held_p99), most_jitter)
        return [holds for holds, _ in targets(UNEVEN, [smooth, fast])]

    assert all(judged(2.9, limit - 1))
    assert judged(3.1, limit - 1).count(False) == 1
    assert judged(2.9, limit + 1).count(False) == 1
    assert not list(targets(HARD, [row, fast]))


def test_figures_of_a_known_run() -> None:
    ms = 1_000_000
    made = Made()
    for number in range(100):
        captured = 10_000 * ms + number * 20 * ms
        made.offered.append(captured)
        made.taken[number] = captured
        if number != 50:
            made.shown.append((number, captured + 30 * ms, captured + 45 * ms))
    found = score(made, 12.025)
    assert found.skipped == pytest.approx(1)
    assert found.freeze == 40
    assert (found.held_p50, found.held_p99, found.age_p99) == (15, 15, 45)
    assert found.fps == pytest.approx(1000 * 98 / (99 * 20), abs=0.01)
    assert found.jitter == pytest.approx(20 * (1 / 98 - 1 / 98**2) ** 0.5, abs=0.01)


def test_both_tables_hold_every_figure() -> None:
    row = measure(UNEVEN, "tight", 12.0, 1)
    table, text = (
        list(markdown("t", [row, row._replace(policy="glass")])),
        list(plain("t", [row])),
    )
    assert table[0].startswith("| **t** | tight |")
    assert table[1].startswith("|  | glass |")
    for cell in row.cells():
        assert cell in table[0]
        assert cell in text[-1]


def test_the_program_says_what_it_can_not_do() -> None:
    command = [sys.executable, "-m", "bench.simulated", "--only", "99"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "--only 1 to" in ran.stderr
