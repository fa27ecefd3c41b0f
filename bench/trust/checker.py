"""Holds what a viewer saw, and what the status said, against what is promised.

Pure: it is handed all it judges, and answers with broken promises in plain words and with figures.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from bench.trust.history import Line
from bench.trust.sample import Sample
from bench.trust.watch import Look

WORDS_S = 2.0  # until the status names a fault
LOOK_S = 0.15  # between two looks at the status
SLACK_MS = 40.0  # of a frame's age: the way from the feed into the viewer's history
NORMAL_S = 1.0  # of normal pictures, before they count as normal
NORMAL_SHARE, NORMAL_GAP_MS = 0.9, 100.0
MOVED = 5  # pictures in a row that agree on another beginning: the sequence was started anew
MOST_NAMED = 3  # breaches of one kind that are spelled out
BLOCK = 10_000  # numbers that a stream process takes at once


@dataclass(frozen=True)
class Limits:
    """What a fault of this class may cost; None: whatever it costs."""

    lost: int | None = None  # pictures that got a number and were never seen
    silence_ms: float | None = None
    normal_s: float | None = None  # from the strike, or from the healing where `heals` is set
    heals: bool = False  # nothing can be normal before it is healed
    out_s: float | None = None  # until a worker is out of rotation
    says: str | None = None  # what the status must say, as a pattern
    why_silent: str = ""  # why it can not say anything
    renumbers: bool = False  # a primary that is started anew counts anew
    beginnings: int = 0  # how often the sequence may begin anew
    clock: bool = False  # stamps may jump
    aged: bool = False  # frames may be older than the delay
    memory_mb: float = 24.0  # that all processes together may grow
    judge_held: bool = True  # descriptors and threads are the same before and after


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
    latency_ms: tuple[float, float, float]  # p50, p99, longest
    out_s: float | None
    named_s: float | None  # until the status said it
    named: str
    memory_mb: tuple[float, float]  # before and after


@dataclass
class Verdict:
    figures: Figures
    broken: list[str] = field(default_factory=list)


def judge(evidence: Evidence, limits: Limits) -> Verdict:
    figures = measure(evidence, limits)
    broken = [
        *in_order(evidence.lines, limits),
        *whole(evidence.lines),
        *right_pictures(evidence.lines, evidence.fps, limits),
        *(fresh(evidence.lines, evidence.looks) if not limits.aged else ()),
        *_within(figures, limits),
        *_held(evidence, limits),
    ]
    return Verdict(figures, broken)


def measure(evidence: Evidence, limits: Limits) -> Figures:
    moments, lines = evidence.moments, evidence.lines
    since_s = moments.heal_s if limits.heals else moments.strike_s
    named = first_word(evidence.looks, moments.strike_s, limits.says)
    return Figures(
        lost=lost(lines, moments.strike_s),
        silence_ms=1000 * silence(lines, moments.strike_s, moments.end_s),
        normal_s=normal_after(lines, evidence.fps, since_s),
        latency_ms=latencies([line for line in lines if line.came_s >= moments.strike_s]),
        out_s=evidence.out_s,
        named_s=named[0] - moments.strike_s if named else None,
        named=named[1] if named else "",
        memory_mb=(
            evidence.before.memory_mb if evidence.before else 0.0,
            evidence.after.memory_mb if evidence.after else 0.0,
        ),
    )


# --- what always holds


def in_order(lines: Sequence[Line], limits: Limits) -> list[str]:
    """Index and stamp strictly rise: no step back, nothing twice."""
    found: list[str] = []
    for one, other in pairwise(lines):
        anew = limits.renumbers and other.index < one.index and other.stamp_ms > one.stamp_ms
        if other.index == one.index:
            found.append(f"index {one.index} came twice")
        elif other.index < one.index and not anew:
            found.append(f"a step back: index {other.index} after {one.index}")
        if other.stamp_ms == one.stamp_ms:
            found.append(f"the frame of {one.stamp_ms} came twice")
        elif other.stamp_ms < one.stamp_ms and not limits.clock:
            found.append(f"a step back: stamp {other.stamp_ms} after {one.stamp_ms}")
    return _few(found)


def whole(lines: Sequence[Line]) -> list[str]:
    """Every picture decodes, and can be read."""
    found = []
    for line in lines:
        if not line.width:
            found.append(f"index {line.index} does not decode")
        elif line.number < 0:
            found.append(f"index {line.index} shows no picture of the sequence")
    return _few(found)


def right_pictures(
    lines: Sequence[Line], fps: float, limits: Limits, count: int = 600
) -> list[str]:
    """Each picture is that of its stamp: both move along together, on the sequence's own grid."""
    found: list[str] = []
    period_ms = 1000 / fps
    round_ms = count * period_ms
    begun: float | None = None  # the stamp that picture 0 would have had
    odd: list[tuple[Line, float]] = []
    beginnings = 0
    for line in lines:
        if line.number < 0:
            continue
        at = line.stamp_ms - line.number * period_ms
        if begun is None:
            begun = _first_beginning(lines, period_ms, round_ms)
        off = _apart(at, begun, round_ms)
        if abs(off) <= 0.6 * period_ms:
            begun += 0.05 * off
            found += [_wrong(one, two, period_ms) for one, two in odd]
            odd = []
            continue
        odd.append((line, off))
        if len(odd) >= MOVED and all(
            abs(_apart(o.stamp_ms - o.number * period_ms, at, round_ms)) <= 0.6 * period_ms
            for o, _ in odd[-MOVED:]
        ):
            begun, odd, beginnings = at, odd[:-MOVED], beginnings + 1
            found += [_wrong(one, two, period_ms) for one, two in odd]
            odd = []
    found += [_wrong(one, two, period_ms) for one, two in odd]
    if beginnings > limits.beginnings:
        found.append(f"the sequence began anew {beginnings} times")
    return _few(found)


