"""How even the output is, simulated: the playout modes beside each other.

    python -m bench.simulated                   every scenario and mode, six seeds
    python -m bench.simulated --md              the same as a table for docs/benchmarks.md
    python -m bench.simulated --only 2 --seconds 20 --seeds 1

Virtual time: nothing sleeps and nothing is sent. All that judges is the real code
(bench/simulated/primary.py); workers and network are dice with a seed, so every run of the same
arguments prints the same figures. A target that does not hold makes the exit code 1.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.simulated.primary import run
from bench.simulated.scenarios import SCENARIOS, Scenario
from bench.simulated.score import WARM_S, Score, score
from lib.core.playout import QUANTILE

POLICIES = tuple(QUANTILE)
MOST_JITTER_MS = 3.0
MOST_ADDED = 2  # intervals of smooth above fast


@dataclass(frozen=True)
class Row:
    """One policy in one scenario: medians over the seeds, and the longest freeze of any."""

    policy: str
    fps: float
    freeze: float
    held_p50: float
    held_p99: float
    age_p99: float
    skipped: float  # of what got a number, in per cent
    jitter: float
    most_jitter: float  # of any seed


HEADS = (
    "policy",
    "output fps",
    "longest freeze, ms",
    "added p50, ms",
    "added p99, ms",
    "capture to feed p99, ms",
    "skipped, %",
    "jitter, ms",
)


def measure(scenario: Scenario, policy: str, seconds: float, seeds: int) -> Row:
    scores = [score(run(scenario, policy, seconds, seed), seconds) for seed in range(seeds)]

    def middle(figure: Callable[[Score], float]) -> float:
        return statistics.median(figure(one) for one in scores)

    return Row(
        policy=policy,
        fps=middle(lambda one: one.fps),
        freeze=max(one.freeze for one in scores),
        held_p50=middle(lambda one: one.held_p50),
        held_p99=middle(lambda one: one.held_p99),
        age_p99=middle(lambda one: one.age_p99),
        skipped=middle(lambda one: 100 * one.skipped / one.taken),
        jitter=middle(lambda one: one.jitter),
        most_jitter=max(one.jitter for one in scores),
    )


def cells(row: Row) -> list[str]:
    return [
        row.policy,
        f"{row.fps:.1f}",
        f"{row.freeze:.0f}",
        f"{row.held_p50:.0f}",
        f"{row.held_p99:.0f}",
        f"{row.age_p99:.0f}",
        f"{row.skipped:.2f}",
        f"{row.jitter:.2f}",
    ]


def plain(title: str, rows: list[Row]) -> Iterator[str]:
    yield ""
    yield title
    yield "  " + "".join(f"{head:>{len(head) + 2}}" for head in HEADS)
    for row in rows:
        fields = zip(HEADS, cells(row), strict=True)
        yield "  " + "".join(f"{cell:>{len(head) + 2}}" for head, cell in fields)


def markdown(title: str, rows: list[Row]) -> Iterator[str]:
    for row in rows:
        first = f"**{title}**" if row is rows[0] else ""
        yield f"| {' | '.join([first, *cells(row)])} |"


def targets(scenario: Scenario, rows: list[Row]) -> Iterator[tuple[bool, str]]:
    """Holds or not, and a sentence: for three uneven workers at 60 fps."""
    by_name = {row.policy: row for row in rows}
    smooth, fast = by_name.get("smooth"), by_name.get("fast")
    if not scenario.judged or smooth is None or fast is None:
        return
    most_ms = fast.held_p99 + MOST_ADDED * 1000 / scenario.at
    yield (
        smooth.most_jitter <= MOST_JITTER_MS,
        f"jitter of smooth {smooth.most_jitter:.2f} ms at worst, at most {MOST_JITTER_MS:g} ms",
    )
    yield (
        smooth.held_p99 <= most_ms,
        f"added by smooth, p99 {smooth.held_p99:.1f} ms, at most {most_ms:.1f} ms",
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=120, help="of each show, virtual")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--only", type=int, metavar="N", help="one scenario, from 1")
    parser.add_argument("--policy", choices=POLICIES, action="append", help="may be repeated")
    parser.add_argument("--md", action="store_true", help="as a markdown table")
    args = parser.parse_args()
    if args.seconds < 2 * WARM_S or args.seeds < 1:
        parser.error(f"at least {2 * WARM_S:g} seconds and one seed")
    if args.only is not None and not 1 <= args.only <= len(SCENARIOS):
        parser.error(f"--only 1 to {len(SCENARIOS)}")
    chosen = SCENARIOS if args.only is None else SCENARIOS[args.only - 1 : args.only]
    if args.md:
        print(f"| scenario | {' | '.join(HEADS)} |\n|{'---|' * (len(HEADS) + 1)}")
    judged: list[tuple[bool, str]] = []
    for scenario in chosen:
        names = args.policy or POLICIES
        rows = [measure(scenario, name, args.seconds, args.seeds) for name in names]
        title = f"{scenario.name}; {scenario.at:g} fps"
        for line in (markdown if args.md else plain)(title, rows):
            print(line, flush=True)
        judged += [(holds, f"{title}: {said}") for holds, said in targets(scenario, rows)]
    print()
    for holds, said in judged:
        print("ok    " if holds else "MISSED", said)
    return 0 if all(holds for holds, _ in judged) else 1


if __name__ == "__main__":
    raise SystemExit(main())
