"""When which fault strikes, from a seed. Pure: the same seed gives the same schedule.

One fault at a time, and each kind as often as the others. What stops the whole show (a total
fault) never follows another that does, and has a longer rest after it. What ends the primary's own
processes comes in the first part only, so that they live long enough afterwards to be judged by
how their memory grows.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

FIRST_S = 10.0  # of peace, at the start
TOTAL_REST = 2.0  # times the rest after what stops everything
EARLY = 0.25  # the first part, in which the primary's own processes may be ended
OF_PRIMARY = 0.3  # of the faults in that part


@dataclass(frozen=True)
class Kind:
    name: str
    lasts_s: float
    total: bool = False  # nothing can be shown meanwhile
    ends_primary: bool = False


@dataclass(frozen=True)
class Strike:
    start_s: float
    name: str


def schedule(kinds: Sequence[Kind], seconds: float, seed: int, rest_s: float) -> list[Strike]:
    """All that end, rest included, before the time is over."""
    dice = random.Random(seed)
    strikes: list[Strike] = []
    struck: Counter[str] = Counter()
    now_s, after_total = FIRST_S, False
    while True:
        start_s = round(now_s + dice.uniform(0, rest_s), 2)
        may = [kind for kind in kinds if not kind.ends_primary or start_s <= EARLY * seconds]
        fit = [kind for kind in may if not (kind.total and after_total)] or may
        if not fit:
            return strikes
        ends = [kind for kind in fit if kind.ends_primary]
        if ends and dice.random() < OF_PRIMARY:
            fit = ends
        least = min(struck[kind.name] for kind in fit)
        kind = dice.choice([kind for kind in fit if struck[kind.name] == least])
        now_s = start_s + kind.lasts_s + rest_s * (TOTAL_REST if kind.total else 1)
        if now_s > seconds:
            return strikes
        strikes.append(Strike(start_s, kind.name))
        struck[kind.name] += 1
        after_total = kind.total