def _first_beginning(lines: Sequence[Line], period_ms: float, round_ms: float) -> float:
    """By the middle of the first ones, so that a wrong one among them is the odd one."""
    first = [one for one in lines if one.number >= 0][:9]
    start = first[0].stamp_ms - first[0].number * period_ms
    offs = [_apart(one.stamp_ms - one.number * period_ms, start, round_ms) for one in first]
    return start + statistics.median(offs)


def _apart(one: float, other: float, round_ms: float) -> float:
    """How far on a circle of this length."""
    return (one - other + round_ms / 2) % round_ms - round_ms / 2


def _wrong(line: Line, off: float, period_ms: float) -> str:
    return (
        f"index {line.index} shows picture {line.number}, "
        f"{abs(off) / period_ms:.1f} pictures {'before' if off > 0 else 'after'} its stamp's"
    )


def fresh(lines: Sequence[Line], looks: Sequence[Look]) -> list[str]:
    """No frame is older than the playout's delay at that time."""
    found, at = [], 0
    for line in lines:
        while at < len(looks) and looks[at].at_s < line.came_s - 1:
            at += 1
        near = [look.delay_ms for look in looks[at : at + 25] if look.at_s <= line.came_s + 1]
        limit = max(near, default=0.0)
        if limit and line.latency_ms > limit + SLACK_MS:
            found.append(
                f"index {line.index} was {line.latency_ms:.0f} ms old at a delay of {limit:.0f}"
            )
    return _few(found)


def accounted(look: Look, frozen: int = 0) -> list[str]:
    """Of a show that stands still: whatever was captured was shown or dropped, exactly once."""
    if look.underway == frozen:
        return []
    drops = ", ".join(f"{count} {name}" for name, count in look.dropped.items() if count)
    ends = f"{look.shown} shown, {drops or 'none dropped'}"
    return [f"{look.underway} of {look.captured} captured frames are in no counter ({ends})"]


def seen_all(lines: Sequence[Line], look: Look) -> list[str]:
    """Of a viewer that was there from the first picture to the last: it saw what was shown."""
    if len(lines) == look.shown:
        return []
    return [f"{look.shown} pictures were shown and {len(lines)} seen"]


# --- what a fault cost


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


def normal_after(lines: Sequence[Line], fps: float, since_s: float) -> float | None:
    """How long until pictures come evenly again, for a second at least; 0 if they never ceased."""
    times = [line.came_s for line in lines]
    starts = [since_s, *(came for came in times if came > since_s)]
    for start_s in starts:
        within = [came for came in times if start_s <= came <= start_s + NORMAL_S]
        if len(within) < NORMAL_SHARE * fps * NORMAL_S:
            continue
        gaps = [1000 * (b - a) for a, b in pairwise([start_s, *within, start_s + NORMAL_S])]
        if max(gaps) <= NORMAL_GAP_MS:
            return start_s - since_s
    return None


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


def _within(figures: Figures, limits: Limits) -> Iterator[str]:
    if limits.lost is not None and figures.lost > limits.lost:
        yield f"{figures.lost} pictures lost, at most {limits.lost}"
    if limits.silence_ms is not None and figures.silence_ms > limits.silence_ms:
        yield f"silent for {figures.silence_ms:.0f} ms, at most {limits.silence_ms:.0f}"
    if limits.normal_s is not None:
        if figures.normal_s is None:
            yield "not normal again within the trial"
        elif figures.normal_s > limits.normal_s:
            yield f"normal after {figures.normal_s:.1f} s, at most {limits.normal_s:g}"
    if limits.out_s is not None:
        if figures.out_s is None:
            yield "never out of rotation"
        elif figures.out_s > limits.out_s:
            yield f"out of rotation after {figures.out_s:.2f} s, at most {limits.out_s:g}"
    if limits.says is not None:
        if figures.named_s is None:
            yield "the status said nothing of it"
        elif figures.named_s > WORDS_S + LOOK_S:
            yield f"the status said it after {figures.named_s:.1f} s, at most {WORDS_S:g}"


def _held(evidence: Evidence, limits: Limits) -> Iterator[str]:
    before, after = evidence.before, evidence.after
    if before is None or after is None:
        return
    grown = after.memory_mb - before.memory_mb
    if grown > limits.memory_mb:
        yield f"{grown:.0f} MB more memory than before, at most {limits.memory_mb:g}"
    if limits.judge_held:
        yield from same_held(before, after)


def same_held(before: Sample, after: Sample) -> Iterator[str]:
    """Descriptors and threads of each process are as many as before."""
    for name, had in before.held.items():
        has = after.held.get(name)
        if has is None:
            yield f"{name} is gone"
            continue
        for what in ("descriptors", "threads"):
            old, new = getattr(had, what), getattr(has, what)
            if old != new:
                yield f"{name} has {new} {what}, had {old} before"


def _few(found: list[str]) -> list[str]:
    more = len(found) - MOST_NAMED
    return found if more <= 0 else [*found[:MOST_NAMED], f"{more} more of that kind"]
