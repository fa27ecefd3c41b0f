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
from collections.abc import Iterator
from typing import NamedTuple

from bench.simulated.primary import run
from bench.simulated.scenarios import SCENARIOS, Scenario
from bench.simulated.score import WARM_S, Score, score
from lib.core.playout import QUANTILE

POLICIES = tuple(QUANTILE)
MOST_JITTER_MS = 3.0
MOST_ADDED = 2  # intervals of smooth above fast
COLUMNS = {  # what is said of each figure, and how
    "output fps": "{0.fps:.1f}",
    "longest freeze, ms": "{0.freeze:.0f}",
    "added p50, ms": "{0.held_p50:.0f}",
    "added p99, ms": "{0.held_p99:.0f}",
    "capture to feed p99, ms": "{0.age_p99:.0f}",
    "skipped, %": "{0.skipped:.2f}",
    "jitter, ms": "{0.jitter:.2f}",
}
HEADS = ("policy", *COLUMNS)


class Row(NamedTuple):
    """One policy in one scenario."""

    policy: str
    middle: Score  # medians over the seeds, but the longest freeze of any
    most_jitter: float  # of any seed

    def cells(self) -> list[str]:
        return [self.policy, *(how.format(self.middle) for how in COLUMNS.values())]


def measure(scenario: Scenario, policy: str, seconds: float, seeds: int) -> Row:
    scores = [score(run(scenario, policy, seconds, seed), seconds) for seed in range(seeds)]
    middle = Score(*map(statistics.median, zip(*scores, strict=True)))
    middle = middle._replace(freeze=max(one.freeze for one in scores))
    return Row(policy, middle, max(one.jitter for one in scores))


def plain(title: str, rows: list[Row]) -> Iterator[str]:
    yield ""
    yield title
    yield "  " + "".join(f"{head:>{len(head) + 2}}" for head in HEADS)
    for row in rows:
        fields = zip(HEADS, row.cells(), strict=True)
        yield "  " + "".join(f"{cell:>{len(head) + 2}}" for head, cell in fields)


def markdown(title: str, rows: list[Row]) -> Iterator[str]:
    for row in rows:
        first = f"**{title}**" if row is rows[0] else ""
        yield f"| {' | '.join([first, *row.cells()])} |"


def targets(scenario: Scenario, rows: list[Row]) -> Iterator[tuple[bool, str]]:
    """Holds or not, and a sentence: for three uneven workers at 60 fps."""
    by_name = {row.policy: row for row in rows}
    smooth, fast = by_name.get("smooth"), by_name.get("fast")
    if not scenario.judged or smooth is None or fast is None:
        return
    most_ms = fast.middle.held_p99 + MOST_ADDED * 1000 / scenario.at
    yield (
        smooth.most_jitter <= MOST_JITTER_MS,
        f"jitter of smooth {smooth.most_jitter:.2f} ms at worst, at most {MOST_JITTER_MS:g} ms",
    )
    yield (
        smooth.middle.held_p99 <= most_ms,
        f"added by smooth, p99 {smooth.middle.held_p99:.1f} ms, at most {most_ms:.1f} ms",
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
