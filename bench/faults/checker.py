"""Holds what a viewer saw, and what the status said, against what is promised, and says what a
fault cost: pictures lost, silence, time until normal, age, words, memory.

Pure: it is handed all it judges, and answers with broken promises in plain words and with figures.
Times are seconds of the monotonic clock.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from bench.faults.history import Line
from bench.faults.invariants import Limits, fresh, same_held, timeless
from bench.processes import Sample
from bench.report import percentiles
from bench.status import StatusSample

NORMAL_S = 1.0  # of normal pictures, before they count as normal
NORMAL_SHARE, NORMAL_GAP_MS = 0.9, 100.0
STEP_S = 0.05
POLL_S = 0.15  # between two samples of the status
BLOCK = 10_000  # numbers that a stream process takes at once
ONE_STREAM = 1_000  # no gap within the life of one is as long: 8 s at 120 fps


@dataclass
class Evidence:
    """Of one trial: its moments on the monotonic clock, and what was seen from first to last."""

    strike_s: float
    heal_s: float
    end_s: float
    lines: Sequence[Line]
    samples: Sequence[StatusSample]
    fps: float
    out_s: float | None
    before: Sample
    after: Sample


class Figures(NamedTuple):
    """What a fault cost."""

    lost: int
    silence_ms: float
    normal_s: float | None  # None: not within the trial
    picture_s: float | None
    thinned: int  # at the entrance
    given_up: int  # with the workers that had them
    latency_ms: Mapping[str, float]
    out_s: float | None
    named_s: float | None  # until the status said it
    named: str
    memory_mb: tuple[float, float]  # before and after


def measure(evidence: Evidence, limits: Limits) -> Figures:
    lines, samples, strike_s = evidence.lines, evidence.samples, evidence.strike_s
    since_s = evidence.heal_s if limits.heals else strike_s
    named = first_word(samples, strike_s, limits.says)
    return Figures(
        lost=lost(lines, strike_s),
        silence_ms=1000 * silence(lines, strike_s, evidence.end_s),
        normal_s=normal_after(lines, evidence.fps, since_s, evidence.end_s),
        picture_s=next((one.came_s - since_s for one in lines if one.came_s > since_s), None),
        thinned=dropped(samples, strike_s, "thinned"),
        given_up=dropped(samples, strike_s, "lost"),
        latency_ms=percentiles([x.latency_ms for x in lines if x.came_s >= strike_s]),
        out_s=evidence.out_s,
        named_s=named[0] - strike_s if named else None,
        named=named[1] if named else "",
        memory_mb=(evidence.before.memory_mb, evidence.after.memory_mb),
    )


def lost(lines: Sequence[Line], since_s: float) -> int:
    """Pictures that had a number and never came, from the strike on."""
    missing = 0
    for one, other in pairwise(lines):
        if other.came_s < since_s or other.index <= one.index:
            continue
        gap, in_block = other.index - one.index - 1, other.index % BLOCK
        # A stream process that replaces another begins a block, and may lose its first pictures.
        missing += in_block if in_block < gap and gap > ONE_STREAM else gap
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


def first_word(
    samples: Sequence[StatusSample], since_s: float, pattern: str | None
) -> tuple[float, str] | None:
    """When the status first said it in words that did not stand there before."""
    if pattern is None:
        return None
    wanted = re.compile(pattern)
    old: set[str] = set()
    for one in samples:
        if one.at_s < since_s:
            old = set(one.warnings)
            continue
        for words in one.warnings:
            if words not in old and wanted.search(words):
                return one.at_s, words
    return None


def dropped(samples: Sequence[StatusSample], since_s: float, why: str) -> int:
    """Frames that the status counts as dropped for this reason, from the strike on, also where
    counting began anew."""
    counts = [one.dropped.get(why, 0) for one in samples if one.at_s >= since_s and one.counts]
    return sum(max(0, later - earlier) for earlier, later in pairwise(counts))


class Trial(NamedTuple):
    """What one strike cost, and which promises it broke."""

    figures: Figures
    broken: list[str]
    # This machine had no time meanwhile: what is judged by the clock says little.
    busy: bool = False


def judge(evidence: Evidence, limits: Limits) -> Trial:
    figures = measure(evidence, limits)
    broken = [
        *timeless(evidence.lines, evidence.fps, limits),
        *(fresh(evidence.lines, evidence.samples) if not limits.aged else ()),
        *_costs(figures, limits),
        *_held(evidence, limits),
    ]
    return Trial(figures, broken)


def _costs(figures: Figures, limits: Limits) -> Iterator[str]:
    """Each figure beside what it may be; one that is None never came."""
    rows: list[tuple[float | None, float | None, str, str]] = [
        (figures.lost, limits.lost, "{} pictures lost, at most {}", ""),
        (figures.given_up, limits.given_up, "{} frames given up, at most {}", ""),
        (figures.silence_ms, limits.silence_ms, "silent for {:.0f} ms, at most {:.0f}", ""),
        (figures.normal_s, limits.normal_s, "normal after {:.1f} s, at most {:g}",
         "not normal again within the trial"),
        (figures.picture_s, limits.picture_s,
         "{:.1f} s until the first picture, at most {:g} s", "no picture came"),
        (figures.out_s, limits.out_s, "out of rotation after {:.2f} s, at most {:g}",
         "never out of rotation"),
    ]  # fmt: skip
    for figure, most, more, never in rows:
        if most is not None and (figure is None or figure > most):
            yield never if figure is None else more.format(figure, most)
    if limits.says is not None and figures.named_s is None:
        yield "the status said nothing of it"
    elif limits.says is not None and figures.named_s > limits.words_s + POLL_S:
        yield f"the status said it after {figures.named_s:.1f} s, at most {limits.words_s:g}"


def _held(evidence: Evidence, limits: Limits) -> Iterator[str]:
    before, after = evidence.before, evidence.after
    grown = after.memory_mb - before.memory_mb
    if grown > limits.memory_mb:
        yield f"{grown:.0f} MB more memory than before, at most {limits.memory_mb:g}"
    if limits.judge_held:
        yield from same_held(before, after)
