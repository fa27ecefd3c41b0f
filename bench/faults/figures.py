"""What a fault cost: pictures lost, silence, time until normal, age, words, memory.

Pure; times are seconds of the monotonic clock.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from bench.faults.history import Line
from bench.faults.limits import Limits
from bench.faults.sample import Sample
from bench.faults.watch import Look

NORMAL_S = 1.0  # of normal pictures, before they count as normal
NORMAL_SHARE, NORMAL_GAP_MS = 0.9, 100.0
STEP_S = 0.05
BLOCK = 10_000  # numbers that a stream process takes at once


class Moments(NamedTuple):
    """Of one trial, on the monotonic clock."""

    begin_s: float
    strike_s: float
    heal_s: float
    end_s: float


@dataclass
class Evidence:
    """Of one trial."""

    moments: Moments
    lines: Sequence[Line]
    looks: Sequence[Look]
    fps: float
    out_s: float | None = None
    before: Sample | None = None
    after: Sample | None = None


class Figures(NamedTuple):
    """What a fault cost."""

    lost: int
    silence_ms: float
    normal_s: float | None  # None: not within the trial
    picture_s: float | None
    thinned: int  # at the entrance
    given_up: int  # with the workers that had them
    latency_ms: tuple[float, float, float]  # p50, p99, longest
    out_s: float | None
    named_s: float | None  # until the status said it
    named: str
    memory_mb: tuple[float, float]  # before and after


def measure(evidence: Evidence, limits: Limits) -> Figures:
    moments, lines = evidence.moments, evidence.lines
    since_s = moments.heal_s if limits.heals else moments.strike_s
    named = first_word(evidence.looks, moments.strike_s, limits.says)
    return Figures(
        lost=lost(lines, moments.strike_s),
        silence_ms=1000 * silence(lines, moments.strike_s, moments.end_s),
        normal_s=normal_after(lines, evidence.fps, since_s, moments.end_s),
        picture_s=next((one.came_s - since_s for one in lines if one.came_s > since_s), None),
        thinned=dropped(evidence.looks, moments.strike_s, "thinned"),
        given_up=dropped(evidence.looks, moments.strike_s, "lost"),
        latency_ms=latencies([line for line in lines if line.came_s >= moments.strike_s]),
        out_s=evidence.out_s,
        named_s=named[0] - moments.strike_s if named else None,
        named=named[1] if named else "",
        memory_mb=(
            evidence.before.memory_mb if evidence.before else 0.0,
            evidence.after.memory_mb if evidence.after else 0.0,
        ),
    )


def lost(lines: Sequence[Line], since_s: float) -> int:
    """Pictures that had a number and never came, from the strike on."""
    missing = 0
    for one, other in pairwise(lines):
        fresh_block = other.index % BLOCK == 0 and other.index - one.index > 1
        if other.came_s >= since_s and other.index > one.index and not fresh_block:
            missing += other.index - one.index - 1
    return missing


def silence(lines: Sequence[Line], since_s: float, until_s: float) -> float:
    """The longest time without a picture that reaches into this one."""
    gaps = [
        other.came_s - one.came_s
        for one, other in pairwise(lines)
        if other.came_s >= since_s and one.came_s <= until_s
    ]
    last_s = lines[-1].came_s if lines else since_s
    return max([*gaps, until_s - max(last_s, since_s)])


def normal_after(lines: Sequence[Line], fps: float, since_s: float, until_s: float) -> float | None:
    """How long until pictures come evenly and go on to; 0 if they never ceased, None if they do
    not in the end."""
    times = [line.came_s for line in lines]
    normal_s: float | None = None
    start_s = since_s
    while start_s <= until_s - NORMAL_S:
        if not _is_even(times, fps, start_s):
            normal_s = None
        elif normal_s is None:
            normal_s = start_s
        start_s += STEP_S
    return None if normal_s is None else normal_s - since_s


def _is_even(times: list[float], fps: float, start_s: float) -> bool:
    end_s = start_s + NORMAL_S
    within = times[bisect_left(times, start_s) : bisect_left(times, end_s)]
    gaps = [later - earlier for earlier, later in pairwise([start_s, *within, end_s])]
    enough = len(within) >= NORMAL_SHARE * fps * NORMAL_S
    return enough and max(gaps) <= NORMAL_GAP_MS / 1000


def latencies(lines: Sequence[Line]) -> tuple[float, float, float]:
    ages = sorted(line.latency_ms for line in lines) or [float("nan")]
    last = len(ages) - 1
    return ages[round(0.5 * last)], ages[round(0.99 * last)], ages[last]


def first_word(
    looks: Sequence[Look], since_s: float, pattern: str | None
) -> tuple[float, str] | None:
    """When the status first said it in words that did not stand there before."""
    if pattern is None:
        return None
    wanted = re.compile(pattern)
    old: set[str] = set()
    for look in looks:
        if look.at_s < since_s:
            old = set(look.warnings)
            continue
        for words in look.warnings:
            if words not in old and wanted.search(words):
                return look.at_s, words
    return None


def dropped(looks: Sequence[Look], since_s: float, why: str) -> int:
    """Frames that the status counts as dropped for this reason, from the strike on, also where
    counting began anew."""
    counts = [look.dropped.get(why, 0) for look in looks if look.at_s >= since_s and look.counts]
    return sum(max(0, later - earlier) for earlier, later in pairwise(counts))
